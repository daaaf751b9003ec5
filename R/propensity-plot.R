#' The score of both arms, mirrored
#'
#' The treated above the line and the untreated below it; with a matched cohort, before and after matching beside each
#' other.
#'
#' @param object (`propensity`) from [fit_propensity()].
#' @param matched (`matched_cohort` or NULL) a match of the same patients.
#' @param type (string) `"histogram"` (patients) or `"density"`.
#' @param bins (integer) bars of a histogram.
#' @param ... must be empty.
#' @return A ggplot.
#' @section Errors: `survmatch_error_plot` when the match is of other patients.
#' @family plots
#' @examples
#' score <- fit_propensity(hormon ~ age + grade + log1p(nodes), data = survival::rotterdam)
#' ggplot2::autoplot(score)
#' @export
autoplot.propensity <- function(object, matched = NULL, type = c("histogram", "density"), bins = 30, ...) {
  rlang::check_dots_empty()
  type <- pick_choice(type)
  points <- mirrored_points(object, matched)
  heights <- if (type == "histogram") mirrored_bars(points, bins) else mirrored_densities(points)
  labels <- cohort_roles(object$data)$arm_labels %||% c("Untreated", "Treated")
  heights$arm <- factor(labels[heights$treat + 1], labels)
  heights$height <- ifelse(heights$treat == 1, heights$height, -heights$height)
  draw <- if (type == "histogram") ggplot2::geom_col(
    width = diff(range(heights$score)) / bins, colour = "white", linewidth = 0.15
  ) else
    ggplot2::geom_area(alpha = 0.8)
  plot <- ggplot2::ggplot(heights, ggplot2::aes(.data$score, .data$height, fill = .data$arm)) +
    draw +
    ggplot2::geom_hline(yintercept = 0, colour = "grey30", linewidth = 0.3) +
    ggplot2::scale_fill_manual(values = stats::setNames(arm_colours(2), labels)) +
    ggplot2::scale_y_continuous(labels = function(y) format_count(abs(y))) +
    ggplot2::labs(
      x = paste("Propensity score: probability of", labels[2]), y = if (type == "histogram") "Patients" else "Density"
    ) +
    theme_survmatch()
  if (is.null(matched)) plot else plot + ggplot2::facet_wrap(~sample, scales = "free_y")
}

mirrored_points <- function(object, matched, call = rlang::caller_env()) {
  points <- data.frame(
    score = unname(object$fitted), treat = unname(object$treat), weight = object$weights %||% 1,
    sample = "Before matching"
  )
  if (!is.null(matched)) {
    if (length(matched$weights) != nrow(points)) {
      sm_abort(
        c(
          "{.arg matched} must be a match of the same patients.",
          x = "It has {length(matched$weights)}, the score {nrow(points)}."
        ),
        "plot", call
      )
    }
    after <- transform(points, weight = unname(matched$weights), sample = "After matching")
    points <- rbind(points, after[after$weight > 0, ])
  }
  points$sample <- factor(points$sample, c("Before matching", "After matching"))
  points
}

mirrored_bars <- function(points, bins) {
  edges <- seq(min(points$score), max(points$score), length.out = bins + 1)
  points$bin <- findInterval(points$score, edges, rightmost.closed = TRUE)
  bars <- stats::aggregate(weight ~ bin + treat + sample, data = points, FUN = sum)
  data.frame(
    score = (edges[bars$bin] + edges[bars$bin + 1]) / 2, height = bars$weight, treat = bars$treat, sample = bars$sample
  )
}

mirrored_densities <- function(points) {
  pieces <- split(points, list(points$treat, points$sample), drop = TRUE)
  do.call(rbind, lapply(pieces, function(p) {
    d <- stats::density(p$score, weights = p$weight / sum(p$weight), from = min(points$score), to = max(points$score))
    data.frame(score = d$x, height = d$y, treat = p$treat[1], sample = p$sample[1])
  }))
}
