#' Survival curves with the numbers under them
#'
#' Kaplan-Meier curves with confidence bands, medians, the hazard ratio that belongs to the design, and under the
#' plot the patients at risk, the events and the censored, by arm. The result is one ggplot: themes, scales and
#' labels can be added to it.
#'
#' @param object (`sm_survfit`) a fit of [fit_km()].
#' @param fun (string) `"survival"` draws S(t), `"event"` draws 1 - S(t).
#' @param conf.int (logical) draw the pointwise confidence band.
#' @param risk.table (character) which rows stand under the plot: any of `"risk"`, `"events"`, `"censored"`, or
#'   `"none"`. Patients are counted, whatever their weights; events and censored are cumulative.
#' @param times (numeric) times of the numbers and of the axis breaks, in the unit of the fit; default about six.
#' @param annotate (string) what stands above the curves of two arms. `"cox"`: the hazard ratio, its interval and p of
#'   [fit_cox()] with the variance of the design (pair-robust for a matched cohort). `"logrank"`: the log-rank test,
#'   stratified on the pairs when there are any, which is a test of another (conditional) hypothesis and is labelled
#'   so. `"none"`: nothing.
#' @param arm_labels (character) one label for each curve, in the order of the fit; default from the cohort.
#' @param time_unit (string) unit in the axis title; default from the cohort.
#' @param outcome (string) what is survived, for the axis title; default from the cohort.
#' @param ... must be empty.
#' @return A ggplot.
#' @section Errors: `survmatch_error_plot` when the fit is multi-state, or when labels do not fit the curves.
#' @family plots
#' @examples
#' fit <- fit_km(Surv(time, status) ~ sex, data = survival::lung)
#' ggplot2::autoplot(fit, arm_labels = c("Men", "Women"), time_unit = "days")
#' @export
autoplot.sm_survfit <- function(object, fun = c("survival", "event"), conf.int = TRUE,
                                risk.table = c("risk", "events", "censored"), times = NULL,
                                annotate = c("cox", "logrank", "none"), arm_labels = NULL,
                                time_unit = NULL, outcome = NULL, ...) {
  rlang::check_dots_empty()
  fun <- pick_choice(fun)
  annotate <- pick_choice(annotate)
  rows <- rlang::arg_match(risk.table, c("risk", "events", "censored", "none"), multiple = TRUE)
  check_curves(object)

  roles <- attr(object, "survmatch")$roles
  labels <- curve_labels(object, roles, arm_labels)
  time_unit <- time_unit %||% roles$time_unit
  curves <- curve_points(object, labels)
  times <- times %||% risk_times(max(curves$time), time_unit)

  plot <- draw_curves(curves, fun, conf.int) +
    draw_medians(object, labels, fun) +
    ggplot2::labs(
      x = time_title(time_unit), y = outcome_title(object, roles, outcome, fun),
      subtitle = curve_annotation(object, annotate, labels)
    ) +
    ggplot2::scale_x_continuous(breaks = times, expand = ggplot2::expansion(mult = c(0.04, 0.03))) +
    ggplot2::scale_colour_manual(
      values = arm_colours(length(labels)), labels = median_labels(object, labels, time_unit)
    ) +
    ggplot2::scale_fill_manual(
      values = arm_colours(length(labels)), labels = median_labels(object, labels, time_unit)
    ) +
    theme_survmatch() +
    ggplot2::theme(legend.direction = if (length(labels) <= 3) "vertical" else "horizontal")
  if (identical(rows, "none")) return(plot)
  plot + risk_table_layers(object, labels, times, setdiff(rows, "none"))
}

check_curves <- function(fit, call = rlang::caller_env()) {
  if (inherits(fit, "survfitms")) {
    sm_abort(c("This plot is for one event.", i = "Plot a multi-state fit with {.fn plot}."), "plot", call)
  }
  if (sum(fit$n) == 0 || length(fit$time) == 0) {
    sm_abort(c("There is nothing to draw.", x = "The fit has no observation."), "plot", call)
  }
}

# One label a curve. Curves of the cohort's treatment get the names of its arms; another single variable its levels.
curve_labels <- function(fit, roles, given, call = rlang::caller_env()) {
  names <- names(fit$strata) %||% "All patients"
  if (!is.null(given)) {
    if (length(given) != length(names) || anyDuplicated(given)) {
      sm_abort(c(
        "{.arg arm_labels} must name each curve once.",
        x = "{length(given)} label{?s} for {length(names)} curve{?s}."
      ), "plot", call)
    }
    return(unname(given))
  }
  single <- !any(grepl(", ", names, fixed = TRUE))
  values <- if (single) sub("^[^=]*=", "", names) else names
  arms <- match(values, as.character(c(roles$reference, roles$treated)))
  is_treatment <- single && !is.null(roles) && all(startsWith(names, paste0(roles$treatment, "="))) && !anyNA(arms)
  if (is_treatment) return(roles$arm_labels[arms])
  if (single && all(values %in% c("0", "1", "TRUE", "FALSE"))) sub("=", " = ", names) else trimws(values)
}

