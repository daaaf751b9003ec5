#' Plot of cumulative incidences
#'
#' `"grouped"`: a panel a kind of event with a curve a group, to compare groups. `"stacked"`: a panel a group with the
#' kinds of event on top of each other, to see what becomes of everybody. The patients at risk stand under each panel.
#'
#' @param object (sm_cuminc) a fit of [fit_cuminc()].
#' @param type (string) `"grouped"` or `"stacked"`.
#' @param etype (character) the kinds of event to draw; by default all.
#' @param conf.int (logical) draw pointwise confidence bands (grouped curves only).
#' @param risk.table (string) `"risk"`: patients at risk, whatever their weights, under the panels; `"none"`.
#' @param annotate (string) `"gray"`: the p of [test_gray()] above each panel of grouped curves, when there are groups
#'   and no weights; `"none"`.
#' @param event_labels (character, named by the kinds of event) names to show for them.
#' @inheritParams autoplot.sm_survfit
#' @return A ggplot.
#' @section Errors: `survmatch_error_plot` when labels do not fit the curves, `survmatch_error_etype` for an unknown
#'   kind.
#' @family plots
#' @examples
#' patients <- survival::mgus2
#' patients$time <- ifelse(patients$pstat == 1, patients$ptime, patients$futime)
#' kind <- ifelse(patients$pstat == 1, 1, 2 * patients$death)
#' patients$state <- factor(kind, 0:2, c("censored", "pcm", "death"))
#' fit <- fit_cuminc(Surv(time, state) ~ sex, data = patients)
#' ggplot2::autoplot(fit, type = "stacked", time_unit = "months")
#' @export
autoplot.sm_cuminc <- function(object, type = c("grouped", "stacked"), etype = NULL, conf.int = TRUE,
                               risk.table = c("risk", "none"), times = NULL, annotate = c("gray", "none"),
                               arm_labels = NULL, event_labels = NULL, time_unit = NULL, ...) {
  rlang::check_dots_empty()
  type <- pick_choice(type)
  risk.table <- rlang::arg_match(risk.table)
  annotate <- pick_choice(annotate)
  roles <- attr(object, "survmatch")$roles
  labels <- curve_labels(object, roles, arm_labels)
  events <- shown_events(object, etype, event_labels)
  time_unit <- time_unit %||% roles$time_unit
  points <- incidence_points(object, labels, events)
  times <- times %||% risk_times(max(points$time), time_unit)
  plot <- if (type == "grouped") {
    draw_incidence_groups(points, conf.int, panel_titles(object, events, annotate))
  } else {
    draw_incidence_stack(points)
  }
  plot <- plot +
    ggplot2::labs(x = time_title(time_unit), y = "Cumulative incidence") +
    ggplot2::scale_x_continuous(breaks = times, expand = ggplot2::expansion(mult = c(0.04, 0.03))) +
    ggplot2::scale_y_continuous(
      limits = c(0, 1), breaks = seq(0, 1, 0.25), labels = percent_labels,
      expand = ggplot2::expansion(mult = c(0, 0.02)), oob = function(x, ...) pmin(pmax(x, 0), 1)
    ) +
    theme_survmatch() +
    ggplot2::theme(
      # the names of the rows stand between the panels
      panel.spacing.x = grid::unit(if (risk.table == "risk" && type == "grouped") 48 else 16, "pt"),
      strip.text = ggplot2::element_text(hjust = 0, face = "bold")
    )
  if (risk.table == "none") return(plot)
  plot + incidence_risk_table(object, labels, times, type)
}

shown_events <- function(fit, etype, event_labels, call = rlang::caller_env()) {
  kinds <- fit$states[-1]
  etype <- etype %||% kinds
  if (!all(etype %in% kinds)) {
    sm_abort(c("{.arg etype} must be among {.val {kinds}}.", x = "It is {shown(etype)}."), "etype", call)
  }
  if (!is.null(event_labels) && !all(etype %in% names(event_labels))) {
    sm_abort("{.arg event_labels} must have a name for each of {.val {etype}}.", "plot", call)
  }
  stats::setNames(if (is.null(event_labels)) etype else unname(event_labels[etype]), etype)
}

