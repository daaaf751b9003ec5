test_that("a cluster that is ignored and an influence that does not exist are said", {
  lung <- survival::lung
  expect_warning(
    fit_km(Surv(time, status) ~ 1, data = lung, cluster = inst, robust = FALSE), class = "survmatch_warning_cluster"
  )
  expect_warning(
    fit_km(Surv(time, status) ~ 1, data = lung, influence = TRUE, robust = FALSE), class = "survmatch_warning_influence"
  )
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, influence = 4), class = "survmatch_error_influence")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, robust = "yes"), class = "survmatch_error_robust")
  expect_error(fit_km(Surv(time / 2, time, status) ~ 1, data = lung, robust = TRUE), class = "survmatch_error_robust")
})

test_that("the squared influence adds up to the variance", {
  fit <- fit_km(Surv(time, status) ~ 1, data = survival::lung, cluster = sex, influence = TRUE)
  expect_equal(sqrt(colSums(fit$influence.surv^2)), fit$std.err)
  expect_equal(sqrt(colSums(fit$influence.chaz^2)), fit$std.chaz)
  expect_equal(rownames(fit$influence.surv), as.character(unique(survival::lung$sex)))
})