# The points of each curve, one row a time, beginning at the start with survival 1.
curve_points <- function(fit, labels) {
  curve <- curve_of_row(fit)
  counts <- fit_counts(fit)
  points <- data.frame(
    arm = factor(labels[curve], levels = labels), time = fit$time, survival = fit$surv,
    lower = fit$lower %||% NA_real_, upper = fit$upper %||% NA_real_, censored = counts$censored
  )
  start <- data.frame(
    arm = factor(labels, levels = labels), time = min(0, fit$t0 %||% 0, fit$time), survival = 1, lower = 1, upper = 1,
    censored = 0
  )
  points <- rbind(start, points)
  points[order(points$arm, points$time), ]
}

curve_of_row <- function(fit) {
  if (is.null(fit$strata)) rep(1L, length(fit$time)) else rep(seq_along(fit$strata), fit$strata)
}

# Patients, not weights: survival keeps them in `counts` when the fit is weighted.
fit_counts <- function(fit) {
  if (is.null(fit$counts)) {
    return(data.frame(risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor))
  }
  data.frame(risk = fit$counts[, "nrisk"], events = fit$counts[, "nevent"], censored = fit$counts[, "ncensor"])
}

# Months are counted in parts and multiples of a year; at most nine breaks.
risk_times <- function(last, unit = NULL) {
  if (!identical(unit, "months") || last < 3) {
    breaks <- pretty(c(0, last), n = 6)
    return(breaks[breaks >= 0 & breaks <= last])
  }
  steps <- c(1, 2, 3, 6, 12, 24, 36, 48, 60, 120, 240, 600, 1200)
  step <- steps[match(TRUE, last / steps <= 8, nomatch = length(steps))]
  seq(0, last, by = step)
}

draw_curves <- function(points, fun, conf.int) {
  if (fun == "event") {
    points[c("survival", "lower", "upper")] <- 1 - points[c("survival", "upper", "lower")]
  }
  marks <- points[points$censored > 0, ]
  plot <- ggplot2::ggplot(points, ggplot2::aes(.data$time, .data$survival, colour = .data$arm, fill = .data$arm))
  if (conf.int && !all(is.na(points$lower[points$time > 0]))) {
    band <- step_band(points)
    plot <- plot + ggplot2::geom_ribbon(
      data = band, ggplot2::aes(ymin = .data$lower, ymax = .data$upper), alpha = 0.15, colour = NA, show.legend = FALSE
    )
  }
  plot <- plot + ggplot2::geom_step(linewidth = 0.8)
  if (nrow(marks) > 0) {
    plot <- plot + ggplot2::geom_point(
      data = marks, shape = 3, size = 1.2, stroke = 0.35, alpha = censor_alpha(nrow(marks)), show.legend = FALSE
    )
  }
  plot + ggplot2::scale_y_continuous(
    limits = c(0, 1), breaks = seq(0, 1, 0.25), labels = percent_labels,
    expand = ggplot2::expansion(mult = c(0, 0.02))
  )
}

censor_alpha <- function(n) if (n > 400) 0.35 else 0.9

# A band whose edges are steps, as the curve is: each time twice, with the limits before and at it.
step_band <- function(points) {
  pieces <- lapply(split(points, points$arm), function(p) {
    n <- nrow(p)
    if (n < 2) return(p)
    steps <- rbind(p[1, ], p[rep(2:n, each = 2), ])
    before <- rep(c(TRUE, FALSE), n - 1)
    steps[c("lower", "upper")][c(FALSE, before), ] <- p[1:(n - 1), c("lower", "upper")]
    steps
  })
  band <- do.call(rbind, pieces)
  band[!is.na(band$lower) & !is.na(band$upper), ]
}

# Dashed lines from the axis to each median that was reached.
draw_medians <- function(fit, labels, fun) {
  medians <- data.frame(arm = factor(labels, levels = labels), time = curve_medians(fit)$median)
  medians <- medians[!is.na(medians$time), ]
  if (nrow(medians) == 0) return(NULL)
  list(
    ggplot2::annotate("segment",
      x = -Inf, xend = max(medians$time), y = 0.5, yend = 0.5,
      linetype = "dashed", linewidth = 0.35, colour = "grey45"
    ),
    ggplot2::geom_segment(
      data = medians, ggplot2::aes(x = .data$time, xend = .data$time, y = 0, yend = 0.5),
      linetype = "dashed", linewidth = 0.35, inherit.aes = FALSE, colour = "grey45"
    )
  )
}

