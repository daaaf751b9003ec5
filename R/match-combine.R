#' Matched cohorts side by side
#'
#' `rbind()` puts matches of different patients into one, for estimates over all of them; `match_subgroups()` matches
#' within each subgroup, with a score, a caliper and a discarding of its own, and puts the matches together.
#'
#' @param ... for `rbind()`: `matched_cohort`s made with the same method and estimand from tables with the same columns; no
#'   patient twice. For `match_subgroups()`: further arguments of [match_cohort()].
#' @param deparse.level as in [rbind()]; not used.
#' @param formula (formula) `treatment ~ covariates`; columns of `by` that are constant in a subgroup are left out of its
#'   score. Default: the formula of the cohort.
#' @param data (`cohort` or data frame, one row a patient).
#' @param by (one-sided formula or character) columns whose combinations are the subgroups.
#' @return A `matched_cohort`. Sets are numbered anew and weights made again from all sets, so that a set counts as it
#'   would in one match; calipers are those of each part and not kept. Subgroups without one of the arms, or in which
#'   nobody can be matched, have nobody matched, with a warning. The attribute `parts` is a data frame: `part` (subgroup or
#'   number), `patients`, `matched_treated`, `matched_control`, `caliper` (of the score).
#' @section Errors: `survmatch_error_match`. `survmatch_warning_match` for subgroups without matches.
#' @family matching
#' @examples
#' breast <- survival::rotterdam
#' both <- match_subgroups(hormon ~ age + size + nodes, breast, by = ~meno, caliper = 0.2)
#' both
#' fit_cox(Surv(dtime, death) ~ hormon, data = both)
#' before <- match_cohort(hormon ~ age + nodes, data = breast[breast$meno == 0, ])
#' after <- match_cohort(hormon ~ age + nodes, data = breast[breast$meno == 1, ])
#' rbind(before, after)
#' @export
match_subgroups <- function(formula, data, by, ...) {
  here <- rlang::current_env()
  call <- match.call()
  check_match_data(if (missing(data)) NULL else data, here)
  formula <- check_match_formula(if (missing(formula)) stats::formula(data) else formula, here)
  if (missing(by) || is.null(by)) sm_abort("{.arg by} must name the columns that make the subgroups.", "match")
  columns <- read_columns(by, "by", list(data = data, formula = formula, error_call = here))
  code <- stratum_codes(columns)
  rows <- split(seq_along(code), code)
  labels <- vapply(rows, function(r) paste(vapply(columns[r[1], , drop = FALSE], as.character, ""), collapse = ", "), "")
  parts <- lapply(rows, function(r) attempt_match(without_constants(formula, data[r, ], names(columns)), data[r, ], ...))
  lost <- vapply(parts, inherits, NA, "not_estimable")
  if (all(lost)) sm_abort(c("Some subgroup must have a match.", x = parts[[1]]$why), "match", here)
  if (any(lost)) {
    sm_warn(c(
      "{sum(lost)} subgroup{?s} {?is/are} without a match: {.val {unname(labels[lost])}}.", x = "{parts[[which(lost)[1]]]$why}"
    ), "match", here)
  }
  seen <- formula_sees_data(formula, call, data)
  combine_matches(parts[!lost], rows[!lost], data, seen$formula, seen$call, labels[!lost])
}

attempt_match <- function(...) {
  tryCatch(match_cohort(...), survmatch_error_match = function(e) {
    structure(list(why = cli::ansi_strip(conditionMessage(e))), class = "not_estimable")
  })
}

# Without the columns of `by` that cannot differ here.
without_constants <- function(formula, rows, by) {
  constant <- Filter(function(name) name %in% all.vars(formula[[3]]) && length(unique(rows[[name]])) == 1, by)
  for (name in constant) formula <- stats::update(formula, stats::as.formula(sprintf(". ~ . - `%s`", name)))
  formula
}

#' @rdname match_subgroups
#' @method rbind matched_cohort
#' @export
rbind.matched_cohort <- function(..., deparse.level = 1) {
  here <- rlang::current_env()
  parts <- Filter(Negate(is.null), list(...))
  check_parts(parts, here)
  tables <- lapply(parts, `[[`, "data")
  data <- stack_tables(lapply(tables, plain_frame))
  names <- unlist(lapply(parts, function(p) names(p$treat)))
  if (!anyDuplicated(names)) attr(data, "row.names") <- names
  for (name in setdiff(names(attributes(tables[[1]])), names(attributes(data)))) attr(data, name) <- attr(tables[[1]], name)
  class(data) <- class(tables[[1]])
  sizes <- vapply(parts, function(p) length(p$treat), 1L)
  rows <- split(seq_len(sum(sizes)), rep(seq_along(parts), sizes))
  seen <- formula_sees_data(parts[[1]]$formula, quote(rbind(data = data)), data)
  labels <- rlang::names2(list(...))[!vapply(list(...), is.null, NA)]
  combine_matches(parts, rows, data, seen$formula, seen$call, ifelse(nzchar(labels), labels, seq_along(parts)))
}

# Below each other, column by column: rbind() of data frames takes Surv columns for matrices.
stack_tables <- function(tables) {
  columns <- lapply(names(tables[[1]]), function(name) {
    values <- lapply(tables, `[[`, name)
    if (is.matrix(values[[1]]) && !survival::is.Surv(values[[1]])) do.call(rbind, values) else do.call(c, values)
  })
  names(columns) <- names(tables[[1]])
  structure(columns, class = "data.frame", row.names = .set_row_names(sum(vapply(tables, nrow, 1L))))
}

