# Follow-up under a strategy: cut into pieces where weights change, and weighted by the probability of staying untreated.

# Follow-up in (from, end], cut at `times`, which increase; `patient` is the place in `end`, `upto` where the weights change.
follow_up_pieces <- function(end, times, from = 0) {
  from <- rep_len(from, length(end))
  before <- findInterval(from, times)
  pieces <- pmax(findInterval(end, times, left.open = TRUE) - before, 0L) + 1L
  patient <- rep(seq_along(end), pieces)
  piece <- before[patient] + sequence(pieces)
  upto <- c(times, Inf)[piece]
  begin <- pmax(c(-Inf, times)[piece], from[patient])
  rows <- data.frame(patient = patient, begin = begin, end = pmin(upto, end[patient]), upto = upto)
  rows[rows$end > rows$begin, ]
}

# The times of start, or those at which their cumulative hazard has grown by one of as many equal steps: the weights of the
# last who are untreated grow fastest.
update_times <- function(line, model, intervals) {
  starts <- sort(unique(line$start[is.finite(line$start)]))
  if (length(starts) <= intervals) return(starts)
  baseline <- model$baseline
  steps <- seq_len(intervals) * (baseline$cumulative[length(baseline$cumulative)] / intervals)
  reached <- pmin(findInterval(steps * (1 - 1e-12), baseline$cumulative) + 1, length(baseline$time))
  # nothing changes before the first start
  unique(baseline$time[c(1, reached)])
}

# 1 / P(not started since `from`) of patients `who`, with the mean of the hazards at the two ends of a piece: where pieces
# end at every start these are equal.
weights_of_untreated <- function(pieces, line, model, who = pieces$patient, from = rep(-Inf, nrow(pieces))) {
  lower <- start_hazard(model, line, who, from, pieces$begin)
  # who stops being eligible within a piece weighs as the others do: nothing ahead of a piece is known in it
  limit <- ifelse(line$limit[who] > pieces$begin, Inf, line$limit[who])
  upper <- start_hazard(model, line, who, from, pieces$upto, before = TRUE, limit)
  exp((lower + pmax(upper, lower)) / 2)
}

# Weights cut on the stabilised scale: their product with `marginal`, the same probabilities without covariates.
truncate_stabilised <- function(rows, marginal, settings) {
  rows$weight <- rows$weight * marginal
  cut <- truncate_weights(rows, settings$truncate)
  if (!settings$stabilise) cut$rows$weight <- cut$rows$weight / marginal
  cut
}

# Rows with `arm` and `weight`: weights above the quantile `share` of their arm are set to it.
truncate_weights <- function(rows, share) {
  summary <- lapply(0:1, function(arm) {
    mine <- rows$arm == arm
    limit <- if (share < 1) stats::quantile(rows$weight[mine], share, type = 1, names = FALSE) else Inf
    data.frame(
      arm = arm, mean = mean(rows$weight[mine]), largest = max(rows$weight[mine]), truncated_at = limit,
      truncated = sum(rows$weight[mine] > limit)
    )
  })
  summary <- do.call(rbind, summary)
  rows$weight <- pmin(rows$weight, summary$truncated_at[rows$arm + 1])
  list(rows = rows, summary = summary)
}

# An endpoint in the pieces, on the clock of time zero; NA where it was over before the piece begins.
piece_response <- function(endpoint, pieces) {
  end <- endpoint$time[pieces$patient]
  over <- end <= pieces$begin
  list(
    start = ifelse(over, NA, pieces$begin), stop = ifelse(over, NA, pmin(end, pieces$end)),
    event = ifelse(over, NA, endpoint$status[pieces$patient] * (end <= pieces$end))
  )
}

check_truncate <- function(truncate, call) {
  fine <- is.numeric(truncate) && length(truncate) == 1 && !is.na(truncate) && truncate > 0.5 && truncate <= 1
  if (!fine) sm_abort(c("{.arg truncate} must lie in (0.5, 1].", x = "It is {shown(truncate)}."), "time_zero", call)
}

is_above_zero <- function(x) is.numeric(x) && length(x) == 1 && is.finite(x) && x > 0

check_time_above_zero <- function(time, name, call, class = "time_zero") {
  if (is_above_zero(time)) return(invisible())
  sm_abort(c("{.arg {name}} must be one time above 0.", x = "It is {shown(time)}."), class, call)
}

check_weight_settings <- function(settings, call) {
  check_truncate(settings$truncate, call)
  if (!rlang::is_bool(settings$stabilise)) sm_abort("{.arg stabilise} must be TRUE or FALSE.", "time_zero", call)
}

# Warns of columns of the data that a design's own take the place of, but for what the timeline was read from.
warn_replaced <- function(line, own) {
  taken <- Filter(function(name) !is_timeline_column(line$data[[name]], line), intersect(own, names(line$data)))
  if (length(taken) == 0) return(invisible())
  sm_warn("{.field {taken}} of the data {?is/are} replaced by the design's own.", "columns", rlang::caller_env(2))
}

is_timeline_column <- function(column, line) {
  if (identical(column, line$id[line$patient])) return(TRUE)
  if (!is.numeric(column) && !is.logical(column)) return(FALSE)
  start <- line$start[line$patient]
  status <- line$endpoints$event$status[line$patient]
  read <- list(line$stop, line$entry, start, ifelse(is.finite(start), start, NA), status)
  any(vapply(read, function(x) isTRUE(all.equal(as.double(column), as.double(x))), NA))
}