# One row a time, kind and curve, beginning with incidence 0.
incidence_points <- function(fit, labels, events) {
  curve <- curve_of_row(fit)
  band <- !is.null(fit$lower)
  start <- min(0, fit$t0, fit$time)
  one <- function(kind) {
    column <- match(kind, fit$states)
    rows <- data.frame(
      arm = labels[curve], event = events[[kind]], time = fit$time, incidence = fit$pstate[, column],
      lower = if (band) fit$lower[, column] else NA_real_, upper = if (band) fit$upper[, column] else NA_real_
    )
    first <- data.frame(arm = labels, event = events[[kind]], time = start, incidence = 0, lower = 0, upper = 0)
    rbind(first, rows)
  }
  points <- do.call(rbind, lapply(names(events), one))
  points$arm <- factor(points$arm, levels = labels)
  points$event <- factor(points$event, levels = unname(events))
  points[order(points$event, points$arm, points$time), ]
}

draw_incidence_groups <- function(points, conf.int, titles) {
  single <- nlevels(points$arm) == 1
  plot <- ggplot2::ggplot(points, ggplot2::aes(.data$time, .data$incidence, colour = .data$arm, fill = .data$arm))
  if (conf.int && !all(is.na(points$lower[points$time > 0]))) {
    bands <- lapply(split(points, points$event), step_band)
    plot <- plot + ggplot2::geom_ribbon(
      data = do.call(rbind, bands), ggplot2::aes(ymin = .data$lower, ymax = .data$upper), alpha = 0.15, colour = NA,
      show.legend = FALSE
    )
  }
  plot + ggplot2::geom_step(linewidth = 0.8, show.legend = !single) +
    ggplot2::facet_wrap("event", labeller = ggplot2::as_labeller(titles)) +
    ggplot2::scale_colour_manual(values = arm_colours(nlevels(points$arm)), aesthetics = c("colour", "fill"))
}

# The kinds of event on top of each other; areas with steps as edges.
draw_incidence_stack <- function(points) {
  steps <- do.call(rbind, lapply(split(points, points$arm), stacked_edges))
  plot <- ggplot2::ggplot(steps, ggplot2::aes(.data$time, fill = .data$event)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$below, ymax = .data$above), colour = "white", linewidth = 0.2) +
    ggplot2::scale_fill_manual(values = arm_colours(nlevels(points$event)))
  if (nlevels(points$arm) == 1) plot else plot + ggplot2::facet_wrap("arm")
}

stacked_edges <- function(points) {
  below <- 0
  layers <- list()
  for (kind in split(points, points$event)) {
    n <- nrow(kind)
    twice <- rep(seq_len(n), each = 2)
    edge <- data.frame(
      arm = kind$arm[1], event = kind$event[1], time = kind$time[twice][-1], height = kind$incidence[twice][-2 * n]
    )
    edge$below <- below
    edge$above <- below <- below + edge$height
    layers <- c(layers, list(edge))
  }
  do.call(rbind, layers)
}

# Names of the panels, with the p of Gray's test.
panel_titles <- function(fit, events, annotate) {
  titles <- stats::setNames(unname(events), unname(events))
  testable <- annotate == "gray" && length(fit$strata) > 1 && is.null(fit$call$weights) && is.null(fit$counts)
  if (!testable) return(titles)
  test <- refit_as(fit, test_gray, c("subset", "na.action"))
  p <- test$tests$p.value[match(names(events), test$tests$etype)]
  stats::setNames(ifelse(is.na(p), titles, paste0(titles, " (Gray's test: ", vapply(p, say_p, ""), ")")), titles)
}

# Patients at risk of any event under each panel; in stacked panels each has its own group only.
incidence_risk_table <- function(fit, labels, times, type) {
  risk <- fit$n.risk[, 1]
  if (!is.null(fit$counts)) risk <- fit$counts[, grep("^nrisk", colnames(fit$counts))[1]]
  plain <- list(time = fit$time, strata = fit$strata, n.risk = risk, n.event = 0 * risk, n.censor = 0 * risk)
  if (type == "grouped" || length(labels) == 1) return(risk_table_layers(plain, labels, times, "risk"))
  numbers <- risk_numbers(plain, labels, times)
  cells <- numbers[numbers$row == "risk", ]
  cells$arm <- factor(cells$arm, levels = labels)
  cells$line <- 0
  cells$text <- format_count(cells$value)
  names <- cells[!duplicated(cells$arm), ][1, ]
  names$text <- "At risk"
  names$time <- -Inf
  list(
    hanging_text(cells, hjust = 0.5), hanging_text(names, hjust = 1, nudge = -8),
    room_below(1)
  )
}