check_parts <- function(parts, call) {
  fine <- vapply(parts, function(p) inherits(p, "matched_cohort") && !inherits(p, "risk_set_cohort"), NA)
  if (!all(fine)) {
    sm_abort(c(
      "{.fn rbind} of matched cohorts takes {.cls matched_cohort}s.", x = "Argument {which(!fine)[1]} is not one.",
      i = "Sets made at the start of treatment are put together as data: {.fn matched_data}."
    ), "match", call)
  }
  same <- function(what) length(unique(lapply(parts, what))) == 1
  if (!same(function(p) p$info$method) || !same(function(p) p$estimand) || !same(function(p) sort(names(p$data)))) {
    sm_abort("The matched cohorts must have the same method, estimand and columns.", "match", call)
  }
}

# One object of the matches of `rows` of `data`.
combine_matches <- function(parts, rows, data, formula, call, labels) {
  n <- nrow(data)
  first <- parts[[1]]
  prep <- list(data = data, row_names = row.names(data), estimand = first$estimand)
  prep$treat <- place_values(parts, rows, n, function(p) as.integer(p$treat), 0L)
  prep$treat[-unlist(rows)] <- treatment_of_others(formula, data, unlist(rows))
  focal <- if (identical(first$estimand, "ATC")) 1L - prep$treat else prep$treat
  sampling <- if (!is.null(first$s.weights)) place_values(parts, rows, n, function(p) as.double(p$s.weights), 1)
  strata <- first$info$method %in% c("exact", "cem", "subclass")
  found <- combined_sets(parts, rows, focal, prep, if (strata) sampling)
  if (isTRUE(first$info$normalize)) found$weights <- core_scale_to_arm_sizes(found$weights, prep$treat)
  named <- function(values) if (!is.null(values)) stats::setNames(values, prep$row_names)
  scored <- !is.null(first$distance)
  object <- list(
    match.matrix = if (!is.null(found$pairs)) named_pairs(found$pairs, c(prep, list(focal = focal))),
    subclass = named_sets(found$subclass, prep), weights = named(found$weights), X = combined_columns(parts, data, rows),
    call = call, info = first$info, estimand = first$estimand, formula = formula,
    treat = structure(named(prep$treat), checked = TRUE),
    distance = if (scored) named(place_values(parts, rows, n, function(p) as.double(p$distance), NA_real_)),
    discarded = named(place_values(parts, rows, n, function(p) as.vector(p$discarded), TRUE)), s.weights = named(sampling)
  )
  object[lengths(object) == 0L] <- NULL
  object$data <- data
  structure(object, parts = parts_table(parts, labels), class = class(first))
}

# Values of the parts at their rows of the whole.
place_values <- function(parts, rows, n, values, empty) {
  out <- rep(empty, n)
  for (k in seq_along(parts)) out[rows[[k]]] <- values(parts[[k]])
  out
}

treatment_of_others <- function(formula, data, covered) {
  others <- setdiff(seq_len(nrow(data)), covered)
  if (length(others) == 0) return(integer())
  prep <- list(data = data, terms = stats::terms(formula, data = plain_frame(data)), error_call = NULL)
  read_treatment(prep)[others]
}

# Pairs and sets numbered over all parts, and the weights that they have together.
combined_sets <- function(parts, rows, focal, prep, mass) {
  n <- length(focal)
  found <- list()
  if (!is.null(parts[[1]]$match.matrix)) {
    found$pairs <- matrix(NA_integer_, sum(focal), max(vapply(parts, function(p) ncol(p$match.matrix), 1L)))
    place <- cumsum(focal)
    for (k in seq_along(parts)) {
      matrix <- parts[[k]]$match.matrix
      mine <- match(rownames(matrix), names(parts[[k]]$treat))
      partner <- rows[[k]][match(matrix, names(parts[[k]]$treat))]
      found$pairs[place[rows[[k]][mine]], seq_len(ncol(matrix))] <- partner
    }
  }
  if (is.null(parts[[1]]$subclass)) {
    found$weights <- core_weights_of_pairs(found$pairs, focal)
    return(found)
  }
  last <- 0L
  found$subclass <- rep(NA_integer_, n)
  for (k in seq_along(parts)) {
    found$subclass[rows[[k]]] <- last + as.integer(parts[[k]]$subclass)
    last <- last + nlevels(parts[[k]]$subclass)
  }
  found$subclass <- match(found$subclass, sort(unique(found$subclass)))
  estimand <- if (is.null(found$pairs)) prep$estimand else "ATT"
  found$weights <- core_weights_of_sets(found$subclass, if (is.null(found$pairs)) prep$treat else focal, estimand, if (is.null(found$pairs)) mass)
  found
}

combined_columns <- function(parts, data, rows) {
  names <- unique(unlist(lapply(parts, function(p) names(p$X))))
  if (length(names) == 0) return(NULL)
  plain <- plain_frame(data)
  if (all(names %in% names(plain))) return(plain[names])
  shared <- Reduce(intersect, lapply(parts, function(p) names(p$X)))
  X <- do.call(rbind, lapply(parts, function(p) p$X[shared]))
  X[order(unlist(rows)), , drop = FALSE]
}

parts_table <- function(parts, labels) {
  count <- function(arm) vapply(parts, function(p) sum(p$treat == arm & p$weights > 0), 1L)
  caliper <- vapply(parts, function(p) if ("" %in% names(p$caliper)) p$caliper[[which(names(p$caliper) == "")]] else NA_real_, 0)
  data.frame(
    part = as.character(labels), patients = vapply(parts, function(p) length(p$treat), 1L), matched_treated = count(1),
    matched_control = count(0), caliper = caliper, row.names = NULL
  )
}
