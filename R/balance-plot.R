#' Love plot
#'
#' The standardised mean difference of each term before and after, largest before on top, with lines at 0.1.
#'
#' @param object (`balance`) from [assess_balance()].
#' @param absolute (logical) draw absolute differences?
#' @param limit (number) where the dashed lines stand.
#' @param distance (logical) draw the score, too?
#' @param ... must be empty.
#' @return A ggplot.
#' @family plots
#' @examples
#' matched <- match_cohort(hormon ~ age + grade + size, data = survival::rotterdam)
#' ggplot2::autoplot(assess_balance(matched))
#' @export
autoplot.balance <- function(object, absolute = TRUE, limit = 0.1, distance = TRUE, ...) {
  rlang::check_dots_empty()
  points <- object$table[!is.na(object$table$smd) & (distance | object$table$type != "Distance"), ]
  if (absolute) points$smd <- abs(points$smd)
  before <- points[points$sample == "before", ]
  points$label <- factor(points$label, unique(before$label[order(before$type == "Distance", abs(before$smd))]))
  points$sample <- factor(points$sample, c("before", "after"), c("Before", "After"))
  lines <- if (absolute) limit else c(-limit, limit)
  ggplot2::ggplot(points, ggplot2::aes(.data$smd, .data$label)) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey40", linewidth = 0.3) +
    ggplot2::geom_vline(xintercept = lines, colour = "grey60", linetype = "dashed", linewidth = 0.3) +
    ggplot2::geom_line(ggplot2::aes(group = .data$label), colour = "grey80", linewidth = 0.5) +
    ggplot2::geom_point(ggplot2::aes(colour = .data$sample, shape = .data$sample), size = 2.4) +
    ggplot2::scale_colour_manual(values = c(Before = arm_colours(2)[2], After = arm_colours(2)[1])) +
    ggplot2::scale_shape_manual(values = c(Before = 1, After = 16)) +
    ggplot2::labs(x = paste0(if (absolute) "Absolute s" else "S", "tandardised mean difference"), y = NULL) +
    theme_survmatch() +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_line(colour = "grey94"))
}
