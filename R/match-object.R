# From what a method found to the object: sets, weights, names (late: they are what costs), info; print; matched rows.

# `found` is a list with one of
# pairs (integer matrix, a row for each focal patient in data order, row numbers of partners, NA for none) and reused
# (flag)
#   subclass (integer codes, NA for unmatched), optionally pairs beside it
#   weights (numeric)
# and optionally obj, q.cut.
build_matchit <- function(prep, found) {
  found <- complete_sets(prep, found)
  weights <- found$weights
  if (prep$normalize) weights <- core_scale_to_arm_sizes(weights, prep$treat)

  named <- function(values) if (is.null(values)) NULL else stats::setNames(values, prep$row_names)
  treat <- structure(prep$treat, names = prep$row_names, checked = TRUE)
  object <- list(
    match.matrix = named_pairs(found$pairs, prep), subclass = named_sets(found$subclass, prep),
    weights = named(weights),
    X = all_covariates(prep), call = prep$call, info = match_info(prep, found), estimand = prep$estimand,
    formula = prep$formula,
    treat = treat, distance = named(prep$distance), discarded = named(prep$discarded), s.weights = prep$s.weights,
    exact = attr(prep$exact_frame, "terms"), mahvars = attr(prep$mahvars_frame, "terms"), caliper = prep$caliper,
    q.cut = found$q.cut,
    model = prep$model, obj = if (prep$include.obj) found$obj
  )
  object[lengths(object) == 0L] <- NULL
  object$data <- prep$data
  # what verify_match() cannot read off a matchit object
  limits <- prep$dots[intersect(names(prep$dots), c("min.controls", "max.controls", "mean.controls", "omit.fraction", "penalty"))]
  limits$category <- prep$category
  classes <- c("matched_cohort", if (identical(prep$method, "subclass")) "matchit.subclass", "matchit")
  structure(object, solver = found$solver, limits = if (length(limits) > 0) limits, class = classes)
}

complete_sets <- function(prep, found) {
  if (!is.null(found$weights)) return(found)
  if (isTRUE(found$reused)) {
    found$weights <- core_weights_of_pairs(found$pairs, prep$focal)
  } else if (is.null(found$subclass)) {
    found$subclass <- core_sets_of_pairs(found$pairs, prep$focal)
    found$weights <- core_weights_of_sets(found$subclass, prep$focal, "ATT", NULL)
  } else {
    found$weights <- core_weights_of_sets(found$subclass, prep$treat, prep$estimand, found$mass)
  }
  check_anybody_matched(prep, !all(is.na(found$pairs %||% found$subclass)))
  found
}

check_anybody_matched <- function(prep, anybody) {
  if (anybody) return(invisible())
  sm_abort(c(
    "At least one pair must be matched.",
    x = "No patient of the {arm_words(prep)[1]} arm has a partner that the rules allow.",
    i = "Look at the overlap of the score, widen the caliper, or use fewer exact columns."
  ), "match", prep$error_call)
}

named_pairs <- function(pairs, prep) {
  if (is.null(pairs)) return(NULL)
  # names made of row numbers stay numbers until somebody reads them, which matrix() would
  partners <- prep$row_names[pairs]
  dim(partners) <- dim(pairs)
  rownames(partners) <- prep$row_names[which(prep$focal == 1L)]
  partners
}

named_sets <- function(codes, prep) {
  if (is.null(codes)) return(NULL)
  n <- max(codes, na.rm = TRUE)
  structure(codes, levels = as.character(seq_len(n)), class = "factor", names = prep$row_names)
}

# The covariates of the formula, then columns that only other arguments name.
all_covariates <- function(prep) {
  X <- if (ncol(prep$covariates) > 0) prep$covariates
  outside <- prep$caliper_frame[setdiff(
    names(prep$caliper_frame), c(names(prep$covariates), names(prep$mahvars_frame))
  )]
  for (frame in list(prep$exact_frame, prep$mahvars_frame, outside, prep$antiexact_frame)) {
    new <- setdiff(names(frame), names(X))
    if (length(new) == 0) next
    X <- if (is.null(X)) frame[new] else cbind(X, frame[new])
  }
  X
}

