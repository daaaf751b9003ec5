#' Restricted mean survival time
#'
#' The mean time without the event over the first `tau`, in each arm, with the difference and the ratio between arms.
#'
#' @param formula (formula) `Surv(time, event) ~ arm`; `~ 1` for one group. (start, stop] data are taken too.
#' @param data (data frame, cohort, or matched or weighted cohort). With a matched cohort its weights and sets are used.
#' @param tau (number > 0 or NULL) horizon, in the unit of the times, stated beforehand. `NULL`: the smaller of the
#'   arms' largest follow-up with 10 patients still at risk.
#' @param weights,subset,na.action,cluster as in [fit_km()]; evaluated in `data`.
#' @param conf.level (number) level of the intervals.
#' @return An object of class `sm_rmst`: a list with `tau`, `tau_rule` (`"stated"` or `"ten at risk"`), `arms` (data
#'   frame: arm, n, events, estimate, std.error, conf.low, conf.high), `contrasts` (data frame: term, arm, reference,
#'   estimate, std.error (of the log for a ratio), statistic, p.value, conf.low, conf.high), `rule`, `call`. `tidy()`
#'   gives arms and contrasts in one data frame, `glance()` one row.
#' @section Method:
#' The mean is the area under the Kaplan-Meier curve from 0 to tau. Its variance is the sum of squared influences,
#' summed by cluster where there are clusters; for weights of 1, no clusters and no late entry this is Greenwood's,
#' \eqn{\sum_j \{\int_{t_j}^{\tau} S(u) du\}^2 d_j / \{Y_j (Y_j - d_j)\}}{sum_j A_j^2 d_j / (Y_j (Y_j - d_j))}. Arms
#' that share clusters (matched pairs) are correlated, and the contrast's variance says so. Limits of the ratio are
#' computed on the log scale. Rows with a missing value are left out (`na.action`).
#' @section Errors:
#' `survmatch_error_rmst` (tau beyond the follow-up of an arm, fewer than 10 patients in an arm and no `tau`),
#' `survmatch_error_formula`, `survmatch_error_time`, `survmatch_error_weights`.
#' @references Royston P, Parmar MKB (2013). Restricted mean survival time: an alternative to the hazard ratio. BMC
#' Medical Research Methodology 13:152.
#'
#' Uno H, et al. (2014). Moving beyond the hazard ratio in quantifying the between-group difference in survival
#' analysis. Journal of Clinical Oncology 32:2380-2385.
#' @family estimators
#' @examples
#' estimate_rmst(Surv(time, status) ~ sex, data = survival::lung, tau = 365)
#' @export
estimate_rmst <- function(formula, data, tau = NULL, weights, subset, na.action, cluster, conf.level = 0.95) {
  check_level(conf.level)
  call <- match.call()
  found <- arm_data(call, parent.frame())
  horizon <- rmst_horizon(found, tau)
  numbers <- lapply(found$arms, function(arm) read_arm(arm, horizon$tau, 0L)[[1]])
  new_rmst(
    tau = horizon$tau, tau_rule = horizon$rule,
    arms = arm_rows(found, numbers, conf.level), contrasts = rmst_contrasts(found, numbers, conf.level),
    rule = variance_rule(found), time_unit = found$roles$time_unit, call = call
  )
}

new_rmst <- function(...) structure(list(...), class = "sm_rmst")

rmst_horizon <- function(data, tau, call = rlang::caller_env()) {
  if (is.null(tau)) return(list(tau = horizon_ten_at_risk(data, call), rule = "ten at risk"))
  if (!rlang::is_bare_numeric(tau, 1) || is.na(tau) || tau <= 0 || is.infinite(tau)) {
    sm_abort(c("{.arg tau} must be one number above 0.", x = "It is {shown(tau)}."), "rmst", call)
  }
  for (k in seq_along(data$arms)) {
    arm <- data$arms[[k]]
    last <- max(arm$time)
    if (tau > last && !any(arm$event[arm$time == last] == 1)) {
      sm_abort(c(
        "{.arg tau} must lie within the follow-up of each arm.",
        x = "It is {format(tau)}; the follow-up of {.val {data$labels[k]}} ends at {format(last)} with a censoring.",
        i = "Choose a {.arg tau} of {format(last)} or less."
      ), "rmst", call)
    }
  }
  list(tau = as.double(tau), rule = "stated")
}

