#' Survival at fixed times, and differences between arms
#'
#' @inheritParams estimate_rmst
#' @param times (numeric > 0) times at which survival is read, in the unit of the response.
#' @return An object of class `sm_milestone`: a list with `arms` (data frame: time, arm, at_risk, estimate, std.error,
#'   conf.low, conf.high), `contrasts` (data frame: term `"difference"`, time, arm, reference, estimate, std.error,
#'   statistic, p.value, conf.low, conf.high), `rule`, `call`. `tidy()` gives both in one data frame.
#' @section Method:
#' Kaplan-Meier survival at each time. Limits in the arms are computed on the log(-log) scale; differences are arm minus
#' the first arm with normal limits. Variances are sums of squared influences (Greenwood's for weights of 1), by cluster
#' where there are clusters, so that matched arms are correlated. Beyond the last follow-up of an arm survival is not
#' defined unless the curve has reached 0: such cells are NA. Rows with a missing value are left out.
#' @section Errors:
#' `survmatch_error_milestone` (times), `survmatch_error_formula`, `survmatch_error_time`, `survmatch_error_weights`.
#' @references Klein JP, Logan B, Harhoff M, Andersen PK (2007). Analyzing survival curves at a fixed point in time.
#' Statistics in Medicine 26:4505-4519.
#' @family estimators
#' @examples
#' estimate_milestone(Surv(time, status) ~ sex, data = survival::lung, times = c(180, 365))
#' @export
estimate_milestone <- function(formula, data, times, weights, subset, na.action, cluster, conf.level = 0.95) {
  check_level(conf.level)
  call <- match.call()
  if (missing(times) || !is.numeric(times) || length(times) == 0 || anyNA(times) || any(times <= 0)) {
    sm_abort("{.arg times} must be numbers above 0.", "milestone")
  }
  found <- arm_data(call, parent.frame())
  read <- lapply(found$arms, read_milestones, times)
  at_time <- lapply(seq_along(times), function(j) lapply(read, `[[`, j))
  new_milestone(
    arms = do.call(rbind, Map(milestone_arms, times, at_time, MoreArgs = list(data = found, level = conf.level))),
    contrasts = do.call(
      rbind, Map(milestone_contrasts, times, at_time, MoreArgs = list(data = found, level = conf.level))
    ),
    rule = variance_rule(found), time_unit = found$roles$time_unit, call = call
  )
}

new_milestone <- function(...) structure(list(...), class = "sm_milestone")

# Beyond the last follow-up the curve is not defined, unless it ended at 0.
read_milestones <- function(arm, times) {
  numbers <- read_arm(arm, times, 1L)
  lapply(seq_along(times), function(j) {
    if (times[j] > max(arm$time) && numbers[[j]]$value > 0) numbers[[j]]$value <- NA_real_
    numbers[[j]]
  })
}

milestone_arms <- function(time, numbers, data, level) {
  value <- vapply(numbers, `[[`, 0, "value")
  se <- vapply(seq_along(numbers), function(k) contrast_arms(data, numbers, as.double(seq_along(numbers) == k)), 0)
  se[is.na(value)] <- NA
  limits <- log_log_limits(value, se, level)
  at_risk <- vapply(
    data$arms, function(arm) sum(arm$time >= time & (if (length(arm$entry) > 0) arm$entry < time else TRUE)), 1L
  )
  data.frame(time = time, arm = data$labels, at_risk = at_risk, estimate = value, std.error = se, limits)
}

log_log_limits <- function(value, se, level) {
  z <- stats::qnorm((1 + level) / 2)
  inside <- !is.na(value) & value > 0 & value < 1
  half <- ifelse(inside, z * se / abs(value * log(value)), NA)
  data.frame(conf.low = ifelse(inside, value^exp(half), NA), conf.high = ifelse(inside, value^exp(-half), NA))
}

milestone_contrasts <- function(time, numbers, data, level) {
  rows <- lapply(seq_along(numbers)[-1], function(k) {
    signs <- as.double(seq_along(numbers) == k) - as.double(seq_along(numbers) == 1)
    estimate <- numbers[[k]]$value - numbers[[1]]$value
    se <- if (is.na(estimate)) NA_real_ else contrast_arms(data, numbers, signs)
    row <- contrast_row("difference", data, k, estimate, se, level)
    c(row["term"], list(time = time), row[-1])
  })
  stack_rows(rows)
}

#' @export
print.sm_milestone <- function(x, digits = 3, ...) {
  cat("Survival at fixed times", if (!is.null(x$time_unit)) paste0(" (", x$time_unit, ")"), "\n\n", sep = "")
  print(x$arms, digits = digits, row.names = FALSE)
  print_contrasts(x$contrasts, "time", digits)
  cat("\n", x$rule, "\n", sep = "")
  invisible(x)
}

#' @export
tidy.sm_milestone <- function(x, ...) {
  arms <- data.frame(
    term = "survival", time = x$arms$time, arm = x$arms$arm, reference = NA_character_,
    x$arms[c("estimate", "std.error")],
    statistic = NA_real_, p.value = NA_real_, x$arms[c("conf.low", "conf.high")]
  )
  rbind(arms, x$contrasts)
}

#' @export
glance.sm_milestone <- function(x, ...) {
  data.frame(
    times = length(unique(x$arms$time)), arms = length(unique(x$arms$arm)), first = min(x$arms$time),
    last = max(x$arms$time)
  )
}
