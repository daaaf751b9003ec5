# Curves of several kinds of event: Aalen-Johansen estimates as a survfitms.

fit_multistate <- function(y, given, rule, limits, options, error_call) {
  check_state_options(rule, limits, given$robust, options, error_call)
  if (options$timefix) y <- join_tied_times(y, error_call, class = "times")
  rows <- state_rows(y, given, error_call)
  check <- check_states(y, rows, given$istate)
  refuse_flagged(check$flag, error_call)
  rows$from <- check$state
  rows$to <- check$to
  p0 <- check_p0(options$p0, length(check$states), error_call)
  if (!is.null(given$start.time)) rows <- states_from(rows, given$start.time, error_call)
  rows$members <- rows$cluster %||% rows$id
  begin <- state_start(rows, p0, given$start.time, error_call)
  if (is.null(p0) && begin$same) p0 <- as.numeric(seq_along(check$states) == begin$state)
  moves <- transition_numbers(check)
  core <- from_core(core_aalen_johansen(state_input(rows, check, moves, options), list(
    t0 = begin$t0, time0 = options$time0, entry = options$entry && rows$has_entry, errors = limits$se.fit,
    influence = limits$se.fit && influence_flag(options$influence, error_call) > 0, p0 = p0 %||% numeric(),
    p0_includes_t0 = !rows$has_entry || begin$t0 == min(rows$start), heads = has_weights(rows$weight),
    names = list(states = check$states, moves = paste(moves[, "from"], moves[, "to"], sep = ":"))
  )), "start.time", error_call)
  build_survfitms(core, rows, check, moves, begin, p0, limits, options, given$start.time, attr(y, "type"))
}

check_state_options <- function(rule, limits, robust, options, error_call) {
  if (rule$stype != 1 || rule$ctype != 1) {
    sm_warn("Curves of several kinds of event have only {.code stype = 1} and {.code ctype = 1}.", "stype", error_call)
  }
  if (limits$conf.lower != "usual") sm_warn(
    "{.arg conf.lower} is ignored for several kinds of event.", "conf.lower", error_call
  )
  if (isFALSE(robust)) sm_abort("Curves of several kinds of event have only a robust variance.", "robust", error_call)
  if (isTRUE(options$reverse)) {
    sm_abort(
      c("{.arg reverse} is for one kind of event.", i = "Use {.code Surv(time, status != 0)}."), "reverse", error_call
    )
  }
  check_entry(options$entry, error_call)
}

check_p0 <- function(p0, states, error_call) {
  if (length(p0) == 0) return(NULL)
  if (!is.numeric(p0) || length(p0) != states || !isTRUE(all.equal(sum(p0), 1))) {
    sm_abort("{.arg p0} must be {states} numbers that add to 1.", "p0", error_call)
  }
  as.numeric(p0)
}

# One value a row; `id` is NULL when each row is somebody else. A response without entry times starts at `origin`, before
# the first end, as far as anybody asks.
state_rows <- function(y, given, error_call) {
  columns <- ncol(y)
  has_entry <- columns == 3
  if (has_entry && is.null(given$id)) sm_abort(
    "{.arg id} is needed for (start, stop] data of several states.", "id", error_call
  )
  stop <- response_column(y, columns - 1)
  first <- min(stop)
  levels <- levels(given$curve)
  id <- if (!is.null(given$id)) match(given$id, unique(given$id))
  list(
    has_entry = has_entry, start = if (has_entry) response_column(y, 1), origin = if (first > 0) 0 else 2 * first - 1,
    stop = stop, status = as.integer(response_column(y, columns)), weight = given$weights, id = id,
    one_row_each = is.null(id) || !anyDuplicated(id), cluster = given$cluster,
    curve = if (is.null(levels)) rep(1L, nrow(y)) else as.integer(given$curve), levels = levels %||% "1"
  )
}

refuse_flagged <- function(flag, error_call) {
  bad <- flag[flag > 0]
  if (length(bad) == 0) return(invisible())
  words <- c(
    overlap = "overlap an earlier interval of their subject", gap = "leave a gap after it",
    jump = "change state in a gap",
    teleport = "begin in another state than the one before ended in"
  )
  sm_abort(c(
    "The intervals of each subject must follow each other in time and state.",
    stats::setNames(paste0(bad, " of them ", words[names(bad)], "."), rep("x", length(bad))),
    i = "See {.fn survival::survcheck}."
  ), "states", error_call)
}

