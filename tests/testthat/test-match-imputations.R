test_that("within: every table is matched by itself; across: on the averaged score", {
  tables <- imputed_list(1)
  within <- match_imputations(t ~ x + z, tables, caliper = 0.2)
  by_hand <- lapply(tables, function(d) match_cohort(t ~ x + z, d, caliper = 0.2))
  expect_identical(lapply(within$matches, `[[`, "match.matrix"), lapply(by_hand, `[[`, "match.matrix"))
  across <- match_imputations(t ~ x + z, tables, approach = "across", method = "optimal", caliper = 0.2)
  score <- Reduce(`+`, lapply(tables, function(d) stats::fitted(stats::glm(t ~ x + z, stats::binomial(), d)))) / length(tables)
  expect_equal(across$matches[[2]]$distance, score, ignore_attr = TRUE)
  for (m in across$matches) expect_identical(m$match.matrix, across$matches[[1]]$match.matrix)
  stacked <- matched_data(within)
  expect_identical(as.vector(table(stacked$.imp)), vapply(by_hand, function(m) sum(m$weights > 0), 1L))
  expect_output(print(within), "Matched in 4 imputed tables")
})

test_that("mids objects are read, and a pooled fit prints and tidies", {
  skip_if_not_installed("mice")
  d <- imputed_list(3)[[1]]
  d$z[seq(1, 250, 7)] <- NA
  imputed <- mice::mice(d[c("t", "x", "z", "time", "status")], m = 3, maxit = 1, printFlag = FALSE, seed = 1)
  matched <- match_imputations(t ~ x + z, imputed)
  expect_length(matched$matches, 3)
  expect_identical(as.numeric(matched$matches[[2]]$X$z), as.numeric(mice::complete(imputed, 2)$z))
  fit <- fit_cox(Surv(time, status) ~ t, data = matched)
  expect_output(print(fit), "pooled over 3 imputed tables")
  expect_output(print(fit), "clustered on the matched set")
  expect_equal(tidy(fit, exponentiate = TRUE)$estimate, exp(coef(fit)[[1]]))
  expect_identical(glance(fit)$m, 3L)
  expect_equal(vcov(fit)[[1]], summary(fit)$std.error^2)
})

test_that("what is not a set of imputed tables is refused", {
  d <- imputed_list(6)
  refused <- function(...) expect_error(match_imputations(...), class = "survmatch_error_match")
  refused(t ~ x, d[[1]])
  refused(t ~ x, d[1])
  refused(t ~ x, list(d[[1]], d[[2]][1:10, ]))
  refused(t ~ x, d, approach = "across", distance = "mahalanobis")
})
