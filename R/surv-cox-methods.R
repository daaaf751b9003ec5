#' Print, tidy and summarise a Cox fit
#'
#' `print()` is that of a `coxph` with one line more for the variance of a matched or weighted cohort. `tidy()` and
#' `glance()` have the columns and the scale of broom: log hazard ratios unless `exponentiate`. `confint()` gives Wald
#' limits, or those of the profile for a fit with Firth's penalty.
#'
#' @param x (sm_coxph) a fit of [fit_cox()].
#' @param exponentiate (flag) hazard ratios, also for the limits. Standard errors stay those of the log hazard ratio.
#' @param conf.int (flag) add `conf.low` and `conf.high`.
#' @param conf.level (number in (0, 1)) level of the limits.
#' @param ... for `print()`, arguments of survival's print method; else unused.
#' @return `print()`: `x`, invisibly. `tidy()`: a data frame with a row a coefficient: `term`, `estimate`, `std.error`,
#'   `robust.se` (when the variance is robust), `statistic`, `p.value`, and the limits when asked for. `glance()`: a
#'   data frame with one row: `n`, `nevent`, likelihood ratio, score, Wald and robust score tests with p values,
#'   `r.squared`, `concordance`, `std.error.concordance`, `logLik`, `AIC`, `BIC`, `nobs`.
#' @family survival estimators
#' @examples
#' fit <- fit_cox(Surv(time, status) ~ sex, data = survival::lung)
#' tidy(fit, exponentiate = TRUE, conf.int = TRUE)
#' @name cox-methods
NULL

#' @rdname cox-methods
#' @export
print.sm_coxph <- function(x, ...) {
  NextMethod()
  rule <- attr(x, "survmatch")$rule
  if (!is.null(rule)) cat(rule, "\n", sep = "")
  invisible(x)
}

#' @rdname cox-methods
#' @export
tidy.sm_coxph <- function(x, exponentiate = FALSE, conf.int = FALSE, conf.level = 0.95, ...) {
  estimate <- x$coefficients
  se <- sqrt(diag(x$var))
  plain <- if (is.null(x$naive.var)) se else sqrt(diag(x$naive.var))
  result <- data.frame(
    term = names(estimate) %||% character(), estimate = as.double(unname(estimate)), std.error = plain
  )
  if (!is.null(x$naive.var)) result$robust.se <- se
  result$statistic <- result$estimate / se
  result$p.value <- stats::pchisq(result$statistic^2, 1, lower.tail = FALSE)
  if (conf.int) {
    limits <- unname(stats::confint(x, level = conf.level))
    result$conf.low <- limits[, 1]
    result$conf.high <- limits[, 2]
  }
  if (exponentiate) {
    columns <- intersect(c("estimate", "conf.low", "conf.high"), names(result))
    result[columns] <- lapply(result[columns], exp)
  }
  result
}

#' @rdname cox-methods
#' @export
glance.sm_coxph <- function(x, ...) {
  df <- sum(!is.na(x$coefficients))
  ratio <- if (length(x$loglik) == 2) 2 * (x$loglik[2] - x$loglik[1]) else NA_real_
  test <- function(statistic) {
    statistic <- if (length(statistic) == 1) as.double(statistic) else NA_real_
    c(statistic, stats::pchisq(statistic, df, lower.tail = FALSE))
  }
  score <- test(x$score)
  wald <- test(x$wald.test)
  robust <- test(x$rscore)
  data.frame(
    n = as.integer(x$n), nevent = as.double(x$nevent), statistic.log = ratio, p.value.log = test(ratio)[2],
    statistic.sc = score[1], p.value.sc = score[2], statistic.wald = round(wald[1], 2), p.value.wald = wald[2],
    statistic.robust = robust[1], p.value.robust = robust[2],
    r.squared = 1 - exp(-ratio / x$n), r.squared.max = 1 - exp(2 * x$loglik[1] / x$n),
    concordance = x$concordance[["concordance"]], std.error.concordance = x$concordance[["std"]],
    logLik = as.numeric(stats::logLik(x)), AIC = stats::AIC(x), BIC = stats::BIC(x), nobs = stats::nobs(x)
  )
}

#' Change and fit a Cox model again
#'
#' [stats::update()] that also works where the data of the first fit are out of sight: after a fit inside a function, a
#' loop or `lapply()`.
#'
#' @param object (sm_coxph) a fit of [fit_cox()].
#' @param formula. (formula) changes of the formula, see [stats::update.formula()].
#' @param ... arguments of [fit_cox()] to add or change.
#' @param evaluate (flag) `FALSE`: return the call.
#' @return A fit of [fit_cox()], or its call.
#' @family survival estimators
#' @examples
#' by_hand <- function(table) fit_cox(Surv(time, status) ~ sex, data = table)
#' update(by_hand(survival::lung), . ~ . + age)
#' @importFrom stats update
#' @export
update.sm_coxph <- function(object, formula., ..., evaluate = TRUE) {
  call <- object$call
  extras <- match.call(expand.dots = FALSE)$...
  if (!missing(formula.)) call$formula <- stats::update.formula(stats::formula(object), formula.)
  for (name in names(extras)) call[[name]] <- extras[[name]]
  if (!evaluate) return(call)
  home <- environment(object$terms)
  kept <- call[setdiff(
    intersect(c("formula", "data"), names(call)), c(names(extras), if (!missing(formula.)) "formula")
  )]
  values <- call_values(kept, home, function(name, value) TRUE)
  eval(call, list2env(values, parent = parent.frame()))
}
