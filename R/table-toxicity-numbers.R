# The numbers and cells of a toxicity table.

grade_groups <- function() list(`Any grade` = 1:5, `Grade 1-2` = 1:2, `Grade 3 or above` = 3:5, `Grade 5` = 5)

toxicity_numbers <- function(name, source, interval, level) {
  rows <- lapply(names(grade_groups()), function(group) {
    had <- source$grades[[name]] %in% grade_groups()[[group]]
    had[is.na(source$grades[[name]])] <- NA
    data.frame(term = name, grades = group, compare_arms(had, source, interval, level))
  })
  do.call(rbind, rows)
}

compare_arms <- function(had, source, interval, level) {
  seen <- !is.na(had)
  events <- c(sum(had[seen & !source$treated]), sum(had[seen & source$treated]))
  n <- c(sum(seen & !source$treated), sum(seen & source$treated))
  limits <- lapply(1:2, function(k) if (n[k] > 0) core_clopper_pearson(events[k], n[k], level) else rep(NA_real_, 3))
  compared <- if (any(n == 0)) {
    nothing_compared()
  } else if (is.null(source$pair)) {
    compare_unpaired(events, n, interval, level)
  } else {
    compare_pairs(had, source, level)
  }
  data.frame(
    control_events = events[1], control_n = n[1], control_low = limits[[1]][[2]], control_high = limits[[1]][[3]],
    treated_events = events[2], treated_n = n[2], treated_low = limits[[2]][[2]], treated_high = limits[[2]][[3]],
    missing = sum(!seen), compared
  )
}

nothing_compared <- function() {
  data.frame(
    difference = NA_real_, difference_low = NA_real_, difference_high = NA_real_, method = NA_character_,
    test = NA_character_, p.value = NA_real_,
    pairs = NA_integer_, pairs_left_out = NA_integer_, treated_only = NA_integer_, control_only = NA_integer_
  )
}

compare_unpaired <- function(events, n, interval, level) {
  difference <- core_risk_difference(events[2], n[2], events[1], n[1], level, interval == "miettinen-nurminen")
  p <- stats::fisher.test(rbind(events, n - events))$p.value
  data.frame(
    difference = difference[[1]], difference_low = difference[[2]], difference_high = difference[[3]],
    method = interval, test = "Fisher, unpaired",
    p.value = min(1, p), pairs = NA_integer_, pairs_left_out = NA_integer_, treated_only = NA_integer_,
    control_only = NA_integer_
  )
}

compare_pairs <- function(had, source, level) {
  pairs <- unique(source$pair)
  treated <- had[source$treated][match(pairs, source$pair[source$treated])]
  control <- had[!source$treated][match(pairs, source$pair[!source$treated])]
  complete <- !is.na(treated) & !is.na(control)
  if (!any(complete)) return(nothing_compared())
  only <- c(sum(treated[complete] & !control[complete]), sum(!treated[complete] & control[complete]))
  difference <- core_tango(only[1], only[2], sum(complete), level)
  data.frame(
    difference = difference[[1]], difference_low = difference[[2]], difference_high = difference[[3]], method = "tango",
    test = "McNemar, exact",
    p.value = core_mcnemar_exact(only[1], only[2]), pairs = sum(complete), pairs_left_out = sum(!complete),
    treated_only = only[1], control_only = only[2]
  )
}

toxicity_text <- function(numbers, source) {
  arm <- function(rows, which) {
    events <- rows[[paste0(which, "_events")]]
    n <- rows[[paste0(which, "_n")]]
    limits <- format_interval(rows[[paste0(which, "_low")]], rows[[paste0(which, "_high")]], format_percent)
    paste0(format_count(events), "/", format_count(n), " = ", format_percent(events / n), " (", limits, ")")
  }
  one_term <- function(term) {
    rows <- numbers[numbers$term == term, ]
    difference <- paste0(
      format_percent(rows$difference), " (", format_interval(rows$difference_low, rows$difference_high, format_percent),
      ")"
    )
    rbind(
      data.frame(term = term, control = "", treated = "", difference = "", p = ""),
      data.frame(
        term = paste0("  ", rows$grades), control = arm(rows, "control"), treated = arm(rows, "treated"),
        difference = ifelse(is.na(rows$difference), "\u2013", difference), p = paste0(
          format_p(rows$p.value), discordant_text(rows)
        )
      )
    )
  }
  do.call(rbind, lapply(unique(numbers$term), one_term))
}

# The discordant pairs behind a McNemar test: treated only, control only.
discordant_text <- function(rows) {
  ifelse(
    is.na(rows$pairs), "", paste0(" [", rows$treated_only, ", ", rows$control_only, "]")
  )
}

toxicity_arm <- function(source, k) paste0(source$arms[k], ", n/N = share (limits)")

toxicity_notes <- function(numbers, source, interval, level) {
  c(
    paste0(
      "Shares with Clopper-Pearson limits (", format_number(100 * level, 0),
      "%); nobody with an event leaves the upper limit."
    ),
    paired_note(numbers, source, interval),
    missing_note(numbers),
    paste0(
      "Observation window: ",
      if (is.null(source$window)) "not stated" else paste0(source$arms, ", ", source$window, collapse = "; "), "."
    )
  )
}

paired_note <- function(numbers, source, interval) {
  if (is.null(source$pair)) {
    name <- c(newcombe = "Newcombe", `miettinen-nurminen` = "Miettinen and Nurminen")[[interval]]
    return(paste0("p: Fisher's exact test, unpaired. Differences: score interval of ", name, ", unpaired."))
  }
  first <- numbers[!duplicated(numbers$term), ]
  paste0(
    "p: McNemar's exact test on complete pairs; in brackets the discordant pairs (event in ", source$arms[2],
    " only, in ", source$arms[1],
    " only). Differences: Tango's score interval. Complete pairs: ",
    paste0(
      first$term, " ", format_count(first$pairs), " (", format_count(first$pairs_left_out), " left out)",
      collapse = ", "
    ), "."
  )
}

missing_note <- function(numbers) {
  first <- numbers[!duplicated(numbers$term), ]
  first <- first[first$missing > 0, ]
  if (nrow(first) == 0) return(NULL)
  paste0(
    "Grade not known: ", paste0(first$term, " ", format_count(first$missing), collapse = ", "),
    "; not counted as grade 0."
  )
}
