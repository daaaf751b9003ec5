# Generalized full matching: sets of bounded size, by the package quickmatch. Higgins, Savje & Sekhon (2016) PNAS 113:7369;
# Savje, Higgins & Sekhon (2021) Political Analysis 29:423.

match_quick <- function(prep) {
  rlang::check_installed("quickmatch", "for generalized full matching.")
  check_quick(prep)
  points <- match_points(prep) %||% as.matrix(prep$distance)
  rownames(points) <- prep$row_names
  treat <- stats::setNames(prep$treat, prep$row_names)
  strata <- prep$strata %||% rep.int(1L, length(prep$treat))
  given <- prep$dots
  given$caliper <- if (!is.null(prep$caliper)) unname(prep$caliper)
  sets <- rep(NA_character_, length(strata))
  solved <- list()
  for (rows in split(which(prep$retained), strata[prep$retained])) {
    found <- quick_sets(points[rows, , drop = FALSE], treat[rows], given, prep)
    solved <- c(solved, list(found))
    kept <- !is.na(found)
    sets[rows[kept]] <- paste(as.character(found[kept]), strata[rows[1]], sep = "|")
  }
  # numbered as MatchIt does, in the order of the names
  list(subclass = as.integer(factor(sets)), mass = prep$s.weights, obj = if (length(solved) == 1) solved[[1]] else solved)
}

quick_sets <- function(points, treat, given, prep) {
  tryCatch(do.call(quickmatch::quickmatch, c(list(distances = points, treatments = treat), given)), error = function(e) {
    sm_abort(c("{.pkg quickmatch} must find sets.", x = "{conditionMessage(e)}"), "match", prep$error_call)
  })
}

check_quick <- function(prep) {
  if (!is.null(prep$distance_matrix)) {
    sm_abort("{.arg distance} cannot be a matrix with {.code method = \"quick\"}.", "match", prep$error_call)
  }
  if (is.null(prep$caliper)) return(invisible())
  if (any(nzchar(names(prep$caliper)))) {
    sm_abort("With {.code method = \"quick\"} calipers cannot be on covariates.", "match", prep$error_call)
  }
  if (is.null(prep$mahvars_frame)) return(invisible())
  sm_abort("With {.code method = \"quick\"} a caliper cannot be used together with {.arg mahvars}.", "match", prep$error_call)
}