# survival's survcheck(): the states, the table of moves, and what is inconsistent.
check_states <- function(y, rows, istate) {
  given <- length(istate) > 0
  initial <- if (given) factor(istate)
  ends <- attr(y, "states")
  begins <- if (given) levels(initial) else "(s0)"
  states <- c(setdiff(begins, ends), ends)
  from <- if (given) match(begins, states)[as.integer(initial)] else rep(match(begins, states), nrow(y))
  to <- c(0L, match(ends, states))[rows$status + 1L]
  clabel <- attr(y, "clabel") %||% "censored"
  if (rows$one_row_each) {
    flag <- c(overlap = 0L, gap = 0L, jump = 0L, teleport = 0L)
    return(list(states = states, state = from, to = to, flag = flag, transitions = transition_table(from, to, states, clabel)))
  }
  start <- if (rows$has_entry) rows$start else rep(0, nrow(y))
  chain <- core_chain_states(order(rows$id, rows$stop, start), rows$id, start, rows$stop, to, from)
  if (!given && rows$has_entry) from <- chain$state
  mismatch <- from != chain$state
  counted <- to != 0 | chain$last == 1
  flag <- c(
    overlap = sum(chain$gap < 0), gap = sum(chain$gap > 0 & !mismatch), jump = sum(chain$gap > 0 & mismatch),
    teleport = sum(chain$gap == 0 & mismatch & chain$first == 0)
  )
  list(
    states = states, state = chain$state, to = to, flag = flag,
    transitions = transition_table(from[counted], to[counted], states, clabel)
  )
}

transition_table <- function(from, to, states, censored) {
  rows <- seq_along(states)
  size <- length(states)
  cells <- tabulate(from + size * to, size * (size + 1L))
  cells <- c(cells[-rows], cells[rows]) # no move is the last column
  names <- list(from = states, to = c(states, paste0("(", censored, ")")))
  all <- structure(matrix(cells, size, dimnames = names), class = "table")
  visited <- rowSums(all) + colSums(all[, rows, drop = FALSE]) > 0
  all[visited, colSums(all) > 0, drop = FALSE]
}

# Transitions that occur, numbered as survival does: by the state they end in, then the one they begin in.
transition_numbers <- function(check) {
  from <- match(rownames(check$transitions), check$states)
  to <- match(colnames(check$transitions), check$states)
  counts <- matrix(0L, length(check$states), length(check$states))
  counts[from, to[!is.na(to)]] <- check$transitions[, !is.na(to)]
  cbind(from = row(counts)[counts > 0], to = col(counts)[counts > 0])
}

states_from <- function(rows, start.time, error_call) {
  last <- tapply(rows$stop, rows$curve, max)
  if (any(last <= start.time)) sm_abort(
    "{.arg start.time} must leave observations of each curve.", "start.time", error_call
  )
  keep <- rows$stop >= start.time
  per_row <- c("start", "stop", "status", "weight", "id", "cluster", "curve", "from", "to")
  rows[per_row] <- lapply(rows[per_row], function(x) if (length(x) > 0) x[keep])
  rows
}

# Where curves begin: in which state, when all begin in the same, and at what time.
state_start <- function(rows, p0, start.time, error_call) {
  initial <- if (rows$has_entry) {
    order <- order(rows$curve, rows$id, rows$start)
    first <- !duplicated(cbind(rows$curve, rows$id)[order, , drop = FALSE])
    rows$from[order][first]
  } else {
    rows$from
  }
  same <- all(initial == initial[1])
  t0 <- if (!is.null(start.time)) {
    start.time
  } else if (!rows$has_entry) {
    0
  } else if (is.null(p0) && same || same) {
    min(rows$start)
  } else {
    common_start(rows, error_call)
  }
  list(t0 = t0, same = same, state = initial[1])
}

common_start <- function(rows, error_call) {
  t0 <- min(rows$stop[rows$status != 0])
  last <- tapply(rows$stop, rows$curve, max)
  first <- tapply(rows$start, rows$curve, min)
  if (any(last < t0 | first >= t0)) {
    sm_abort(c("Somebody of each curve must be under observation at the starting time.",
      x = "At {t0} one curve has nobody.", i = "Give {.arg start.time}."), "start.time", error_call)
  }
  t0
}

state_input <- function(rows, check, moves, options) {
  show_start <- rows$has_entry || options$time0
  c(
    list(
      start = if (show_start) rows$start %||% rep(rows$origin, length(rows$stop)), stop = rows$stop,
      from = as.integer(rows$from), to = as.integer(rows$to), mark = if (rows$has_entry) chain_ends(rows), weight = rows$weight,
      stratum = if (length(rows$levels) > 1) rows$curve, strata = length(rows$levels), states = length(check$states),
      transitions = matrix(as.integer(moves), ncol = 2)
    ),
    if (is.null(rows$cluster) && rows$one_row_each) {
      list(cluster = NULL, clusters = length(rows$stop))
    } else {
      cluster_codes(rows$members)
    }
  )
}

# 1 for the first and 2 for the last row of a chain without a gap, inside a curve and subject.
chain_ends <- function(rows) {
  order <- order(rows$curve, rows$id, rows$stop)
  n <- length(order)
  start <- rows$start[order]
  stop <- rows$stop[order]
  first_and_last(order, diff(rows$id[order]) != 0 | diff(rows$curve[order]) != 0 | stop[-n] < start[-1])
}

