#' Predictions and summaries of a Fine-Gray fit
#'
#' @param object,x (sm_finegray) a fit of [fit_finegray()].
#' @param newdata (data frame) the covariates of those to predict for; by default the patients of the fit, for
#'   `"incidence"` one patient with the mean of each covariate.
#' @param type (string) `"incidence"`: the cumulative incidence at `times`; `"lp"`, `"risk"`: the linear predictor,
#'   centred at the `means` of the fit, and its exponential.
#' @param times (numeric) times of the incidences; by default the event times.
#' @param ... unused.
#' @return `predict()`: for `"incidence"` a matrix with a row for each row of `newdata` and a column a time; else a vector.
#'   `glance()`: a data frame with one row, as for [fit_cox()], without concordance and likelihood tests, which do not
#'   hold under weights. `survfit()` and `test_ph()` do not take these fits and say what to use.
#' @section Method: The incidence is 1 - exp(-H(t) exp(lp)), H the cumulative baseline subdistribution hazard with the
#'   tie rule of the fit. Rows of `newdata` with a missing covariate give NA.
#' @section Errors: `survmatch_error_newdata` when a covariate or stratum of the fit is not in `newdata`.
#' @family competing risks
#' @examples
#' patients <- survival::mgus2
#' patients$time <- ifelse(patients$pstat == 1, patients$ptime, patients$futime)
#' kind <- ifelse(patients$pstat == 1, 1, 2 * patients$death)
#' patients$state <- factor(kind, 0:2, c("censored", "pcm", "death"))
#' fit <- fit_finegray(Surv(time, state) ~ age + sex, data = patients)
#' predict(fit, data.frame(age = c(50, 70), sex = "F"), times = c(60, 120))
#' @name finegray-methods
NULL

#' @rdname finegray-methods
#' @importFrom stats predict
#' @export
predict.sm_finegray <- function(object, newdata = NULL, type = c("incidence", "lp", "risk"), times = NULL, ...) {
  type <- pick_choice(type)
  if (is.null(newdata) && type != "incidence") {
    lp <- stats::naresid(object$na.action, object$linear.predictors)
    return(if (type == "lp") lp else exp(lp))
  }
  given <- finegray_predictors(object, newdata)
  if (type != "incidence") return(if (type == "lp") given$lp else exp(given$lp))
  times <- times %||% sort(unique(object$baseline$time))
  if (!is.numeric(times) || anyNA(times)) sm_abort("{.arg times} must be numbers.", "newdata")
  hazard <- vapply(given$stratum, function(s) subdistribution_hazard(object$baseline, s, times), numeric(length(times)))
  hazard <- matrix(hazard, nrow = length(times))
  result <- 1 - exp(-sweep(hazard, 2, exp(given$lp), "*"))
  structure(t(result), dimnames = list(names(given$lp), format(times, trim = TRUE)))
}

subdistribution_hazard <- function(baseline, stratum, times) {
  if (!is.na(stratum)) baseline <- baseline[as.character(baseline$strata) == stratum, ]
  c(0, cumsum(baseline$hazard))[findInterval(times, baseline$time) + 1]
}

# The centred linear predictor and the stratum (NA: there is one) of each row.
finegray_predictors <- function(object, newdata, error_call = rlang::caller_env()) {
  stratified <- "strata" %in% names(object$baseline)
  if (is.null(newdata)) {
    if (stratified) sm_abort("{.arg newdata} is needed for a fit with strata.", "newdata", error_call)
    return(list(lp = c("mean" = 0), stratum = NA))
  }
  terms <- stats::delete.response(object$terms)
  frame <- tryCatch(
    stats::model.frame(terms, newdata, na.action = stats::na.pass, xlev = object$xlevels),
    error = function(e) {
      sm_abort(c("{.arg newdata} must have the covariates of the fit.", x = "{conditionMessage(e)}"), "newdata", error_call)
    }
  )
  strata <- if (stratified) strata_of_frame(object$terms, frame)
  unknown <- setdiff(as.character(strata), levels(object$baseline$strata))
  if (length(unknown) > 0) {
    sm_abort(c("Each stratum must be one of the fit.", x = "There is no {.val {unknown[1]}}."), "newdata", error_call)
  }
  x <- stats::model.matrix(object, data = frame)
  b <- ifelse(is.na(object$coefficients), 0, object$coefficients)
  lp <- drop(sweep(x, 2, object$means) %*% b) + (stats::model.offset(frame) %||% 0)
  list(lp = stats::setNames(lp, row.names(newdata)), stratum = if (stratified) as.character(strata) else rep(NA, length(lp)))
}

#' @rdname finegray-methods
#' @export
glance.sm_finegray <- function(x, ...) {
  df <- sum(!is.na(x$coefficients))
  wald <- if (length(x$wald.test) == 1) as.double(x$wald.test) else NA_real_
  data.frame(
    n = as.integer(x$n), nevent = as.double(x$nevent), statistic.wald = wald,
    p.value.wald = stats::pchisq(wald, df, lower.tail = FALSE), logLik = as.numeric(stats::logLik(x)), nobs = x$nevent
  )
}

#' @rdname finegray-methods
#' @param formula (sm_finegray) a fit of [fit_finegray()].
#' @importFrom survival survfit
#' @export
survfit.sm_finegray <- function(formula, ...) {
  sm_abort(c(
    "A Fine-Gray fit has cumulative incidences, not survival curves.",
    i = "Use {.code predict(fit, newdata, type = \"incidence\")}."
  ), "unsupported")
}
