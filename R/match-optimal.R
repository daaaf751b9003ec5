# Optimal and full matching on a score: what the line of the core can hold, and what it is told.

match_optimal <- function(prep) {
  check_on_line(prep)
  if (!is.null(prep$max.controls)) {
    sm_abort(c(
      "{.code method = \"optimal\"} has a fixed ratio.", x = "{.arg max.controls} asks for a variable one.",
      i = "With a caliper {.arg ratio} is the most that a patient gets; {.code method = \"nearest\"} has variable ratios."
    ), "match", prep$error_call)
  }
  warn_few_on_line(prep)
  pairs <- core_match_line(
    prep$distance, prep$focal, prep$retained, prep$strata %||% integer(), tie_priority(prep), as.integer(prep$ratio),
    line_caliper(prep)
  )
  list(pairs = pairs, reused = FALSE)
}

match_full <- function(prep) {
  check_on_line(prep)
  bounded <- prep$min.controls > 0 || is.finite(prep$max.controls) || !is.null(prep$dots$omit.fraction) || !is.null(prep$dots$mean.controls)
  if (bounded) {
    sm_abort(c(
      "{.code method = \"full\"} is unrestricted.",
      x = "{.arg min.controls}, {.arg max.controls}, {.arg mean.controls} and {.arg omit.fraction} would bound its sets."
    ), "match", prep$error_call)
  }
  list(subclass = core_match_line_full(
    prep$distance, prep$focal, prep$retained, prep$strata %||% integer(), tie_priority(prep), line_caliper(prep)
  ))
}

# One score, one caliper, exact strata: everything else couples pairs in a way that a line cannot hold.
check_on_line <- function(prep) {
  if (is.null(prep$distance) || !is.null(prep$transform)) {
    sm_abort(c(
      "{.code method = {.val {prep$method}}} needs a score.",
      x = "{.arg distance} is {if (is.null(prep$transform)) 'a matrix' else prep$transform}."
    ), "match", prep$error_call)
  }
  coupled <- c("mahvars", "antiexact")[!c(is.null(prep$mahvars_frame), is.null(prep$antiexact_frame))]
  if (length(coupled) > 0) {
    sm_abort(c(
      "{.code method = {.val {prep$method}}} matches on the score alone, within {.arg exact} strata.",
      x = "{.arg {coupled}} {?is/are} not possible with it.", i = "{.code method = \"nearest\"} has {.arg antiexact}."
    ), "match", prep$error_call)
  }
  if (any(nzchar(names(prep$caliper))) || any(prep$caliper < 0)) {
    sm_abort(c(
      "{.code method = {.val {prep$method}}} has one caliper, the largest difference of the score.",
      x = if (any(prep$caliper < 0)) "A caliper is negative." else "There {?is/are} caliper{?s} on {.field {names(prep$caliper)[nzchar(names(prep$caliper))]}}."
    ), "match", prep$error_call)
  }
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
