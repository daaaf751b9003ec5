#' Average hazards and their ratio
#'
#' The average hazard up to `tau`, events for each unit of time at risk as a study without censoring would count them, in
#' each arm, with the difference and the ratio between arms: a ratio that means the same whether hazards are
#' proportional or not, and does not depend on the censoring.
#'
#' @inheritParams estimate_rmst
#' @return An object of class `sm_average_hazard`: a list with `tau`, `tau_rule`, `arms` (data frame: arm, n, events,
#'   survival, mean (restricted mean survival time), estimate (events for each unit of time), std.error (of the log),
#'   conf.low, conf.high), `contrasts` (as in [estimate_rmst()]), `rule`, `call`. `tidy()` gives arms and contrasts in one
#'   data frame, `glance()` one row.
#' @section Method:
#' \eqn{AH(\tau) = \{1 - S(\tau)\} / \int_0^\tau S(u) du}{AH(tau) = (1 - S(tau)) / (area under S up to tau)}, the hazard
#' averaged with weights S(u). Package survAH has the same estimates; its standard errors, with events over the square of
#' the number at risk, are a little smaller. Standard errors are those of the influence of each patient on the log, summed by cluster, so
#' that matched arms are correlated. Limits of arms and ratios are computed on the log scale. An arm without an event by tau
#' has an average hazard of 0 and no limits.
#' @section Errors: those of [estimate_rmst()].
#' @references Uno H, Horiguchi M (2023). Ratio and difference of average hazard with survival weight: new measures to
#' quantify survival benefit of new therapy. Statistics in Medicine 42:936-952.
#' @family estimators
#' @examples
#' estimate_average_hazard(Surv(time, status) ~ sex, data = survival::lung, tau = 365)
#' @export
estimate_average_hazard <- function(formula, data, tau = NULL, weights, subset, na.action, cluster, conf.level = 0.95) {
  check_level(conf.level)
  call <- match.call()
  found <- arm_data(call, parent.frame())
  horizon <- rmst_horizon(found, tau)
  numbers <- lapply(found$arms, average_hazard, horizon$tau)
  structure(list(
    tau = horizon$tau, tau_rule = horizon$rule, arms = average_hazard_rows(found, numbers, conf.level),
    contrasts = average_hazard_contrasts(found, numbers, conf.level), rule = variance_rule(found),
    time_unit = found$roles$time_unit, call = call
  ), class = "sm_average_hazard")
}

# value, survival, mean, and the influence of each row on the log.
average_hazard <- function(arm, tau) {
  mean <- read_arm(arm, tau, 0L)[[1]]
  survival <- read_arm(arm, tau, 1L)[[1]]
  lost <- 1 - survival$value
  list(
    value = lost / mean$value, survival = survival$value, mean = mean$value,
    influence = if (lost > 0) -survival$influence / lost - mean$influence / mean$value else rep(NA_real_, length(mean$influence))
  )
}

average_hazard_rows <- function(data, numbers, level) {
  value <- vapply(numbers, `[[`, 0, "value")
  se <- vapply(seq_along(numbers), function(k) log_error(data, numbers, as.double(seq_along(numbers) == k)), 0)
  z <- stats::qnorm((1 + level) / 2)
  data.frame(
    arm = data$labels, n = vapply(data$arms, `[[`, 1L, "n"),
    events = vapply(data$arms, function(arm) sum(arm$event == 1), 1L), survival = vapply(numbers, `[[`, 0, "survival"),
    mean = vapply(numbers, `[[`, 0, "mean"), estimate = value, std.error = se, conf.low = value * exp(-z * se),
    conf.high = value * exp(z * se)
  )
}

# The standard error of a sum of coefficient x log; NA where an arm that counts has no event.
log_error <- function(data, numbers, coefficients) {
  counts <- coefficients != 0
  if (any(vapply(numbers[counts], function(n) anyNA(n$influence), NA))) return(NA_real_)
  numbers[!counts] <- lapply(numbers[!counts], function(n) replace(n, "influence", list(numeric(length(n$influence)))))
  contrast_arms(data, numbers, coefficients)
}

average_hazard_contrasts <- function(data, numbers, level) {
  rows <- lapply(seq_along(numbers)[-1], function(k) {
    unit <- as.double(seq_along(numbers) == k)
    base <- as.double(seq_along(numbers) == 1)
    values <- c(numbers[[k]]$value, numbers[[1]]$value)
    difference <- log_error(data, numbers, unit * values[1] - base * values[2])
    list(
      contrast_row("difference", data, k, values[1] - values[2], difference, level),
      contrast_row("ratio", data, k, values[1] / values[2], log_error(data, numbers, unit - base), level)
    )
  })
  stack_rows(unlist(rows, recursive = FALSE))
}

#' @export
print.sm_average_hazard <- function(x, digits = 3, ...) print_to_horizon(x, "Average hazard", digits)

#' @export
tidy.sm_average_hazard <- function(x, ...) {
  arms <- data.frame(
    term = "average hazard", arm = x$arms$arm, reference = NA_character_, x$arms[c("estimate", "std.error")],
    statistic = NA_real_, p.value = NA_real_, x$arms[c("conf.low", "conf.high")]
  )
  rbind(arms, x$contrasts)
}

#' @export
glance.sm_average_hazard <- function(x, ...) {
  data.frame(tau = x$tau, tau_rule = x$tau_rule, n = sum(x$arms$n), events = sum(x$arms$events))
}
