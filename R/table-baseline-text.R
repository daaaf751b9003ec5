# The words and cells of a baseline table.

# One variable's rows of text: a row, or a heading and its levels; then the missing.
baseline_text <- function(row, source, statistic, digits) {
  numbers <- row$numeric
  rows <- switch(row$kind,
    continuous = baseline_continuous(row, numbers, source, statistic, digits),
    binary = baseline_row(paste0(row$label, ", n (%)"), numbers, source, share_cell),
    levels = rbind(
      baseline_row(paste0(row$label, ", n (%)"), NULL, source),
      do.call(rbind, lapply(unique(numbers$level), function(level) {
        baseline_row(paste0("  ", level), numbers[numbers$level == level, ], source, share_cell)
      }))
    )
  )
  if (!any(numbers$missing > 0)) return(rows)
  first <- numbers[is.na(numbers$level) | numbers$level == numbers$level[1], ]
  rbind(rows, baseline_row("  missing", first, source, function(cell) format_count(cell$missing), smd = FALSE))
}

baseline_continuous <- function(row, numbers, source, statistic, digits) {
  mean <- function(cell) paste0(format_number(cell$mean, digits), " (", format_number(cell$sd, digits), ")")
  median <- function(cell) {
    paste0(
      format_number(cell$median, digits), " (", format_number(cell$q1, digits), " to ", format_number(cell$q3, digits),
      ")"
    )
  }
  rbind(
    if (statistic != "median") baseline_row(paste0(row$label, ", mean (SD)"), numbers, source, mean),
    if (statistic != "mean") {
      baseline_row(
        paste0(if (statistic == "both") "  " else paste0(row$label, ", "), "median (quartiles)"), numbers, source,
        median, statistic == "median"
      )
    }
  )
}

# Patients and share; where weights are not whole the share is weighted and the count is of patients.
share_cell <- function(cell) paste0(format_count(cell$count), " (", format_percent(cell$share), ")")

# A row of text: the name, then for each sample a cell a group and the SMD. `numbers` NULL makes a heading.
baseline_row <- function(name, numbers, source, cell = NULL, smd = TRUE) {
  columns <- list(characteristic = name)
  for (sample in names(source$samples)) {
    for (k in seq_len(nlevels(source$group))) {
      here <- numbers[numbers$sample == sample & numbers$group == levels(source$group)[k], ]
      columns[[paste0(sample, "_", k)]] <- if (is.null(numbers)) "" else cell(here)
    }
    if (source$denominator != "none") {
      value <- if (!is.null(numbers) && smd) numbers$smd[numbers$sample == sample][1]
      columns[[paste0(sample, "_smd")]] <- if (is.null(value)) "" else format_number(value, 2)
    }
  }
  as.data.frame(columns)
}

baseline_header <- function(source, columns) {
  labels <- c(characteristic = "Characteristic")
  for (sample in names(source$samples)) {
    weight <- source$samples[[sample]]
    where <- c(before = "before: ", after = "after: ", all = "")[[sample]]
    n <- vapply(levels(source$group), function(group) sum(source$group == group & weight > 0), 1L)
    named <- paste0(where, levels(source$group), " (n = ", format_count(n), ")")
    labels[paste0(sample, "_", seq_along(named))] <- named
    labels[paste0(sample, "_smd")] <- if (sample == "all") "SMD" else paste0(where, "SMD")
  }
  labels[columns]
}

baseline_notes <- function(source, statistic) {
  by <- switch(source$denominator,
    treated = "the standard deviation of the treated before matching",
    control = "the standard deviation of the untreated before matching",
    pooled = "the root of the mean of the arms' variances", none = NULL
  )
  weighted <- any(source$samples[[length(source$samples)]] %% 1 != 0)
  c(
    if (!is.null(by)) paste0("SMD: standardised mean difference, divided by ", by, "."),
    if (weighted) "After matching, means and shares carry the matching weights; counts are patients."
  )
}
