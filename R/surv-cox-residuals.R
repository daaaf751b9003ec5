#' Residuals of a Cox fit
#'
#' `residuals()` as survival has it for a `coxph`, in a time that grows with the number of rows: its Schoenfeld
#' residuals grow with its square.
#'
#' @param object (sm_coxph) a fit of [fit_cox()].
#' @param type (string) `"martingale"`, `"deviance"`, `"score"`, `"schoenfeld"`, `"dfbeta"`, `"dfbetas"`, `"scaledsch"`
#'   or `"partial"`.
#' @param collapse (vector of n values, or `TRUE`) groups to sum over; `TRUE`: the cluster or id of the fit.
#' @param weighted (flag) multiply by the case weights; by default for `"dfbeta"` and `"dfbetas"`.
#' @param na.action (function) `na.exclude` to get a row for each row that the fit left out.
#' @param ... unused.
#' @return A vector, or a matrix with a column a coefficient (score, dfbeta, dfbetas; for Schoenfeld residuals a row an
#'   event, ordered by stratum and time, named by its time, with a table of the events in the attribute `strata`).
#' @section Errors:
#' Class `survmatch_error_residuals`: score and Schoenfeld residuals of the exact likelihood, a `collapse` of the wrong
#' length.
#' @section Method:
#' Therneau and Grambsch (2000), chapters 4, 6 and 7. Score residuals come from running totals of the hazard and of the
#' hazard times the mean covariates; `dfbeta` multiplies them by the model-based variance.
#' @references Therneau TM, Grambsch PM (2000). *Modeling Survival Data: Extending the Cox Model*. Springer.
#' @family survival estimators
#' @examples
#' fit <- fit_cox(Surv(time, status) ~ age + sex, data = survival::lung)
#' head(residuals(fit, "dfbeta"))
#' @importFrom stats residuals
#' @export
residuals.sm_coxph <- function(object, type = c(
                                 "martingale", "deviance", "score", "schoenfeld", "dfbeta", "dfbetas", "scaledsch",
                                 "partial"
                               ), collapse = FALSE, weighted = (type %in% c("dfbeta", "dfbetas")), na.action, ...) {
  type <- pick_choice(type, partial = TRUE)
  simple <- type %in% c("martingale", "deviance", "partial") || inherits(object, "coxph.null") || object$nevent == 0
  if (simple) return(NextMethod())
  if (object$method == "exact") {
    sm_abort("{.val {type}} residuals are not available for the exact likelihood.", "residuals")
  }
  source <- residual_source(object)
  if (type %in% c("schoenfeld", "scaledsch")) {
    return(schoenfeld_of(object, source, scaled = type == "scaledsch", weighted = isTRUE(weighted)))
  }
  result <- score_of(object, source, type)
  if (isTRUE(weighted)) result <- result * source$weights
  if (isTRUE(collapse)) return(collapse_residuals(result, source$group))
  omit <- changed_omit(object$na.action, if (!missing(na.action)) na.action)
  if (!is.null(omit)) result <- stats::naresid(omit, result)
  if (isFALSE(collapse)) result else collapse_residuals(result, collapse)
}

# The data of a fit and their order, with the predictor of the fit.
residual_source <- function(object) {
  object$assign <- NULL
  kept <- object$coefficients
  object$coefficients[] <- 0 # cox_parts() leaves out redundant columns, which have residuals too
  source <- cox_parts(object)
  source$coefficients <- kept
  source$data <- ph_data(source)
  source$efron <- object$method == "efron"
  source$variance <- if (is.null(object$naive.var)) object$var else object$naive.var
  source
}

score_of <- function(object, source, type) {
  score <- core_cox_score_residuals(source$data, source$predictor, source$efron)
  deviation <- sqrt(diag(source$variance))
  rows <- names(object$residuals)
  if (ncol(score) == 1) {
    factor <- switch(type, score = 1, dfbeta = source$variance[1], dfbetas = deviation)
    return(stats::setNames(score[, 1] * factor, rows))
  }
  result <- switch(type,
    score = score,
    dfbeta = score %*% source$variance,
    dfbetas = (score %*% source$variance) %*% diag(1 / deviation)
  )
  dimnames(result) <- list(rows, if (type == "score") names(object$coefficients))
  result
}

schoenfeld_of <- function(object, source, scaled, weighted) {
  found <- core_cox_schoenfeld(source$data, source$predictor, source$efron)
  result <- found$residual
  if (weighted) result <- result * source$weights[found$row]
  time <- unname(source$time[found$row])
  if (scaled) {
    coefficients <- ifelse(is.na(source$coefficients), 0, source$coefficients)
    result <- result %*% source$variance * length(time) + rep(coefficients, each = length(time))
  }
  if (ncol(result) == 1) {
    result <- stats::setNames(drop(result), time)
  } else {
    dimnames(result) <- list(time, names(object$coefficients))
  }
  if (!is.null(source$strata) && !(scaled && is.matrix(result))) attr(result, "strata") <- table(source$strata[found$row])
  result
}

changed_omit <- function(omit, na.action) {
  if (is.null(omit) || is.null(na.action)) return(omit)
  if (is.character(na.action)) na.action <- get(na.action, mode = "function")
  wanted <- class(attr(na.action(c(1:3, NA)), "na.action"))
  if (wanted %in% c("exclude", "omit")) class(omit) <- wanted
  omit
}

collapse_residuals <- function(residual, collapse, error_call = rlang::caller_env()) {
  if (length(collapse) != NROW(residual)) {
    sm_abort(c(
      "{.arg collapse} needs one value a row.",
      x = "It has {length(collapse)}, not {NROW(residual)}."
    ), "residuals", error_call)
  }
  drop(rowsum(residual, collapse))
}
