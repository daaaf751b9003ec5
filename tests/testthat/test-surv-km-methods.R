test_that("a formula kept in a variable stands in the call by value", {
  f <- Surv(time, status) ~ sex
  fit <- fit_km(f, data = survival::lung)
  expect_s3_class(fit$call$formula, "formula")
  written <- fit_km(Surv(time, status) ~ sex, data = survival::lung)
  expect_identical(written$call, quote(fit_km(formula = Surv(time, status) ~ sex, data = survival::lung)))
  expect_output(print(fit), "fit_km\\(formula = Surv\\(time, status\\) ~ sex, data = survival::lung\\)")
})

test_that("update() refits with fit_km()", {
  fit <- fit_km(Surv(time, status) ~ sex, data = survival::lung)
  wider <- update(fit, conf.type = "plain")
  expect_s3_class(wider, "sm_survfit")
  expect_equal(wider$conf.type, "plain")
})