horizon_ten_at_risk <- function(data, call) {
  sizes <- vapply(data$arms, function(arm) length(arm$time), 1L)
  if (any(sizes < 10)) {
    sm_abort(c(
      "An arm needs 10 patients for the rule that sets {.arg tau}.",
      x = "{.val {data$labels[which.min(sizes)]}} has {min(sizes)}.", i = "State {.arg tau}."
    ), "rmst", call)
  }
  tau <- min(vapply(data$arms, function(arm) sort(arm$time, decreasing = TRUE)[10], 0))
  if (tau <= 0) sm_abort("The tenth longest follow-up of an arm is 0: no horizon can be set.", "rmst", call)
  tau
}

arm_rows <- function(data, numbers, level) {
  value <- vapply(numbers, `[[`, 0, "value")
  se <- vapply(seq_along(numbers), function(k) contrast_arms(data, numbers, as.double(seq_along(numbers) == k)), 0)
  z <- stats::qnorm((1 + level) / 2)
  list2DF(list(
    arm = data$labels, n = vapply(data$arms, `[[`, 1L, "n"),
    events = vapply(data$arms, function(arm) sum(arm$event == 1), 1L),
    estimate = value, std.error = se, conf.low = value - z * se, conf.high = value + z * se
  ))
}

# Each arm against the first: difference and ratio.
rmst_contrasts <- function(data, numbers, level) {
  rows <- lapply(seq_along(numbers)[-1], function(k) {
    unit <- as.double(seq_along(numbers) == k)
    base <- as.double(seq_along(numbers) == 1)
    values <- c(numbers[[k]]$value, numbers[[1]]$value)
    list(
      contrast_row("difference", data, k, values[1] - values[2], contrast_arms(data, numbers, unit - base), level),
      contrast_row(
        "ratio", data, k, values[1] / values[2], contrast_arms(data, numbers, unit / values[1] - base / values[2]),
        level
      )
    )
  })
  stack_rows(unlist(rows, recursive = FALSE))
}

# Lists of one value a column as the rows of a data frame; NULL without rows. rbind() takes as long for two rows as the
# estimates do.
stack_rows <- function(rows) {
  if (length(rows) == 0) return(NULL)
  list2DF(lapply(stats::setNames(nm = names(rows[[1]])), function(name) unlist(lapply(rows, `[[`, name))))
}

# One contrast; the standard error of a ratio is that of its log.
contrast_row <- function(term, data, k, estimate, se, level) {
  z <- stats::qnorm((1 + level) / 2)
  ratio <- term == "ratio"
  centre <- if (ratio) log(estimate) else estimate
  limits <- centre + c(-1, 1) * z * se
  statistic <- if (isTRUE(se > 0)) centre / se else NA_real_
  list(
    term = term, arm = data$labels[k], reference = data$labels[1], estimate = estimate, std.error = se,
    statistic = statistic,
    p.value = 2 * stats::pnorm(-abs(statistic)), conf.low = if (ratio) exp(limits[1]) else limits[1],
    conf.high = if (ratio) exp(limits[2]) else limits[2]
  )
}

#' @export
print.sm_rmst <- function(x, digits = 3, ...) print_to_horizon(x, "Restricted mean survival time", digits)

print_to_horizon <- function(x, title, digits) {
  unit <- if (is.null(x$time_unit)) "" else paste0(" ", x$time_unit)
  rule <- if (x$tau_rule == "stated") "stated" else "the smaller of the arms' largest follow-up with 10 at risk"
  cat(title, " to ", format(x$tau, digits = digits + 1), unit, " (", rule, ")\n\n", sep = "")
  print(x$arms, digits = digits, row.names = FALSE)
  print_contrasts(x$contrasts, "term", digits)
  cat("\n", x$rule, "\n", sep = "")
  invisible(x)
}

# Each pair of arms is named once, above its rows.
print_contrasts <- function(contrasts, first, digits) {
  if (is.null(contrasts)) return(invisible())
  pair <- paste(contrasts$arm, "v", contrasts$reference)
  for (one in unique(pair)) {
    cat("\n", one, "\n", sep = "")
    print(
      contrasts[pair == one, c(first, "estimate", "conf.low", "conf.high", "p.value")], digits = digits,
      row.names = FALSE
    )
  }
}

#' @export
tidy.sm_rmst <- function(x, ...) {
  arms <- data.frame(
    term = "mean", arm = x$arms$arm, reference = NA_character_, x$arms[c("estimate", "std.error")],
    statistic = NA_real_, p.value = NA_real_,
    x$arms[c("conf.low", "conf.high")]
  )
  rbind(arms, x$contrasts)
}

#' @export
glance.sm_rmst <- function(x, ...) {
  data.frame(tau = x$tau, tau_rule = x$tau_rule, n = sum(x$arms$n), events = sum(x$arms$events))
}
