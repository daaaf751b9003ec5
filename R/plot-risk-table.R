# The numbers under a survival curve: a block for each arm, its name in the colour of its curve, then rows.
# They hang below the panel by lines of text, so they stay in place whatever the size of the page.

risk_table_layers <- function(fit, labels, times, rows) {
  numbers <- risk_numbers(fit, labels, times)
  layout <- risk_layout(labels, rows)
  cells <- merge(numbers, layout[layout$row != "arm", ], by = c("arm", "row"))
  cells$text <- format_count(cells$value)
  list(
    hanging_text(cells, hjust = 0.5),
    hanging_text(row_names(layout), hjust = 1, nudge = -8),
    hanging_arms(layout[layout$row == "arm", ], labels),
    room_below(max(layout$line))
  )
}

# Room for so many lines under the panel, where hanging_text() may draw.
room_below <- function(lines) {
  list(
    ggplot2::coord_cartesian(clip = "off"),
    ggplot2::theme(
      axis.title.x = ggplot2::element_text(margin = ggplot2::margin(t = 4, b = 0)),
      plot.margin = ggplot2::margin(t = 6, r = 14, b = line_height() * lines + 34, l = 14)
    )
  )
}

# Points between two lines of the table at 8.5 point text, and from the panel to the first line: the axis and its title
# stand there.
line_height <- function() 11.5
first_line <- function() 46

# Patients at risk just before each time, and the events and censored up to and including it.
risk_numbers <- function(fit, labels, times) {
  counts <- fit_counts(fit)
  curve <- curve_of_row(fit)
  one_arm <- function(k) {
    mine <- curve == k
    time <- fit$time[mine]
    up_to <- findInterval(times, time)
    next_time <- findInterval(times, time, left.open = TRUE) + 1
    data.frame(
      arm = labels[k], time = rep(times, 3), row = rep(c("risk", "events", "censored"), each = length(times)),
      value = c(
        c(counts$risk[mine], 0)[next_time],
        c(0, cumsum(counts$events[mine]))[up_to + 1],
        c(0, cumsum(counts$censored[mine]))[up_to + 1]
      )
    )
  }
  do.call(rbind, lapply(seq_along(labels), one_arm))
}

# Which line each row of each arm stands on.
risk_layout <- function(labels, rows) {
  rows <- c("arm", intersect(c("risk", "events", "censored"), rows))
  layout <- expand.grid(row = rows, arm = labels, stringsAsFactors = FALSE)
  layout$line <- seq_len(nrow(layout)) - 1 + 0.35 * (match(layout$arm, labels) - 1)
  layout
}

row_names <- function(layout) {
  rows <- layout[layout$row != "arm", ]
  rows$text <- c(risk = "At risk", events = "Events", censored = "Censored")[rows$row]
  rows$time <- -Inf
  rows
}

hanging_arms <- function(layout, labels) {
  colours <- arm_colours(length(labels))
  lapply(seq_len(nrow(layout)), function(i) {
    row <- layout[i, ]
    row$text <- row$arm
    row$time <- -Inf
    hanging_text(row, hjust = 0, nudge = 4, colour = colours[match(row$arm, labels)], fontface = "bold")
  })
}

# Text below the panel: x in the units of the axis, y in lines under the panel's lower edge.
hanging_text <- function(cells, hjust, nudge = 0, colour = "grey15", fontface = "plain") {
  geom <- ggplot2::ggproto(NULL, ggplot2::Geom,
    required_aes = c("x", "label", "line"),
    draw_panel = function(data, panel_params, coord) {
      at <- coord$transform(data, panel_params)
      grid::textGrob(
        data$label,
        x = grid::unit(at$x, "npc") + grid::unit(nudge, "pt"),
        y = grid::unit(0, "npc") - grid::unit(first_line() + line_height() * data$line, "pt"),
        hjust = hjust, vjust = 0.5,
        gp = grid::gpar(fontsize = 8.5, col = colour, fontface = fontface)
      )
    },
    draw_key = ggplot2::draw_key_blank
  )
  ggplot2::layer(
    data = cells, mapping = ggplot2::aes(x = .data$time, label = .data$text, line = .data$line),
    geom = geom, stat = "identity", position = "identity", inherit.aes = FALSE, show.legend = FALSE
  )
}
