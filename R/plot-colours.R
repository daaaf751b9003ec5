# Okabe & Ito (2008), Color Universal Design: told apart by readers with any kind of colour vision.
arm_colours <- function(n) {
  okabe_ito <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
  if (n <= length(okabe_ito)) okabe_ito[seq_len(n)] else grDevices::hcl.colors(n, "viridis")
}

# The look of every plot of the package: a plain page, light horizontal lines, nothing that is not data.
theme_survmatch <- function(base_size = 11) {
  ggplot2::theme_minimal(base_size = base_size) +
    ggplot2::theme(
      panel.grid.minor = ggplot2::element_blank(),
      panel.grid.major.x = ggplot2::element_blank(),
      panel.grid.major.y = ggplot2::element_line(colour = "grey92"),
      axis.line.x = ggplot2::element_line(colour = "grey30"),
      axis.ticks.x = ggplot2::element_line(colour = "grey30"),
      plot.title = ggplot2::element_text(face = "bold", size = ggplot2::rel(1.1)),
      plot.subtitle = ggplot2::element_text(colour = "grey20"),
      plot.caption = ggplot2::element_text(colour = "grey35", hjust = 0),
      plot.title.position = "plot",
      plot.caption.position = "plot",
      legend.position = "top",
      legend.justification = "left",
      legend.title = ggplot2::element_blank()
    )
}

# Shares on an axis: 0.25 is "25%".
percent_labels <- function(y) paste0(100 * y, "%")
