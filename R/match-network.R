# Optimal and full matching where a line does not hold the problem: distances between covariates, tables, calipers on
# columns, columns that must differ, bounds on the sets. A flow over the pairs that may be made.

# Pairs that are held in memory at once; 24 bytes each, and as much again for the flow.
most_arcs <- 5e7

on_line <- function(prep) {
  !is.null(prep$distance) && is.null(prep$category) && is.null(prep$transform) && is.null(prep$mahvars_frame) && is.null(prep$antiexact_frame) &&
    !any(nzchar(names(prep$caliper))) && !any(prep$caliper < 0)
}

flow_bounds <- function(bounds, penalty) {
  as.double(c(
    bounds$least, bounds$most, bounds$shared %||% 1, bounds$others_used %||% -1, bounds$focal_used %||% -1,
    penalty %||% NA
  ))
}

# The core's answer: pairs (row numbers of focal patients and others), price, contradiction, short. `bounds` as the core has
# them, NULL for full matching without any. Patients stand in the order of their row names, so that of several optima the
# same is found whatever the order of the rows.
solve_network <- function(prep, bounds, ask_short = FALSE) {
  priority <- tie_priority(prep)
  if (length(priority) > 0) {
    order <- order(priority)
    found <- solve_network(rows_of_prep(prep, order), bounds, ask_short)
    found$pairs[] <- order[found$pairs]
    found$price[order, ] <- found$price
    if (length(found$short) > 0) found$short[order] <- found$short
    return(found)
  }
  points <- match_points(prep)
  table <- prep$distance_matrix
  prep$reuse.max <- 1L
  from_core(core_match_network(
    prep$distance %||% numeric(), points %||% matrix(0, 0, 0), if (is.null(table)) matrix(0, 0, 0) else t(table),
    prep$focal, prep$retained, prep$strata %||% integer(), nearest_rules(prep, NULL),
    if (is.null(bounds)) numeric() else flow_bounds(bounds, prep$dots$penalty), prep$category %||% integer(), most_arcs, ask_short
  ), "match", prep$error_call)
}

# What the network reads, for the rows in another order; as if their row names were numbers.
rows_of_prep <- function(prep, order) {
  focal <- prep$focal == 1L
  if (!is.null(prep$distance_matrix)) {
    place <- ifelse(focal, cumsum(focal), cumsum(!focal))[order]
    prep$distance_matrix <- prep$distance_matrix[place[focal[order]], place[!focal[order]], drop = FALSE]
  }
  for (name in c("treat", "focal", "retained", "discarded", "distance", "strata", "s.weights", "category")) {
    if (!is.null(prep[[name]])) prep[[name]] <- prep[[name]][order]
  }
  for (name in c("covariates", "mahvars_frame", "antiexact_frame", "caliper_frame")) {
    frame <- prep[[name]]
    if (!is.null(frame)) prep[[name]] <- structure(frame[order, , drop = FALSE], terms = attr(frame, "terms"))
  }
  prep$data <- structure(list(), class = "data.frame", row.names = .set_row_names(length(order)))
  prep
}

optimal_network_bounds <- function(prep) {
  if (is.null(prep$max.controls)) return(list(least = prep$ratio, most = prep$ratio))
  focal <- sum(prep$focal == 1L & prep$retained)
  others <- sum(prep$focal == 0L & prep$retained)
  list(
    least = prep$min.controls, most = prep$max.controls, others_used = kept_of(others, max(0, 1 - prep$ratio * focal / others))
  )
}

match_optimal_network <- function(prep) {
  bounds <- optimal_network_bounds(prep)
  list(pairs = pairs_as_table(solve_network(prep, bounds)$pairs, prep, bounds$most), reused = FALSE)
}

# A row for each focal patient, partners in the order of their rows.
pairs_as_table <- function(found, prep, columns) {
  rows <- cumsum(prep$focal == 1L)
  found <- found[order(found[, 1], found[, 2]), , drop = FALSE]
  place <- sequence(rle(found[, 1])$lengths)
  pairs <- matrix(NA_integer_, sum(prep$focal), max(columns, 1, place))
  pairs[cbind(rows[found[, 1]], place)] <- found[, 2]
  pairs[, seq_len(max(1, place, if (is.null(prep$max.controls)) columns)), drop = FALSE]
}

