# Subclasses between quantiles of the score. Rosenbaum & Rubin (1984) JASA 79:516.

match_subclass <- function(prep) {
  if (is.null(prep$distance) || !is.null(prep$transform)) {
    sm_abort(c(
      "{.code method = \"subclass\"} needs a score.",
      x = "{.arg distance} is {if (is.null(prep$transform)) 'missing' else prep$transform}."
    ), "match", prep$error_call)
  }
  shares <- subclass_shares(prep$dots$subclass %||% 6, prep)
  least <- prep$dots$min.n %||% 1
  check_number(least, "min.n", 0, prep, whole = TRUE)
  of_arm <- switch(prep$estimand, ATT = prep$treat == 1L, ATC = prep$treat == 0L, TRUE)
  cuts <- stats::quantile(prep$distance[of_arm], probs = shares, na.rm = TRUE)
  kept <- !prep$discarded
  sets <- rep(NA_integer_, length(kept))
  sets[kept] <- findInterval(prep$distance[kept], cuts, all.inside = TRUE)
  if (length(unique(sets[kept])) != length(shares) - 1) {
    sm_warn("The score has too few values: there are fewer subclasses than asked for.", "match", prep$error_call)
  }
  sets[kept] <- if (least == 0) {
    in_both <- intersect(sets[kept & prep$treat == 1L], sets[kept & prep$treat == 0L])
    ifelse(sets[kept] %in% in_both, sets[kept], NA)
  } else {
    fill_subclasses(sets[kept], prep$treat[kept], prep$distance[kept], least, prep)
  }
  list(subclass = match(sets, sort(unique(sets))), q.cut = cuts, mass = prep$s.weights)
}

subclass_shares <- function(subclass, prep) {
  finite <- is.numeric(subclass) && length(subclass) > 0 && all(is.finite(subclass))
  if (finite && length(subclass) == 1 && subclass == round(subclass) && subclass > 1 && subclass <= 1e6) {
    return(seq(0, 1, length.out = subclass + 1))
  }
  if (finite && all(subclass >= 0 & subclass <= 1) && !all(subclass %in% 0:1)) return(sort(unique(c(0, 1, subclass))))
  sm_abort(c(
    "{.arg subclass} must be a whole number from 2 to a million, or quantiles between 0 and 1.", x = "It is {shown(subclass)}."
  ), "match", prep$error_call)
}

# Every subclass gets at least `least` of each arm, from the nearest neighbours that have some.
fill_subclasses <- function(sets, treat, score, least, prep) {
  codes <- sort(unique(sets))
  k <- length(codes)
  counts <- table(factor(treat, 0:1), sets)
  if (all(counts >= least)) return(sets)
  if (any(rowSums(counts) < k * least)) {
    sm_abort(c(
      "Each subclass needs {least} patient{?s} of each arm.",
      x = "There are {k} subclasses, {sum(treat == 1)} treated and {sum(treat == 0)} controls.",
      i = "Ask for fewer subclasses, or {.code min.n = 0}."
    ), "match", prep$error_call)
  }
  for (arm in unique(treat)) {
    rows <- which(treat == arm)
    sets[rows] <- codes[fill_arm(match(sets[rows], codes), score[rows], k, least)]
  }
  sets
}

fill_arm <- function(place, score, k, least) {
  spare <- tabulate(place, k)
  for (round in seq_len(least)) {
    while (any(spare <= 0)) {
      empty <- which(spare == 0)[1]
      left <- takes_from_left(spare, empty)
      source <- if (left) max(which(spare[seq_len(empty - 1)] > 0)) else empty + which(spare[-seq_len(empty)] > 0)[1]
      members <- which(place == source)
      edge <- if (left) max(score[members]) else min(score[members])
      # of equals the last row
      place[max(members[score[members] == edge])] <- empty
      spare[c(empty, source)] <- spare[c(empty, source)] + c(1, -1)
    }
    spare <- spare - 1
  }
  place
}

takes_from_left <- function(spare, empty) {
  if (empty == length(spare)) return(TRUE)
  if (empty == 1) return(FALSE)
  others <- setdiff(which(spare > 1), empty)
  sum((spare[others] - 1) / (others - empty)) <= 0
}
