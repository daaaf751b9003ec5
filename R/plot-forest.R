# Hazard ratios below each other, each with its interval as a line and as text: what the forests of this package share.
# `rows` has name, estimate, conf.low, conf.high; `room` is the share of the axis that the text takes; `...` styles the
# lines.
draw_forest <- function(rows, mapping, room, caption, subtitle = NULL, ...) {
  rows$text <- paste0(format_ratio(rows$estimate), " (", format_interval(rows$conf.low, rows$conf.high), ")")
  right <- max(rows$conf.high[is.finite(rows$conf.high)], 1)
  ggplot2::ggplot(rows, mapping) +
    ggplot2::geom_vline(xintercept = 1, colour = "grey60", linetype = "dashed", linewidth = 0.4) +
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$conf.low, xend = .data$conf.high, yend = .data$name), linewidth = 0.6, ...
    ) +
    ggplot2::geom_text(ggplot2::aes(x = right * 1.12, label = .data$text), hjust = 0, size = 3.1) +
    ggplot2::scale_x_log10(expand = ggplot2::expansion(mult = c(0.05, room))) +
    ggplot2::labs(x = "Hazard ratio (95% CI, log scale)", y = NULL, subtitle = subtitle, caption = caption) +
    theme_survmatch() +
    ggplot2::theme(axis.text.y = ggplot2::element_text(hjust = 0, colour = "grey15"))
}

# Every model's hazard ratio of the treatment, by the estimand it speaks of.

plot_forest <- function(estimates, study) {
  estimates <- estimates[!is.na(estimates$estimate), ]
  names <- c(
    robust = "Matched, robust variance", plain = "Matched, plain variance (ignores matching)",
    stratified = "Matched, stratified on the set", adjusted = "Whole cohort, adjusted",
    unmatched = "Whole cohort, unadjusted"
  )
  whole <- c("adjusted", "unmatched")
  start <- sub(", by", ",\nby", start_words(study, estimates$endpoint[1]), fixed = TRUE)
  if (nzchar(start)) names[whole] <- paste0(names[whole], ",\n", start)
  estimates$name <- factor(names[estimates$model], levels = rev(names))
  arms <- cohort_roles(study$cohort)$arm_labels
  draw_forest(
    estimates, ggplot2::aes(.data$estimate, .data$name), 0.55, paste0(arms[2], " v ", arms[1]), colour = "grey35"
  ) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$model == "robust"), size = 2.6, show.legend = FALSE) +
    ggplot2::scale_colour_manual(values = c(`TRUE` = arm_colours(1), `FALSE` = "grey40"))
}