match_full_network <- function(prep) {
  list(subclass = stars_of(solve_full_network(prep)$pairs, length(prep$treat)))
}

solve_full_network <- function(prep) {
  if (!is_bounded_full(prep)) return(solve_network(prep, NULL))
  if (prep$max.controls < 1) prep <- turn_arms(prep)
  solve_network(prep, full_network_bounds(prep))
}

is_bounded_full <- function(prep) {
  prep$min.controls > 0 || is.finite(prep$max.controls) || !is.null(prep$dots$omit.fraction) ||
    !is.null(prep$dots$mean.controls)
}

# With less than one control a patient, the controls are who has several partners.
turn_arms <- function(prep) {
  prep$focal <- 1L - prep$focal
  bounds <- c(1 / prep$max.controls, if (prep$min.controls == 0) Inf else 1 / prep$min.controls)
  prep[c("min.controls", "max.controls")] <- as.list(bounds)
  if (!is.null(prep$distance_matrix)) prep$distance_matrix <- t(prep$distance_matrix)
  if (!is.null(prep$dots$omit.fraction)) prep$dots$omit.fraction <- -prep$dots$omit.fraction
  if (!is.null(prep$dots$mean.controls)) prep$dots$mean.controls <- 1 / prep$dots$mean.controls
  prep
}

full_network_bounds <- function(prep) {
  focal <- sum(prep$focal == 1L & prep$retained)
  others <- sum(prep$focal == 0L & prep$retained)
  omitted <- omitted_share(prep, focal, others)
  several <- prep$min.controls >= 1
  list(
    least = if (several) ceiling(prep$min.controls - 1e-9) else 1,
    most = if (is.finite(prep$max.controls)) floor(prep$max.controls + 1e-9) else others,
    shared = if (several) 1 else if (prep$min.controls == 0) focal else floor(1 / prep$min.controls + 1e-9),
    others_used = kept_of(others, max(0, omitted)), focal_used = kept_of(focal, max(0, -omitted))
  )
}

# Rounded as in optmatch.
kept_of <- function(n, omitted) round(n * (1 - omitted))

# omit.fraction, or what mean.controls leaves of the others.
omitted_share <- function(prep, focal, others) {
  omitted <- prep$dots$omit.fraction
  mean <- prep$dots$mean.controls
  if (!is.null(omitted) && !is.null(mean)) {
    sm_abort("Give {.arg omit.fraction} or {.arg mean.controls}, not both.", "match", prep$error_call)
  }
  if (!is.null(omitted)) {
    right <- is.numeric(omitted) && length(omitted) == 1 && is.finite(omitted) && abs(omitted) < 1
    if (!right) sm_abort("{.arg omit.fraction} must lie between -1 and 1.", "match", prep$error_call)
    return(omitted)
  }
  if (is.null(mean)) return(0)
  check_number(mean, "mean.controls", 0, prep)
  if (mean < prep$min.controls || mean > prep$max.controls) {
    sm_abort(c(
      "{.arg mean.controls} must lie between {.arg min.controls} and {.arg max.controls}.",
      x = "It is {mean}; they are {prep$min.controls} and {prep$max.controls}."
    ), "match", prep$error_call)
  }
  if (mean * focal > others) {
    sm_abort(c(
      "There must be enough patients for {.arg mean.controls}.", x = "{mean} for each of {focal} are more than {others}."
    ), "match", prep$error_call)
  }
  1 - mean * focal / others
}

# Sets of a patient and those paired with it. A pair whose members both have other partners is not needed (it costs
# nothing, or a cheaper optimum would lack it).
stars_of <- function(found, n) {
  repeat {
    times <- tabulate(c(found[, 1], found[, 2]), n)
    spare <- which(times[found[, 1]] > 1 & times[found[, 2]] > 1)
    if (length(spare) == 0) break
    found <- found[-spare[1], , drop = FALSE]
  }
  set <- rep(NA_integer_, n)
  times <- tabulate(c(found[, 1], found[, 2]), n)
  centre <- ifelse(times[found[, 2]] > 1, found[, 2], found[, 1])
  set[found[, 1]] <- centre
  set[found[, 2]] <- centre
  match(set, sort(unique(set[!is.na(set)])))
}