match_info <- function(prep, found) {
  with_ratio <- isTRUE(prep$method %in% c("nearest", "optimal"))
  list(
    method = prep$method, normalize = prep$normalize,
    distance = if (is.null(prep$transform)) prep$distance_info else "mahalanobis", # whatever `transform` is, as in MatchIt
    link = if (!identical(prep$distance_info, "user")) prep$link, discard = prep$discard,
    replace = if (identical(prep$method, "nearest")) prep$replace, ratio = if (with_ratio) as_info_ratio(prep),
    max.controls = if (with_ratio) prep$max.controls,
    mahalanobis = !is.null(prep$transform) || !is.null(prep$mahvars_frame),
    transform = prep$transform, subclass = if (identical(prep$method, "subclass")) length(
      unique(stats::na.omit(found$subclass))
    ),
    antiexact = names(prep$antiexact_frame), distance_is_matrix = !is.null(prep$distance_matrix)
  )
}

as_info_ratio <- function(prep) {
  ratio <- prep$ratio
  attr(ratio, "min.controls") <- prep$min.controls
  attr(ratio, "max.controls") <- prep$max.controls
  ratio
}

#' @export
print.matched_cohort <- function(x, ...) {
  info <- x$info
  arms <- paste(sum(x$treat == 1L), "treated,", sum(x$treat == 0L), "control")
  used <- paste(sum(x$treat == 1L & x$weights > 0), "treated,", sum(x$treat == 0L & x$weights > 0), "control")
  cat("A matched cohort (`matchit` object)\n")
  cat(" - method: ", method_words(info), "\n", sep = "")
  cat(" - distance: ", distance_words(x), "\n", sep = "")
  if (!is.null(x$caliper)) cat(" - caliper: ", caliper_words(x$caliper), "\n", sep = "")
  if (!is.null(x$exact)) cat(" - exact on: ", paste(attr(x$exact, "term.labels"), collapse = ", "), "\n", sep = "")
  if (is.logical(info$discard) || !identical(info$discard, "none")) cat(
    " - left out for lack of common support: ", sum(x$discarded), "\n", sep = ""
  )
  cat(" - patients: ", length(x$treat), " (", arms, "); matched: ", sum(x$weights > 0), " (", used, ")\n", sep = "")
  if (!is.null(x$s.weights)) cat(" - sampling weights: present\n")
  if (!is.null(attr(x, "solver"))) cat(" - solver: ", solver_words(attr(x, "solver")), "\n", sep = "")
  cat(" - estimand: ", estimand_words(x), "\n", sep = "")
  if (!is.null(x$X)) cat(
    " - covariates: ", if (ncol(x$X) > 40) paste(ncol(x$X), "columns") else paste(names(x$X), collapse = ", "), "\n",
    sep = ""
  )
  invisible(x)
}

solver_words <- function(solver) {
  paste0(
    solver$solver, ", ", if (solver$optimal) "the largest sample" else "not proved to be the largest sample",
    if (!is.na(solver$gap) && !solver$optimal) paste0(" (gap to the bound ", format_percent(solver$gap), ")")
  )
}

method_words <- function(info) {
  name <- switch(info$method %||% "none",
    none = "none (no matching)", nearest = "nearest neighbour matching", optimal = "optimal matching",
    full = "optimal full matching",
    exact = "exact matching", cem = "coarsened exact matching", quick = "generalized full matching",
    cardinality = "cardinality matching",
    subclass = paste0("subclassification (", info$subclass, " subclasses)")
  )
  ratio <- if (!is.null(info$ratio)) paste0(
    if (!is.null(info$max.controls)) "variable ratio ", round(info$ratio, 2), ":1 "
  )
  replace <- if (!is.null(info$replace)) if (isTRUE(as.logical(info$replace))) " with replacement" else " without replacement"
  paste0(ratio, name, replace)
}

distance_words <- function(x) {
  info <- x$info
  score <- if (is.null(info$distance) || !is.null(info$transform)) {
    NULL
  } else if (info$distance_is_matrix) {
    "given matrix"
  } else if (info$distance == "user") {
    "given score"
  } else {
    paste0(
      "propensity score, ", sub("^linear\\.", "", info$link), " model",
      if (startsWith(info$link, "linear")) ", on its linear scale"
    )
  }
  between <- if (info$mahalanobis) gsub("_", " ", info$transform %||% "mahalanobis")
  if (is.null(score) && is.null(between)) return("none")
  paste(c(between, score), collapse = "; ")
}

caliper_words <- function(caliper) {
  paste0(
    ifelse(nzchar(names(caliper)), names(caliper), "score"), " ", format(round(caliper, 3), trim = TRUE),
    collapse = ", "
  )
}