curve_medians <- function(fit) {
  if (is.null(fit$lower)) {
    median <- as.vector(stats::quantile(fit, 0.5, conf.int = FALSE))
    return(data.frame(median = median, lower = NA_real_, upper = NA_real_))
  }
  q <- stats::quantile(fit, 0.5)
  data.frame(median = as.vector(q$quantile), lower = as.vector(q$lower), upper = as.vector(q$upper))
}

# "Surgery: median 13.7 months (10.1 to not reached)"
median_labels <- function(fit, labels, unit) {
  m <- curve_medians(fit)
  reached <- function(x) ifelse(is.na(x), "not reached", format_number(x))
  unit <- if (is.null(unit)) "" else paste0(" ", unit)
  value <- ifelse(is.na(m$median), "median not reached", paste0("median ", reached(m$median), unit))
  limits <- ifelse(
    is.na(m$lower) & is.na(m$upper), "", paste0(" (95% CI ", reached(m$lower), " to ", reached(m$upper), ")")
  )
  limits <- sub("95%", paste0(100 * (fit$conf.int %||% 0.95), "%"), limits, fixed = TRUE)
  stats::setNames(paste0(labels, ": ", value, limits), labels)
}

time_title <- function(unit) {
  if (is.null(unit)) "Time" else paste0(toupper(substring(unit, 1, 1)), substring(unit, 2), " since time zero")
}

outcome_title <- function(fit, roles, given, fun) {
  name <- given %||% endpoint_title(fit, roles) %||% if (fun == "event") "Cumulative incidence" else "Survival"
  if (fun == "event" && !is.null(given %||% endpoint_title(fit, roles))) name <- paste("Event of", name)
  paste(strwrap(name, 40), collapse = "\n")
}

endpoint_title <- function(fit, roles) {
  response <- fit_formula(fit)[[2]]
  if (!is.symbol(response)) return(NULL)
  unname(roles$endpoint_labels[as.character(response)]) %|na|% NULL
}

`%|na|%` <- function(x, y) if (length(x) == 0 || is.na(x)) y else x

# The formula of a fit, with its environment.
fit_formula <- function(fit) {
  attr(fit, "survmatch")$formula %||% eval(fit$call$formula, parent.frame())
}

# One line on the difference between two arms, from the model or test that belongs to the design.
curve_annotation <- function(fit, annotate, labels) {
  if (annotate == "none" || length(labels) != 2) return(NULL)
  switch(annotate, cox = annotate_cox(fit, labels), logrank = annotate_logrank(fit))
}

annotate_cox <- function(fit, labels) {
  cox <- refit_as(fit, fit_cox, c("weights", "subset", "na.action", "cluster", "id", "robust"))
  ratio <- tidy(cox, exponentiate = TRUE, conf.int = TRUE)
  if (nrow(ratio) != 1 || is.na(ratio$estimate)) return("Hazard ratio not estimable")
  robust <- !is.null(cox$naive.var)
  roles <- attr(fit, "survmatch")$roles
  versus <- if (is.null(roles)) labels else roles$arm_labels
  paste0(
    "HR ", format_estimate(ratio$estimate, ratio$conf.low, ratio$conf.high), ", ", say_p(ratio$p.value),
    if (robust) if (is.null(cox$call$cluster)) " (robust)" else " (clustered on the matched set)",
    "\n", versus[2], " v ", versus[1], "; below 1 favours ", versus[2]
  )
}

annotate_logrank <- function(fit) {
  cluster <- fit$call$cluster
  extra <- if (is.null(cluster)) NULL else call("strata", cluster)
  test <- refit_as(fit, test_logrank, c("subset", "na.action"), extra)
  paste0(
    "Log-rank test", if (!is.null(extra)) " stratified on the matched set (conditional on the pairs)", ": ",
    say_p(test$pvalue)
  )
}

# The same data and formula given to another verb; `extra` is a term added to the right-hand side.
refit_as <- function(fit, verb, arguments, extra = NULL) {
  formula <- fit_formula(fit)
  if (!is.null(extra)) formula[[3]] <- call("+", formula[[3]], extra)
  call <- as.call(c(list(verb, formula = formula), as.list(fit$call)[intersect(c("data", arguments), names(fit$call))]))
  eval(call, environment(formula))
}
