# Firth's penalty: estimates that stay finite when a group has no events, with limits from the profile of the penalised
# likelihood.

cox_firth_fit <- function(problem, start, control, error_call) {
  if (problem$ties == "exact") {
    sm_abort("{.code penalty = \"firth\"} needs Efron's or Breslow's ties.", "unsupported", error_call)
  }
  fit <- core_cox_firth(
    problem$data, start, rep(TRUE, ncol(problem$x)), problem$ties == "efron", control$iter.max, min(control$eps, 1e-8),
    control$toler.chol
  )
  if (!fit$converged && control$iter.max > 1) {
    sm_warn(
      c("Ran out of iterations and did not converge.", x = "There were {control$iter.max}."), "convergence", error_call
    )
  }
  fit
}

#' @importFrom stats confint
#' @rdname cox-methods
#' @param object (sm_coxph) a fit of [fit_cox()].
#' @param parm (names or numbers) the coefficients; all by default.
#' @param level (number in (0, 1)) level of the limits.
#' @export
confint.sm_coxph <- function(object, parm, level = 0.95, ...) {
  if (!identical(attr(object, "survmatch")$penalty, "firth")) return(NextMethod())
  names <- names(object$coefficients)
  if (missing(parm)) parm <- names
  if (is.numeric(parm)) parm <- names[parm]
  source <- residual_source(object)
  estimate <- ifelse(is.na(object$coefficients), 0, object$coefficients)
  source$data <- ph_data(source, offset = object$linear.predictors - c(source$x %*% estimate), centred = 1L)
  limits <- t(vapply(match(parm, names), profile_limits, c(0, 0), object = object, source = source, level = level))
  percent <- paste(format(100 * c((1 - level) / 2, (1 + level) / 2), trim = TRUE, digits = 3), "%")
  dimnames(limits) <- list(parm, percent)
  limits
}

# Where the penalised profile likelihood of one coefficient has dropped by half the quantile of chi-squared.
profile_limits <- function(which, object, source, level) {
  estimate <- object$coefficients
  if (is.na(estimate[which])) return(c(NA_real_, NA_real_))
  efron <- object$method == "efron"
  free <- replace(!is.na(estimate), which, FALSE)
  start <- ifelse(is.na(estimate), 0, estimate)
  drop <- stats::qchisq(level, 1) / 2
  maximum <- object$loglik[2]
  excess <- function(value) {
    at <- replace(start, which, value)
    fit <- core_cox_firth(source$data, at, free, efron, 200L, 1e-8, .Machine$double.eps^0.75)
    maximum - fit$loglik[2] - drop
  }
  width <- sqrt(object$var[which, which]) * sqrt(2 * drop)
  side <- function(sign) {
    inner <- estimate[[which]]
    step <- width
    for (attempt in 1:40) {
      outer <- inner + sign * step
      if (excess(outer) > 0) return(stats::uniroot(excess, sort(c(inner, outer)), tol = 1e-7 * width)$root)
      inner <- outer
      step <- 1.5 * step
    }
    sign * Inf
  }
  c(side(-1), side(1))
}
