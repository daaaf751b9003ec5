pairs_of_breast <- function(...) {
  breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:400, ]
  match_cohort(hormon ~ age + nodes, breast, ...)
}

test_that("plain data are seen as survival sees them", {
  fit <- fit_cox(Surv(dtime, death) ~ hormon, survival::rotterdam)
  expect_null(attr(fit, "survmatch")$rule)
  expect_null(fit$call$weights)
  expect_error(fit_cox("Surv(dtime, death) ~ hormon", survival::rotterdam), class = "survmatch_error_formula")
})

test_that("pairs are clusters and bring their weights, and the call that is printed gives the fit again", {
  matched <- pairs_of_breast()
  fit <- fit_cox(Surv(dtime, death) ~ hormon, matched)
  expect_identical(fit$call$weights, quote(weights))
  expect_identical(fit$call$cluster, quote(subclass))
  expect_identical(fit$call$data, quote(matched_data(matched)))
  peer <- survival::coxph(Surv(dtime, death) ~ hormon, matched_data(matched), weights = weights, cluster = subclass)
  expect_equal(coef(fit), coef(peer))
  expect_equal(vcov(fit), vcov(peer))
  expect_equal(coef(eval(fit$call)), coef(fit))
  expect_match(attr(fit, "survmatch")$rule, "clustered on the matched set")
})

test_that("reused controls have no sets: rows are weighted and the variance is robust", {
  fit <- fit_cox(Surv(dtime, death) ~ hormon, pairs_of_breast(replace = TRUE))
  expect_true(fit$call$robust)
  expect_null(fit$call$cluster)
  expect_match(attr(fit, "survmatch")$rule, "one row a patient")
})

test_that("what the user gives replaces what the design would have used, and is said", {
  matched <- pairs_of_breast()
  expect_message(
    fit <- fit_cox(Surv(dtime, death) ~ hormon, matched, cluster = pid), class = "survmatch_message_own_design"
  )
  expect_identical(fit$call$cluster, quote(pid))
  expect_match(attr(fit, "survmatch")$rule, "clusters that you gave")
})

test_that("a cohort without a name, or out of a list, can be fitted again", {
  held <- list(pairs_of_breast())
  fit <- fit_cox(Surv(dtime, death) ~ hormon, data = held[[1]])
  expect_identical(fit$call$data, quote(matched_data(matched_cohort)))
  expect_equal(coef(update(fit, . ~ hormon)), coef(fit))
  curve <- fit_km(Surv(dtime, death) ~ hormon, data = held[[1]])
  expect_s3_class(curve, "survfit")
})
