expect_residuals_like_survival <- function(seed) {
  data <- cox_cohort(seed)
  args <- cox_request(seed)
  args$nocenter <- args$iter.max <- args$model <- NULL
  if (!is.null(args$ties) && args$ties == "exact") args$ties <- "efron"
  outcome <- cox_outcome(quote(survmatch::fit_cox), args, data)
  fit <- outcome$value
  usable <- inherits(fit, "coxph") && !inherits(fit, "coxph.null") && length(outcome$warnings) == 0
  if (!usable) return(FALSE)
  peer <- fit
  class(peer) <- "coxph"
  set.seed(seed)
  group <- sample(3, length(fit$residuals), TRUE)
  for (type in c("martingale", "deviance", "score", "schoenfeld", "dfbeta", "dfbetas", "scaledsch")) {
    # survival 3.5-3 multiplies Schoenfeld residuals by the weights of other rows.
    by_weight <- type != "deviance" && (is_newest_survival() || !type %in% c("schoenfeld", "scaledsch"))
    calls <- list(list(), if (by_weight) list(weighted = TRUE))
    if (is.null(fit$na.action) && type %in% c("score", "dfbeta")) calls <- c(calls, list(list(collapse = group)))
    for (extra in Filter(Negate(is.null), calls)) {
      a <- do.call(residuals, c(list(fit, type), extra))
      b <- do.call(residuals, c(list(peer, type), extra))
      if (!is_newest_survival()) attr(a, "strata") <- attr(b, "strata") <- NULL
      same <- compare_values(a, b, 1e-9, type)
      expect(isTRUE(same), paste0("not survival's residuals [seed ", seed, ", ", deparse1(args$formula), "]: ", same))
      count_comparison("residuals of fit_cox", peer_version("survival"))
    }
  }
  TRUE
}

test_that("residuals are survival's on random cohorts", {
  compared <- vapply(1:160, expect_residuals_like_survival, NA)
  expect_gte(sum(compared), 100)
})

test_that("rows that were left out can be filled in", {
  fit <- fit_cox(Surv(time, status) ~ ph.ecog + sex, survival::lung)
  padded <- residuals(fit, "dfbeta", na.action = na.exclude)
  expect_identical(nrow(padded), nrow(survival::lung))
  expect_identical(which(is.na(padded[, 1])), which(is.na(survival::lung$ph.ecog)), ignore_attr = TRUE)
})

test_that("residuals add up", {
  fit <- fit_cox(Surv(time, status) ~ age + sex + strata(inst > 10), survival::lung)
  expect_equal(colSums(residuals(fit, "score")), c(age = 0, sex = 0), tolerance = 1e-6)
  expect_equal(colSums(residuals(fit, "schoenfeld")), c(age = 0, sex = 0), tolerance = 1e-6)
  expect_equal(colMeans(residuals(fit, "scaledsch")), coef(fit), tolerance = 1e-6)
})

test_that("what has no residuals is refused", {
  fit <- fit_cox(Surv(time, status) ~ age, survival::lung, ties = "exact")
  expect_error(residuals(fit, "score"), class = "survmatch_error_residuals")
  fit <- fit_cox(Surv(time, status) ~ age, survival::lung)
  expect_error(residuals(fit, "score", collapse = 1:3), class = "survmatch_error_residuals")
})