# The estimand by its name, and who it no longer speaks for when patients of its arm were lost.
estimand_words <- function(x) {
  if (is.null(x$info$method) || x$estimand == "ATE") return(x$estimand)
  focal <- x$treat == (if (x$estimand == "ATC") 0L else 1L)
  lost <- sum(focal & x$weights == 0)
  if (lost == 0) return(x$estimand)
  arm <- if (x$estimand == "ATC") "control" else "treated"
  paste0(arm, " patients with a comparable partner, not ", x$estimand, ": ", lost, " of ", sum(focal), " have none")
}

#' Matched rows
#'
#' The rows of the data that were matched, with their weights, sets and scores: what the estimators read.
#'
#' @param x (`matched_cohort`, `matchit` or `risk_set_cohort`).
#' @param group (string) `"all"`, `"treated"` or `"control"`.
#' @param distance,weights,subclass (strings) names of the added columns; none may be a column of the data.
#' @param data (data frame or NULL) other columns of the same patients, in the same order. `NULL`: the data that were
#'   matched.
#' @param include.s.weights (flag) multiply the matching weights by the sampling weights?
#' @param drop.unmatched (flag) leave out patients with weight 0?
#' @param ... for methods.
#' @return The rows, with the class and the roles of the data (a `cohort` stays one) and class `matchdata` in front, as
#'   `MatchIt::match_data()` gives them: column `distance` (if there is a score), `weights` (numeric) and `subclass`
#'   (factor; absent after matching with replacement).
#' @section Errors: `survmatch_error_match`: a name is taken, or `data` has other rows.
#' @family matching
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' matched <- match_cohort(hormon ~ age + nodes, data = breast)
#' nrow(matched_data(matched))
#' nrow(matched_data(matched, group = "treated"))
#' @export
matched_data <- function(x, ...) UseMethod("matched_data")

#' @rdname matched_data
#' @export
matched_data.matched_cohort <- function(x, group = "all", distance = "distance", weights = "weights",
                                        subclass = "subclass", data = NULL,
                                        include.s.weights = TRUE, drop.unmatched = TRUE, ...) {
  rlang::check_dots_empty()
  here <- rlang::current_env()
  check_choice(group, "group", c("all", "treated", "control"), here)
  for (flag in c("include.s.weights", "drop.unmatched")) check_flag(get(flag), flag, here)
  for (name in c("distance", "weights", "subclass")) {
    if (!rlang::is_string(get(name)) || !nzchar(get(name))) {
      sm_abort(c("{.arg {name}} must be the name of a column to add.", x = "It is {shown(get(name))}."), "match")
    }
  }
  source <- data %||% x$data
  if (!is.data.frame(source) || nrow(source) != length(x$treat)) {
    sm_abort(c(
      "{.arg data} must have the rows that were matched.",
      x = "It has {NROW(source)}; {length(x$treat)} were matched from."
    ), "match")
  }
  added <- list(x$distance, x$weights, x$subclass)
  names(added) <- c(distance, weights, subclass)
  if (include.s.weights && !is.null(x$s.weights)) added[[2]] <- added[[2]] * x$s.weights
  added <- added[lengths(added) > 0]
  taken <- intersect(names(added), names(source))
  if (length(taken) > 0) {
    sm_abort(c(
      "The added columns must have names of their own.", x = "{.val {taken}} {?is/are} already in the data.",
      i = "Choose others with {.arg distance}, {.arg weights}, {.arg subclass}."
    ), "match")
  }
  keep <- rep.int(TRUE, nrow(source))
  if (drop.unmatched) keep <- keep & x$weights > 0
  if (group != "all") keep <- keep & x$treat == (group == "treated")
  take_rows(source, added, keep, c(distance = distance, weights = weights, subclass = subclass))
}

#' @rdname matched_data
#' @export
matched_data.matchit <- function(x, ...) {
  rlang::check_installed("MatchIt")
  MatchIt::match_data(x, ...)
}

#' @rdname matched_data
#' @export
matched_data.default <- function(x, ...) {
  sm_abort(c("{.arg x} must be a matched cohort.", x = "It is {.obj_type_friendly {x}}."), "match")
}

take_rows <- function(source, added, keep, roles) {
  rows <- plain_frame(source)
  rows[names(added)] <- added
  rows <- rows[keep, , drop = FALSE]
  for (name in setdiff(
    names(attributes(source)), c("names", "row.names", "class")
  )) attr(rows, name) <- attr(source, name)
  for (role in names(roles)) if (roles[[role]] %in% names(added)) attr(rows, role) <- roles[[role]]
  class(rows) <- c("matchdata", class(source))
  rows
}
