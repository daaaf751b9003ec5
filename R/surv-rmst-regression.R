#' Regression of the restricted mean survival time
#'
#' How the mean time lived up to a horizon differs with covariates: a linear model of each patient's pseudo-value.
#'
#' @param formula (formula) `Surv(time, event) ~ covariates`, right-censored.
#' @param data (data frame, or a matched cohort without weights other than 1) where the variables are found.
#' @param tau (number) the horizon, stated beforehand.
#' @inheritParams fit_km
#' @param conf.level (number in (0, 1)).
#' @return An object of class `sm_rmst_regression`: `coefficients` (months, or whatever the unit, of restricted mean per
#'   unit of a covariate), `var` (robust, clustered when there are clusters), `pseudo` (the values), `tau`, `mean`, `n`,
#'   `events`, `call`. `tidy()` gives `term`, `estimate`, `std.error`, `statistic`, `p.value`, `conf.low`, `conf.high`.
#' @section Method: The pseudo-value of a patient is the restricted mean of all plus n times the patient's influence on
#'   it (Andersen, Hansen & Klein 2004; the infinitesimal jackknife, as [survival::pseudo()]). Least squares on them
#'   estimates differences of restricted means when censoring does not depend on the covariates; the variance is the
#'   sandwich of the least-squares scores, summed by cluster.
#' @section Errors: `survmatch_error_rmst`, and those of the model frame.
#' @references Andersen PK, Hansen MG, Klein JP (2004). Regression analysis of restricted mean survival time based on
#'   pseudo-observations. *Lifetime Data Analysis* 10:335-350.
#' @family estimators
#' @examples
#' fit_rmst(Surv(time, status) ~ sex + age, data = survival::lung, tau = 500)
#' @export
fit_rmst <- function(formula, data, tau, subset, na.action, cluster, conf.level = 0.95) {
  check_level(conf.level)
  here <- rlang::current_env()
  call <- match.call()
  if (missing(tau) || !rlang::is_bare_numeric(tau, 1) || !is.finite(tau) || tau <= 0) {
    sm_abort("{.arg tau} must be one number above 0, stated beforehand.", "rmst")
  }
  design <- design_call(call, parent.frame(), takes = "cluster")
  frame <- survival_frame(design, parent.frame(), c("subset", "cluster"), here)
  y <- survival_response(frame, "fit_rmst", here)
  if (attr(y, "type") != "right") sm_abort("The response must be right-censored.", "rmst")
  last <- max(y[, 1])
  if (tau > last && !any(y[y[, 1] == last, 2] == 1)) sm_abort(
    "{.arg tau} must lie within the follow-up, which ends at {format(last)} with a censoring.", "rmst"
  )
  y <- join_tied_times(y)
  n <- nrow(y)
  read <- core_curve_numbers(numeric(), as.double(y[, 1]), as.integer(y[, 2]), rep(1, n), tau, 0L)
  x <- design_matrix(stats::terms(frame), frame, here)
  if (any(!is.finite(x))) sm_abort("Covariates must be finite.", "covariate")
  fit <- stats::lm.fit(x, read$value + n * read$influence[, 1])
  kept <- !is.na(fit$coefficients)
  inverse <- matrix(NA_real_, ncol(x), ncol(x), dimnames = list(colnames(x), colnames(x)))
  bread <- chol2inv(qr.R(fit$qr)[seq_len(fit$rank), seq_len(fit$rank), drop = FALSE])
  scores <- x[, kept, drop = FALSE] * fit$residuals
  group <- stats::model.extract(frame, "cluster")
  if (!is.null(group)) scores <- rowsum(scores, group_code(group), reorder = FALSE)
  inverse[kept, kept] <- bread %*% crossprod(scores) %*% bread
  structure(list(
    coefficients = fit$coefficients, var = inverse, pseudo = read$value + n * read$influence[, 1], tau = tau,
    mean = read$value, n = n, events = sum(y[, 2]), clustered = !is.null(group), conf.level = conf.level,
    na.action = attr(frame, "na.action"), call = fit_call(design, "fit_rmst")
  ), class = "sm_rmst_regression")
}

#' @rdname fit_rmst
#' @param x (`sm_rmst_regression`) a fit of `fit_rmst()`.
#' @param ... unused.
#' @export
tidy.sm_rmst_regression <- function(x, ...) {
  se <- sqrt(diag(x$var))
  z <- stats::qnorm((1 + x$conf.level) / 2)
  estimate <- unname(x$coefficients)
  data.frame(
    term = names(x$coefficients), estimate = estimate, std.error = unname(se), statistic = estimate / unname(se),
    p.value = 2 * stats::pnorm(-abs(estimate / unname(se))), conf.low = estimate - z * unname(se),
    conf.high = estimate + z * unname(se)
  )
}

#' @export
print.sm_rmst_regression <- function(x, ...) {
  cat("Restricted mean to ", format(x$tau), ": ", format_number(x$mean, 2), " in all; ", x$n, " patients, ", x$events,
    " events", if (length(x$na.action) > 0) paste0(", ", length(x$na.action), " left out"), "\n\n", sep = "")
  rows <- tidy(x)
  rows[-1] <- lapply(rows[-1], signif, 4)
  print(rows, row.names = FALSE)
  cat("\nVariance: robust", if (x$clustered) ", by cluster", ".\n", sep = "")
  invisible(x)
}
