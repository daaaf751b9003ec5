#' Print, tidy and draw a test of proportional hazards
#'
#' @param x,object (sm_zph) a result of [test_ph()].
#' @param ... for `print()`, arguments of survival's print method; else unused.
#' @param df (integer) degrees of freedom of the spline through the residuals.
#' @return `print()`: `x`, invisibly. `tidy()`: a data frame with `term`, `statistic`, `df`, `p.value`. `autoplot()`: a
#'   ggplot with a panel a term: scaled Schoenfeld residuals over time, a natural spline through them with limits of two
#'   standard errors, and the coefficient of the fit; the time axis is spaced by the transform.
#' @family survival estimators
#' @examples
#' ph <- test_ph(fit_cox(Surv(time, status) ~ age + sex, data = survival::lung))
#' tidy(ph)
#' autoplot(ph)
#' @name ph-methods
NULL

#' @rdname ph-methods
#' @export
print.sm_zph <- function(x, ...) {
  NextMethod()
  ignored <- attr(x, "survmatch")$ignored
  if (length(ignored) > 0) {
    cat("p ignores the ", paste(ignored, collapse = " and "), " of the fit: see test_ph_robust().\n", sep = "")
  }
  invisible(x)
}

#' @rdname ph-methods
#' @export
tidy.sm_zph <- function(x, ...) {
  data.frame(
    term = rownames(x$table), statistic = unname(x$table[, "chisq"]), df = unname(x$table[, "df"]),
    p.value = unname(x$table[, "p"])
  )
}

#' @rdname ph-methods
#' @export
autoplot.sm_zph <- function(object, df = 4, ...) {
  panels <- lapply(colnames(object$y), ph_panel, object = object, df = df)
  points <- do.call(rbind, lapply(panels, `[[`, "points"))
  curves <- do.call(rbind, lapply(panels, `[[`, "curve"))
  axis <- ph_axis(object)
  plot <- ggplot2::ggplot(points, ggplot2::aes(.data$x, .data$residual)) +
    ggplot2::geom_point(colour = "grey55", size = 0.9, alpha = 0.7)
  if (!is.null(curves)) {
    plot <- plot +
      ggplot2::geom_ribbon(
        ggplot2::aes(y = .data$beta, ymin = .data$low, ymax = .data$high), curves,
        fill = arm_colours(1), alpha = 0.18
      ) +
      ggplot2::geom_line(ggplot2::aes(y = .data$beta), curves, colour = arm_colours(1))
  }
  plot +
    ggplot2::facet_wrap(ggplot2::vars(.data$term), scales = "free_y") +
    ggplot2::scale_x_continuous(breaks = axis$at, labels = axis$label) +
    ggplot2::labs(x = "Time", y = "Coefficient, Beta(t)", caption = ph_caption(object)) +
    theme_survmatch()
}

# The points of a term and a natural spline through them, with limits of two standard errors, as plot.cox.zph() has
# them.
ph_panel <- function(term, object, df) {
  residual <- object$y[, term]
  kept <- !is.na(residual)
  at <- seq(min(object$x), max(object$x), length.out = 60)
  basis <- splines::ns(c(at, object$x), df = df, intercept = TRUE)
  new <- basis[seq_along(at), ]
  decomposition <- qr(basis[-seq_along(at), ][kept, , drop = FALSE])
  points <- data.frame(term = term, x = object$x[kept], residual = unname(residual[kept]))
  if (decomposition$rank < df) return(list(points = points))
  beta <- drop(new %*% qr.coef(decomposition, residual[kept]))
  covariance <- chol2inv(qr.R(decomposition))
  half <- 2 * sqrt(
    object$var[match(term, colnames(object$y)), match(term, colnames(object$y))] * rowSums((new %*% covariance) * new)
  )
  list(points = points, curve = data.frame(term = term, x = at, beta = beta, low = beta - half, high = beta + half))
}

# Ticks at round times, placed where the transform puts them.
ph_axis <- function(object) {
  first <- !duplicated(object$x)
  if (sum(first) < 2) return(list(at = object$x[first], label = format(object$time[first])))
  wanted <- stats::approx(
    object$x[first], object$time[first], seq(min(object$x), max(object$x), length.out = 9)[c(2, 4, 6, 8)]
  )$y
  wanted <- unique(signif(wanted, 2))
  list(
    at = stats::approx(object$time[first], object$x[first], wanted, rule = 2, ties = "ordered")$y,
    label = format(wanted, trim = TRUE)
  )
}

ph_caption <- function(object) {
  p <- object$table[setdiff(rownames(object$table), "GLOBAL"), "p", drop = FALSE]
  paste0("p of each term: ", paste0(rownames(p), " ", format.pval(p[, 1], digits = 2, eps = 0.001), collapse = "; "))
}
