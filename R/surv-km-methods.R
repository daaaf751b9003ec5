# The object of fit_km(): what is added to survival's fields, and its methods.

finish_survfit <- function(fit, frame, design, model, env) {
  if (!is.null(attr(frame, "na.action"))) fit$na.action <- attr(frame, "na.action")
  if (!is.null(model)) fit$model <- model
  fit$call <- fit_call(design, "fit_km")
  class(fit) <- c("sm_survfit", if (!is.null(fit$states)) "survfitms", "survfit")
  attr(fit, "survmatch") <- survmatch_notes(design)
  fit
}

# The call that the fit prints. A formula that was not written out in the call stands in it by value, so that it can be
# evaluated again anywhere.
fit_call <- function(design, head) {
  call <- design$call
  call[[1]] <- as.name(head)
  written <- is.call(call$formula) && identical(call$formula[[1]], quote(`~`))
  if (!written) call$formula <- design$formula
  call
}

survmatch_notes <- function(design) {
  roles <- if (inherits(design$data, "cohort")) cohort_roles(design$data)
  list(formula = design$formula, roles = roles, rule = design$rule)
}

#' Methods for Kaplan-Meier fits
#'
#' `tidy()` gives one row a time (and curve), `glance()` one row for a single curve, with the columns of the package
#' broom.
#'
#' @param x (`sm_survfit`) a fit of [fit_km()].
#' @param ... passed to survival's `print()` or `summary()` method.
#' @return `print()` its argument, invisibly. `tidy()` a data frame with columns time, n.risk, n.event, n.censor,
#'   estimate, std.error, conf.high, conf.low, and strata when there are several curves; for a fit of several states
#'   also state. `glance()` a data frame with one row: records, n.max, n.start, events, rmean, rmean.std.error, median,
#'   conf.low, conf.high, nobs.
#' @family estimators
#' @examples
#' fit <- fit_km(Surv(time, status) ~ 1, data = survival::lung)
#' head(tidy(fit))
#' glance(fit)
#' @export
print.sm_survfit <- function(x, ...) {
  NextMethod()
  print_rule(x)
  invisible(x)
}

print_rule <- function(x) {
  rule <- attr(x, "survmatch")$rule
  if (!is.null(rule)) cat(rule, "\n", sep = "")
}

#' @rdname print.sm_survfit
#' @export
tidy.sm_survfit <- function(x, ...) {
  several <- inherits(x, "survfitms")
  missing <- rep(NA_real_, length(x$time) * (if (several) length(x$states) else 1))
  rows <- data.frame(
    time = x$time, n.risk = c(x$n.risk), n.event = c(x$n.event), n.censor = c(x$n.censor),
    estimate = c(if (several) x$pstate else x$surv), std.error = c(x$std.err %||% missing),
    conf.high = c(x$upper %||% missing), conf.low = c(x$lower %||% missing)
  )
  if (several) {
    rows$state <- rep(x$states, each = nrow(x$pstate))
    if (!is.null(x$strata)) rows$strata <- rep(names(x$strata), x$strata)
    return(rows[rows$state != "", ])
  }
  if (!is.null(x$strata)) rows$strata <- rep(names(x$strata), x$strata)
  rows
}

#' @rdname print.sm_survfit
#' @export
glance.sm_survfit <- function(x, ...) {
  if (inherits(x, "survfitms") || !is.null(x$strata)) {
    sm_abort(c("{.fn glance} is for a single curve.", i = "{.fn tidy} has every curve."), "glance")
  }
  table <- summary(x, ...)$table
  names(table) <- sub("^\\*?se\\(rmean\\)$", "rmean.std.error", sub("^\\*rmean$", "rmean", names(table)))
  if (!is.null(x$lower)) names(table)[length(table) - 1:0] <- c("conf.low", "conf.high")
  row <- as.data.frame(as.list(table), check.names = FALSE)
  row$nobs <- x$n
  row
}
