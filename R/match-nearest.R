# Nearest-neighbour matching: who chooses when, how many, by which rules; the search itself is in the core.

match_nearest <- function(prep) {
  points <- match_points(prep)
  check_variable_ratio(prep)
  n_focal <- sum(prep$focal)
  replacing <- prep$reuse.max >= n_focal
  groups <- if (replacing) NULL else reuse_groups(prep)
  warn_few_to_reuse(prep, groups, n_focal)
  m.order <- nearest_order(prep, replacing)
  ratios <- nearest_ratios(prep, n_focal)
  # without a score or calipers one coordinate is a line of its own
  on_line <- !is.null(points) && ncol(points) == 1 && is.null(prep$distance) && !any(names(prep$caliper) == "")
  apart <- !on_line && !is.null(prep$strata) && is.null(groups) && (!is.null(points) || is.null(prep$distance))
  order <- choosing_order(m.order, prep, apart)
  how <- if (replacing) "replacing" else if (m.order %in% c("closest", "farthest")) m.order else "in order"
  rules <- nearest_rules(prep, groups)
  strata <- prep$strata %||% integer()
  pairs <- if (on_line) {
    core_match_nearest(as.double(points), prep$focal, prep$retained, strata, order, ratios, rules, how)
  } else if (!is.null(points)) {
    core_match_covariates(
      points, places_of(points[, 1], if (apart) prep$strata), prep$distance %||% numeric(), prep$focal, prep$retained,
      strata, order, ratios, rules, how
    )
  } else if (is.null(prep$distance)) {
    core_match_matrix(t(prep$distance_matrix), prep$focal, prep$retained, strata, order, ratios, rules, how)
  } else {
    core_match_nearest(prep$distance, prep$focal, prep$retained, strata, order, ratios, rules, how)
  }
  if (apart) pairs <- pairs[, seq_len(max(ratios[in_shared_strata(prep)])), drop = FALSE]
  list(pairs = pairs, reused = prep$reuse.max > 1L)
}

check_variable_ratio <- function(prep) {
  if (is.null(prep$max.controls) || !is.null(prep$distance)) return(invisible())
  sm_abort(c(
    "A variable ratio needs a score, which says who gets more.",
    x = "{.arg distance} is {if (is.null(prep$transform)) 'a matrix' else prep$transform}."
  ), "match", prep$error_call)
}

# Where each patient stands in the order of a coordinate, among everybody or in their stratum.
places_of <- function(coordinate, strata) {
  places <- integer(length(coordinate))
  places[if (is.null(strata)) order(coordinate) else order(strata, coordinate)] <- seq_along(coordinate)
  places
}

# Focal patients, in data order, whose exact stratum has both arms.
in_shared_strata <- function(prep) {
  n <- max(prep$strata)
  shared <- tabulate(prep$strata[prep$treat == 1L], n) > 0 & tabulate(prep$strata[prep$treat == 0L], n) > 0
  shared[prep$strata[prep$focal == 1L]]
}

nearest_rules <- function(prep, groups) {
  caliper <- prep$caliper
  list(
    caliper = if (any(names(caliper) == "")) caliper[[which(names(caliper) == "")]] else NA_real_,
    reuse_max = prep$reuse.max,
    antiexact = antiexact_codes(prep$antiexact_frame, length(prep$treat)),
    covariates = double_matrix(if (is.null(prep$caliper_frame)) matrix(0, length(prep$treat), 0) else data.matrix(prep$caliper_frame)),
    widths = as.double(caliper[nzchar(names(caliper))]),
    group = groups %||% integer()
  )
}

antiexact_codes <- function(frame, n) {
  if (is.null(frame)) return(matrix(0L, n, 0))
  matrix(unlist(lapply(frame, function(column) as.integer(as.factor(column))), use.names = FALSE), nrow = n)
}

nearest_order <- function(prep, replacing) {
  if (replacing) return("data")
  by_score <- c("largest", "smallest")
  choices <- c(if (!is.null(prep$distance)) by_score, "data", "random", "closest", "farthest")
  m.order <- prep$m.order %||% (if (is.null(prep$distance)) "data" else if (prep$estimand == "ATC") "smallest" else "largest")
  check_choice(m.order, "m.order", choices, prep$error_call)
  m.order
}