# Of each row bit 1 when it begins a run and bit 2 when it ends one; `breaks`: whether one ends between two rows in order.
first_and_last <- function(order, breaks) {
  ends <- integer(length(order))
  ends[order] <- c(1L, as.integer(breaks)) + 2L * c(as.integer(breaks), 1L)
  ends
}

build_survfitms <- function(core, rows, check, moves, begin, p0, limits, options, start.time, type) {
  states <- check$states
  curves <- core$curves
  tables <- core$tables
  fit <- c(
    list(n = tabulate(rows$curve, length(curves)), time = core$time),
    tables[c("n.risk", "n.event", "n.censor", "pstate", "n.transition")],
    list(n.id = subjects_of_curves(rows), cumhaz = tables$cumhaz)
  )
  fit$n.enter <- tables$n.enter
  if (!is.null(tables$risk.heads)) fit$counts <- state_counts(tables, length(states), colnames(tables$cumhaz))
  fit$p0 <- initial_shares(curves, rows$levels, states, is.null(p0))
  if (length(curves) > 1) fit$strata <- stats::setNames(vapply(curves, `[[`, 1L, "times"), rows$levels)
  fit$strata <- fit$strata[fit$strata > 0]
  if (limits$se.fit) fit <- c(fit, state_errors(tables, curves, options))
  if (limits$se.fit && influence_flag(options$influence) > 0) fit <- c(
    fit, state_influence(curves, rows, states, options)
  )
  fit$start.time <- start.time
  fit$transitions <- check$transitions
  if (limits$se.fit && limits$conf.type != "none") fit <- c(fit, state_limits(fit, limits))
  c(fit, list(states = states, type = type, t0 = begin$t0))
}

subjects_of_curves <- function(rows) {
  if (rows$one_row_each) return(tabulate(rows$curve, length(rows$levels)))
  pairs <- !duplicated(rows$curve * (max(rows$id) + 1) + rows$id)
  tabulate(rows$curve[pairs], length(rows$levels))
}

has_weights <- function(weight) {
  !is.null(weight) && any(weight != 1) && !isTRUE(all.equal(weight, rep(1, length(weight))))
}

state_counts <- function(tables, states, moves) {
  heads <- paste0(c("risk", "transition", "censor", if (!is.null(tables$enter.heads)) "enter"), ".heads")
  counts <- do.call(cbind, unname(tables[heads]))
  s <- seq_len(states)
  colnames(counts) <- if (is.null(tables$enter.heads)) {
    c(paste0("nrisk:", s), paste0("nevent:", moves), paste0("ncensor:", s))
  } else {
    c(paste0("nrisk ", s), paste0("ntrans ", moves), paste0("ncensor ", s), paste0("nenter ", s))
  }
  counts
}

initial_shares <- function(curves, levels, states, estimated) {
  if (length(curves) > 1) {
    return(matrix(
      unlist(lapply(curves, `[[`, "p0")), ncol = length(states), byrow = TRUE, dimnames = list(levels, states)
    ))
  }
  if (estimated) return(structure(curves[[1]]$p0, dim = length(states), dimnames = list(states)))
  stats::setNames(curves[[1]]$p0, states)
}

state_errors <- function(tables, curves, options) {
  errors <- c(tables[c("std.err", "std.chaz", "std.auc")], list(logse = FALSE))
  initial <- lapply(curves, function(x) if (length(x$initial_influence) > 0) sqrt(colSums(x$initial_influence^2)))
  if (!options$time0 && !is.null(initial[[1]])) errors$se0 <- unlist(initial)
  errors
}

# influence.pstate: clusters by times by states, a list of them with several curves; i0 the same at the start.
state_influence <- function(curves, rows, states, options) {
  arrays <- lapply(curves, function(x) {
    a <- array(x$influence, dim = c(length(x$cluster), length(states), x$times))
    structure(aperm(a, c(1, 3, 2)), dimnames = list(as.character(x$cluster + 1), NULL, states))
  })
  initial <- lapply(curves, function(x) {
    if (length(x$initial_influence) == 0) return(NULL)
    structure(x$initial_influence, dimnames = list(as.character(seq_along(x$cluster) - 1), NULL))
  })
  one <- length(curves) == 1
  named <- function(x) if (one) x[[1]] else stats::setNames(x, rows$levels)
  out <- list(influence.pstate = named(arrays))
  if (!options$time0 && !is.null(initial[[length(initial)]])) out$i0 <- named(initial)
  out
}

state_limits <- function(fit, limits) {
  band <- core_limits(
    fit$pstate, fit$std.err, NULL, limits$conf.type, stats::qnorm(1 - (1 - limits$conf.int) / 2), FALSE
  )
  c(band[c("lower", "upper")], list(conf.type = limits$conf.type, conf.int = limits$conf.int))
}
