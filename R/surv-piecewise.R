#' Hazard ratios period by period
#'
#' The hazard ratio of the arms in each of several periods of follow-up, in one Cox model, with a test that it is the same
#' in all of them: for hazards that are not proportional. The periods must be fixed before the data are seen.
#'
#' @inheritParams estimate_rmst
#' @param cuts (numeric > 0) where one period ends and the next begins, in the unit of the times. A period is (from, to].
#' @return An object of class `sm_piecewise`: a list with `periods` (data frame: from, to, arm, reference, events_arm,
#'   events_reference, estimate (hazard ratio), std.error (of the log), statistic, p.value, conf.low, conf.high), `tests`
#'   (data frame, a row for each arm: arm, reference, statistic, df, p.value of equal hazard ratios), `fit` (the
#'   [fit_cox()]), `rule`, `call`. `tidy()` gives the periods, `glance()` one row.
#' @section Method:
#' Follow-up is split at the cuts; the Cox model has one coefficient for each arm and period. The partial likelihood of a
#' period has only those at risk in it, so that the ratio of a late period compares those who came so far: it is no
#' effect of treatment on all. The variance is robust, summed by cluster, with weights or clusters, as after matching. The
#' test is Wald's. Where an arm has no event in a period there is no estimate for it.
#' @section Errors: `survmatch_error_piecewise`, and those of [estimate_rmst()].
#' @references Therneau TM, Grambsch PM (2000). *Modeling Survival Data: Extending the Cox Model*. Springer, section 6.5.
#' @family estimators
#' @examples
#' estimate_piecewise(Surv(time, status) ~ trt, data = survival::veteran, cuts = c(90, 180))
#' @export
estimate_piecewise <- function(formula, data, cuts, weights, subset, na.action, cluster, conf.level = 0.95) {
  check_level(conf.level)
  call <- match.call()
  check_cuts(if (missing(cuts)) NULL else cuts)
  found <- arm_data(call, parent.frame())
  if (length(found$arms) < 2) sm_abort("There must be two arms or more to compare.", "piecewise")
  last <- max(vapply(found$arms, function(arm) max(arm$time), 0))
  if (max(cuts) >= last) sm_abort(
    "{.arg cuts} must lie within the follow-up, which ends at {format(last)}.", "piecewise"
  )
  rows <- split_arms(found, sort(cuts))
  fit <- fit_periods(rows, found)
  periods <- period_rows(fit, rows, found, sort(cuts), conf.level)
  structure(list(
    periods = periods, tests = period_tests(fit, periods), fit = fit, rule = variance_rule_cox(found),
    time_unit = found$roles$time_unit, call = call
  ), class = "sm_piecewise")
}

check_cuts <- function(cuts, call = rlang::caller_env()) {
  right <- is.numeric(cuts) && length(cuts) > 0 && all(is.finite(cuts)) && all(cuts > 0) && !anyDuplicated(cuts)
  if (!right) sm_abort(c("{.arg cuts} must be different numbers above 0.", x = "They are {shown(cuts)}."), "piecewise", call)
}

# One row a patient and period: begin, end, event, arm, period, weight, cluster.
split_arms <- function(data, cuts) {
  bounds <- c(0, cuts, Inf)
  rows <- lapply(seq_along(data$arms), function(k) {
    arm <- data$arms[[k]]
    entry <- if (length(arm$entry) > 0) arm$entry else rep(-1, length(arm$time))
    pieces <- lapply(seq_len(length(bounds) - 1), function(j) {
      lower <- if (j == 1) -1 else bounds[j]
      mine <- which(arm$time > lower & entry < bounds[j + 1])
      data.frame(
        begin = pmax(entry[mine], lower), end = pmin(arm$time[mine], bounds[j + 1]),
        event = as.integer(arm$event[mine] == 1 & arm$time[mine] <= bounds[j + 1]), arm = rep(k, length(mine)),
        period = rep(j, length(mine)),
        weight = arm$weight[mine], cluster = arm$cluster[mine]
      )
    })
    do.call(rbind, pieces)
  })
  do.call(rbind, rows)
}

fit_periods <- function(rows, data) {
  names <- expand.grid(period = seq_len(max(rows$period)), arm = seq_along(data$arms)[-1])
  columns <- paste0("arm", names$arm, "_period", names$period)
  for (k in seq_along(columns)) rows[[columns[k]]] <- as.numeric(rows$arm == names$arm[k] & rows$period == names$period[k])
  right <- Reduce(function(a, b) call("+", a, b), lapply(columns, as.name))
  formula <- stats::as.formula(call("~", quote(survival::Surv(begin, end, event)), right), env = globalenv())
  suppressWarnings(
    if (data$clustered || data$weighted) {
      fit_cox(formula, data = rows, weights = rows$weight, cluster = rows$cluster)
    } else {
      fit_cox(formula, data = rows)
    }, classes = "survmatch_warning"
  )
}