# Row numbers of the focal patients in the order in which they choose: of all, or stratum by stratum.
choosing_order <- function(m.order, prep, apart = FALSE) {
  rows <- which(prep$focal == 1L)
  if (!apart) return(order_of_rows(m.order, rows, prep))
  shared <- in_shared_strata(prep)
  by_stratum <- split(rows[shared], prep$strata[rows[shared]])
  unlist(lapply(by_stratum, order_of_rows, m.order = m.order, prep = prep), use.names = FALSE)
}

order_of_rows <- function(m.order, rows, prep) {
  switch(m.order,
    largest = rows[order(prep$distance[rows], decreasing = TRUE)],
    smallest = rows[order(prep$distance[rows])],
    # sample() of one number draws from 1 to that number; the rest of those are not retained
    random = rows[sample(which(prep$retained[rows]))],
    data = , closest = , farthest = rows[prep$retained[rows]]
  )
}

# Controls wanted by each focal patient, in data order. With a variable ratio the patients with the most promising
# scores get max.controls, the others min.controls, one in between. Ming & Rosenbaum (2000) Biometrics 56:118, section
# 2.
nearest_ratios <- function(prep, n_focal) {
  if (is.null(prep$max.controls)) return(rep.int(as.integer(prep$ratio), n_focal))
  least <- prep$min.controls
  most <- prep$max.controls
  total <- round(prep$ratio * n_focal)
  at_most <- floor((total - least * (n_focal - 1)) / (most - least))
  at_least <- n_focal - at_most - 1
  if (at_least < 0 || at_most < 0) {
    sm_abort(c(
      "A variable ratio needs more patients.",
      x = "{n_focal} {arm_words(prep)[1]} patient{?s} cannot average {prep$ratio} controls between {least} and {most}."
    ), "match", prep$error_call)
  }
  wanted <- c(rep.int(least, at_least), total - (least * at_least + most * at_most), rep.int(most, at_most))
  wanted <- without_zeros(wanted)
  score <- split(prep$distance, factor(prep$focal, 1:0))
  ratios <- integer(n_focal)
  ratios[order(score[[1]], decreasing = mean(score[[1]]) > mean(score[[2]]))] <- as.integer(wanted)
  ratios
}

# A 0 becomes 1, taken from the next.
without_zeros <- function(wanted) {
  for (i in seq_along(wanted)) {
    if (wanted[i] != 0) next
    wanted[i] <- 1
    if (i < length(wanted)) wanted[i + 1] <- wanted[i + 1] - 1
  }
  wanted
}

# Codes of `unit.id`, or NULL when every patient has an id of their own.
reuse_groups <- function(prep) {
  frame <- read_columns(prep$dots$unit.id, "unit.id", prep)
  if (is.null(frame)) return(NULL)
  codes <- stratum_codes(frame)
  own <- !anyDuplicated(codes[prep$focal == 1L]) && !anyDuplicated(codes[prep$focal == 0L])
  if (own) NULL else codes
}

# Counts before anybody is discarded, of groups where there are any.
warn_few_to_reuse <- function(prep, groups, n_focal) {
  if (prep$reuse.max >= n_focal) return(invisible())
  units <- if (is.null(groups)) "patients" else "unit ids"
  first <- function(keep, strata = 1L) {
    if (is.null(groups)) rep.int(TRUE, sum(keep)) else !duplicated(
      cbind(strata, groups)[keep, , drop = FALSE]
    )
  }
  if (is.null(groups) && is.null(prep$strata)) {
    return(warn_few_controls(prep, n_focal, length(prep$focal) - n_focal, prep$reuse.max, units))
  }
  focal <- prep$focal == 1L
  if (is.null(prep$strata)) {
    return(warn_few_controls(prep, sum(first(focal)), sum(first(!focal)), prep$reuse.max, units))
  }
  n <- max(prep$strata)
  others <- tabulate(prep$strata[!focal][first(!focal, prep$strata)], n)
  warn_few_controls(prep, tabulate(prep$strata[focal], n), others, prep$reuse.max, units)
}
