#' @export
print.propensity <- function(x, ...) {
  outside <- x$overlap$outside
  cli::cli_text("{.strong Propensity score}: logistic regression, {length(x$treat)} patients, {sum(x$treat)} treated")
  cli::cli_text("{x$rank} parameters, c-statistic {format_number(x$c_statistic, 3)}, {x$iter} iterations")
  cli::cli_bullets(c(
    "*" = "score of the treated {format_number(x$overlap$min[2], 3)} to {format_number(x$overlap$max[2], 3)},
           of the untreated {format_number(x$overlap$min[1], 3)} to {format_number(x$overlap$max[1], 3)}",
    "*" = "outside the other arm's range: {outside[2]} treated, {outside[1]} untreated",
    "!" = if (anyNA(x$coefficients)) "{sum(is.na(x$coefficients))} aliased: {.field {names(x$coefficients)[is.na(x$coefficients)]}}",
    "!" = if (x$separated) "the covariates separate the arms"
  ))
  invisible(x)
}

#' @export
tidy.propensity <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, ...) {
  statistic <- x$coefficients / x$std.error
  out <- data.frame(
    term = names(x$coefficients), estimate = unname(x$coefficients), std.error = unname(x$std.error),
    statistic = unname(statistic),
    p.value = unname(2 * stats::pnorm(-abs(statistic)))
  )
  if (conf.int) {
    half <- stats::qnorm((1 + conf.level) / 2) * out$std.error
    out$conf.low <- out$estimate - half
    out$conf.high <- out$estimate + half
  }
  scale <- intersect(c("estimate", "conf.low", "conf.high"), names(out))
  if (exponentiate) out[scale] <- exp(out[scale])
  out
}

#' @export
glance.propensity <- function(x, ...) {
  data.frame(
    null.deviance = x$null.deviance, deviance = x$deviance, AIC = x$aic, df.residual = x$df.residual,
    nobs = length(x$treat),
    treated = sum(x$treat), c_statistic = x$c_statistic, separated = x$separated
  )
}

#' @export
predict.propensity <- function(object, newdata = NULL, type = c("response", "link"), ...) {
  type <- pick_choice(type)
  if (is.null(newdata)) return(if (type == "link") object$linear else object$fitted)
  terms <- stats::delete.response(object$terms)
  frame <- stats::model.frame(terms, newdata, na.action = stats::na.pass, xlev = object$xlevels)
  x <- stats::model.matrix(terms, frame, contrasts.arg = object$contrasts)
  b <- replace(object$coefficients, is.na(object$coefficients), 0)
  linear <- drop(x %*% b)
  if (type == "link") linear else stats::plogis(linear)
}

#' @export
coef.propensity <- function(object, ...) object$coefficients

#' @export
vcov.propensity <- function(object, ...) object$vcov

#' @export
fitted.propensity <- function(object, ...) object$fitted

#' @export
formula.propensity <- function(x, ...) x$formula

#' @export
nobs.propensity <- function(object, ...) length(object$treat)
