#' Follow-up by arm
#'
#' The median follow-up and its limits by the reverse Kaplan-Meier method, in which the end of observation is the event
#' and the event a censoring: how long patients would have been observed had they not had the event.
#'
#' @inheritParams fit_km
#' @param ... passed to [fit_km()], such as `weights`, `subset`, `conf.type` or `conf.int`.
#' @return An object of class `followup`: a list with `table` (data frame, one row an arm: arm, strata, n, events,
#'   median, lower, upper; the limits and the median are NA when they were not reached) and `fit` (the reverse
#'   [fit_km()] fit). `tidy()` gives the table.
#' @section Errors: Those of [fit_km()].
#' @references Schemper M, Smith TL (1996). A note on quantifying follow-up in studies of failure time. Control Clin
#'   Trials 17:343-346.
#' @family estimators
#' @examples
#' estimate_followup(Surv(time, status) ~ sex, data = survival::lung)
#' @export
estimate_followup <- function(formula, data, ...) {
  call <- match.call()
  call[[1]] <- fit_km
  call$reverse <- TRUE
  fit <- eval(call, parent.frame())
  structure(list(table = followup_table(fit), fit = fit), class = "followup")
}

followup_table <- function(fit) {
  labels <- curve_labels(fit, attr(fit, "survmatch")$roles, NULL)
  curve <- curve_of_row(fit)
  events <- vapply(seq_along(labels), function(k) sum(fit$n.censor[curve == k]), 0)
  data.frame(
    arm = labels, strata = names(fit$strata) %||% "all", n = fit$n[fit$n > 0], events = events, curve_medians(fit),
    row.names = NULL
  )
}

#' @rdname estimate_followup
#' @param x (`followup`) follow-up of [estimate_followup()].
#' @export
tidy.followup <- function(x, ...) x$table

#' @rdname estimate_followup
#' @export
print.followup <- function(x, ...) {
  cat("Median follow-up (reverse Kaplan-Meier, ", 100 * x$fit$conf.int, "% limits)\n", sep = "")
  print(x$table[c("arm", "n", "events", "median", "lower", "upper")], row.names = FALSE, digits = 4)
  print_rule(x$fit)
  invisible(x)
}
