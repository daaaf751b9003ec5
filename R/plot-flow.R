# The way of the patients: who was in the table, who was left out and why, who was matched.

plot_flow <- function(study) {
  boxes <- flow_boxes(study)
  arrows <- flow_arrows(boxes, in_risk_sets(study))
  ggplot2::ggplot() +
    ggplot2::geom_segment(
      data = arrows, ggplot2::aes(x = .data$x, y = .data$y, xend = .data$xend, yend = .data$yend),
      arrow = grid::arrow(length = grid::unit(5, "pt"), type = "closed"), linewidth = 0.4, colour = "grey35"
    ) +
    ggplot2::geom_rect(
      data = boxes,
      ggplot2::aes(
        xmin = .data$x - .data$w / 2, xmax = .data$x + .data$w / 2, ymin = .data$y - 0.34, ymax = .data$y + 0.34
      ),
      fill = "white", colour = "grey35", linewidth = 0.4
    ) +
    ggplot2::geom_text(
      data = boxes, ggplot2::aes(x = .data$x, y = .data$y, label = .data$text), size = 3.1, lineheight = 1.05
    ) +
    ggplot2::coord_cartesian(xlim = c(-1.05, 1.05), clip = "off") +
    ggplot2::theme_void()
}

flow_boxes <- function(study) {
  log <- attr(study$cohort, "attrition")
  steps <- nrow(log)
  left_out <- log[log$excluded > 0, ]
  trunk <- data.frame(
    x = -0.25, y = -seq_len(steps), w = 1.1, text = paste0(wrap(log$step, 38), "\nn = ", format_count(log$n)),
    kind = "trunk"
  )
  side <- if (nrow(left_out) > 0) data.frame(
    x = 0.72, y = -which(log$excluded > 0) + 0.5, w = 0.66,
    text = paste0(
      "Left out: ", format_count(left_out$excluded), "\n(", study_arm_counts(left_out, study), ")"
    ), kind = "side"
  )
  rbind(trunk, side, flow_arms(study, -steps - 1))
}

study_arm_counts <- function(left_out, study) {
  after <- attr(study$cohort, "attrition")
  at <- match(left_out$step, after$step)
  paste0(
    format_count(after$treated[at - 1] - after$treated[at]), " treated, ",
    format_count(after$reference[at - 1] - after$reference[at]), " untreated"
  )
}

flow_arms <- function(study, y) {
  data.frame(
    x = c(-0.62, 0.42, -0.62, 0.42), y = c(y, y, y - 1, y - 1), w = 0.92,
    text = if (in_risk_sets(study)) flow_risk_sets(study) else flow_pairs(study),
    kind = c("arm", "arm", "matched", "matched")
  )
}

flow_pairs <- function(study) {
  all <- arm_sizes(study)
  kept <- matched_sizes(study)
  c(
    paste0(wrap(cohort_roles(study$cohort)$arm_labels, 32), "\nn = ", format_count(all)),
    paste0("Matched: ", format_count(kept), "\nnot matched: ", format_count(all - kept))
  )
}

flow_risk_sets <- function(study) {
  n <- study$matched$counts
  early <- n[["after_progression"]] + n[["not_observed"]]
  c(
    paste0(
      c("Never: ", "Later: "), wrap(cohort_roles(study$cohort)$arm_labels, 26), "\nn = ", format_count(arm_sizes(study))
    ),
    paste0("Controls at risk: ", format_count(n[["controls"]]), " uses,\n", format_count(n[["later_treated"]]), " treated later"),
    paste0(
      "Matched at treatment: ", format_count(n[["matched"]]), "\nnot eligible ", format_count(early), ", no partner ",
      format_count(n[["unmatched"]])
    )
  )
}

# `crossing`: patients treated later are controls before that.
flow_arrows <- function(boxes, crossing) {
  trunk <- boxes[boxes$kind == "trunk", ]
  side <- boxes[boxes$kind == "side", ]
  arm <- boxes[boxes$kind == "arm", ]
  down <- function(x, from, to) data.frame(x = x, y = from - 0.34, xend = to$x, yend = to$y + 0.34)
  last <- trunk[nrow(trunk), ]
  rbind(
    if (nrow(trunk) > 1) down(trunk$x[-nrow(trunk)], trunk$y[-nrow(trunk)], trunk[-1, ]),
    if (nrow(side) > 0) data.frame(x = trunk$x[1], y = side$y, xend = side$x - side$w / 2, yend = side$y),
    down(last$x, last$y, arm),
    down(arm$x, arm$y, boxes[boxes$kind == "matched", ]),
    if (crossing) data.frame(
      x = arm$x[2] - 0.3, y = arm$y[2] - 0.34, xend = arm$x[1] + 0.3, yend = boxes$y[boxes$kind == "matched"][1] + 0.34
    )
  )
}

wrap <- function(text, width) vapply(text, function(t) paste(strwrap(t, width), collapse = "\n"), "", USE.NAMES = FALSE)