variance_rule_cox <- function(data) {
  if (!is.null(data$rule)) return(data$rule)
  if (data$clustered) "Variance: robust, summed by cluster." else if (data$weighted) "Variance: robust." else "Variance: model."
}

period_rows <- function(fit, rows, data, cuts, level) {
  names <- expand.grid(period = seq_len(length(cuts) + 1), arm = seq_along(data$arms)[-1])
  count <- function(arm) mapply(function(a, p) sum(rows$event[rows$arm == a & rows$period == p]), arm, names$period)
  estimate <- unname(stats::coef(fit)) %||% rep(NA_real_, nrow(names))
  se <- if (length(stats::coef(fit)) > 0) sqrt(diag(as.matrix(stats::vcov(fit, complete = TRUE)))) else estimate
  events <- cbind(count(names$arm), count(1))
  # without an event in one of the two, or with one that came before all of the other's, the ratio has no finite estimate
  none <- events[, 1] == 0 | events[, 2] == 0 | abs(estimate) > 15 | se == 0
  estimate[none] <- NA
  se[none] <- NA
  z <- stats::qnorm((1 + level) / 2)
  data.frame(
    from = c(0, cuts)[names$period], to = c(cuts, Inf)[names$period], arm = data$labels[names$arm],
    reference = data$labels[1], events_arm = events[, 1], events_reference = events[, 2], estimate = exp(estimate),
    std.error = unname(se), statistic = unname(estimate / se), p.value = unname(2 * stats::pnorm(-abs(estimate / se))),
    conf.low = unname(exp(estimate - z * se)), conf.high = unname(exp(estimate + z * se))
  )
}

# Are the hazard ratios of an arm the same in all periods that have one?
period_tests <- function(fit, periods) {
  variance <- as.matrix(stats::vcov(fit, complete = TRUE))
  rows <- lapply(split(seq_len(nrow(periods)), factor(periods$arm, unique(periods$arm))), function(mine) {
    mine <- mine[!is.na(periods$estimate[mine])]
    df <- length(mine) - 1
    statistic <- NA_real_
    if (df > 0) {
      contrast <- cbind(-1, diag(df))
      difference <- contrast %*% log(periods$estimate[mine])
      statistic <- drop(crossprod(difference, solve(contrast %*% variance[mine, mine] %*% t(contrast), difference)))
    }
    data.frame(statistic = statistic, df = df, p.value = stats::pchisq(statistic, df, lower.tail = FALSE))
  })
  first <- !duplicated(periods$arm)
  data.frame(periods[first, c("arm", "reference")], do.call(rbind, rows), row.names = NULL)
}

#' @export
print.sm_piecewise <- function(x, digits = 3, ...) {
  cat("Hazard ratios by period", if (!is.null(x$time_unit)) paste0(" (", x$time_unit, ")"), "\n\n", sep = "")
  rows <- x$periods
  shown <- data.frame(
    period = paste0("(", format(rows$from, trim = TRUE), ", ", format(rows$to, trim = TRUE), "]"),
    arms = paste(rows$arm, "v", rows$reference), events = paste(rows$events_arm, "v", rows$events_reference),
    HR = ifelse(is.na(rows$estimate), "not estimable", paste0(
      format_ratio(rows$estimate), " (", format_interval(rows$conf.low, rows$conf.high), ")"
    )), p = ifelse(is.na(rows$p.value), "", format_p(rows$p.value))
  )
  print(shown, row.names = FALSE)
  for (k in seq_len(nrow(x$tests))) cat(
    "\nThe same in all periods (", x$tests$arm[k], "): chi-squared ", signif(x$tests$statistic[k], digits), ", df ", x$tests$df[k],
    ", p = ", format_p(x$tests$p.value[k]), sep = ""
  )
  cat("\n", x$rule, "\n", sep = "")
  invisible(x)
}

#' @export
tidy.sm_piecewise <- function(x, ...) x$periods

#' @export
glance.sm_piecewise <- function(x, ...) {
  data.frame(
    periods = nrow(unique(x$periods[c("from", "to")])), n = x$fit$n, events = x$fit$nevent, statistic = x$tests$statistic[1],
    df = x$tests$df[1], p.value = x$tests$p.value[1]
  )
}
