# Optimal and full matching: on a score the line of the core holds the problem, otherwise a network does.

match_optimal <- function(prep) {
  if (!on_line(prep) || !is.null(prep$max.controls)) {
    return(match_optimal_network(prep))
  }
  warn_few_on_line(prep)
  pairs <- core_match_line(
    prep$distance, prep$focal, prep$retained, prep$strata %||% integer(), tie_priority(prep), as.integer(prep$ratio),
    line_caliper(prep), prep$dots$penalty %||% NA_real_, thread_count(prep$error_call)
  )
  list(pairs = pairs, reused = FALSE)
}

match_full <- function(prep) {
  if (is_bounded_full(prep) || !on_line(prep)) {
    return(match_full_network(prep))
  }
  list(subclass = core_match_line_full(
    prep$distance, prep$focal, prep$retained, prep$strata %||% integer(), tie_priority(prep), line_caliper(prep),
    thread_count(prep$error_call)
  ))
}

line_caliper <- function(prep) if (is.null(prep$caliper)) NA_real_ else prep$caliper[[1]]

# Of patients with the same score the one whose row name sorts first is taken, wherever its row stands.
tie_priority <- function(prep) {
  automatic <- .row_names_info(prep$data) < 0
  if (automatic) return(integer())
  priority <- integer(length(prep$treat))
  priority[order(attr(prep$data, "row.names"), method = "radix")] <- seq_along(priority)
  priority
}

# Counts among the retained, as the core sees them.
warn_few_on_line <- function(prep) {
  keep <- prep$retained
  strata <- if (is.null(prep$strata)) rep.int(1L, length(keep)) else prep$strata
  n <- max(strata)
  count <- function(arm) tabulate(strata[keep & prep$focal == arm], n)
  both <- count(1L) > 0
  if (is.null(prep$caliper)) warn_few_controls(prep, count(1L)[both], count(0L)[both])
}
