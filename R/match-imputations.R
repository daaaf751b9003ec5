#' Matching after multiple imputation
#'
#' Matches in every imputed table. [fit_cox()] with the result as data fits each and pools the fits by Rubin's rules.
#'
#' @param formula (formula) `treatment ~ covariates`. Default: that of the first table, if it is a cohort.
#' @param data (`mids` of package mice, or a list of at least two cohorts or data frames with the same patients in the same
#'   order, one for each imputation).
#' @param approach (string) `"within"`: each table has its own score and its own match; `"across"`: the scores of a patient
#'   are averaged over the tables, and the average is the distance in each.
#' @param ... further arguments of [match_cohort()], the same for all; `data` columns that they name are looked up in each
#'   table.
#' @return An object of class `imputed_matches`: a list with `matches` (a `matched_cohort` for each imputation),
#'   `approach` and `call`. [matched_data()] stacks the matched rows, with the imputation in `.imp`; [assess_balance()] takes
#'   single elements of `matches`.
#' @section Errors: `survmatch_error_match`.
#' @references Mitra R, Reiter JP (2016). A comparison of two methods of estimating propensity scores after multiple
#' imputation. Statistical Methods in Medical Research 25:188-204.
#' @family matching
#' @examples
#' # two stand-ins for imputed tables
#' first <- second <- survival::rotterdam[1:500, ]
#' second$nodes <- second$nodes + rep(0:1, 250)
#' matched <- match_imputations(hormon ~ age + nodes, list(first, second), caliper = 0.2)
#' matched
#' fit_cox(Surv(dtime, death) ~ hormon, data = matched)
#' @export
match_imputations <- function(formula, data, approach = c("within", "across"), ...) {
  here <- rlang::current_env()
  approach <- pick_choice(approach)
  tables <- imputed_tables(data, here)
  formula <- check_match_formula(if (missing(formula)) stats::formula(tables[[1]]) else formula, here)
  given <- list(...)
  if (approach == "across") given$distance <- average_score(formula, tables, given, here)
  matches <- lapply(cli_progress_along(tables, "Matching"), function(k) {
    do.call(match_cohort, c(list(formula = formula, data = tables[[k]]), given))
  })
  structure(list(matches = matches, approach = approach, call = match.call()), class = "imputed_matches")
}

imputed_tables <- function(data, call) {
  if (inherits(data, "mids")) {
    rlang::check_installed("mice", "to read imputed tables.")
    data <- mice::complete(data, "all")
  }
  fine <- is.list(data) && !is.data.frame(data) && length(data) >= 2 && all(vapply(data, is.data.frame, NA))
  if (!fine) {
    sm_abort(c(
      "{.arg data} must be a {.cls mids} or a list of at least two data frames.", x = "It is {.obj_type_friendly {data}}."
    ), "match", call)
  }
  rows <- vapply(data, nrow, 1L)
  if (length(unique(rows)) > 1) {
    sm_abort(c("All imputed tables must have the same patients.", x = "They have {rows} rows."), "match", call)
  }
  unname(lapply(data, function(table) if (inherits(table, "cohort")) table else as.data.frame(table)))
}

# The score of match_cohort() in each table, averaged.
average_score <- function(formula, tables, given, call) {
  distance <- given$distance %||% "glm"
  if (!identical(distance, "glm")) {
    sm_abort(c(
      "{.code approach = \"across\"} averages scores that are fitted here.", i = "Leave {.arg distance} out, or average yours and give it."
    ), "match", call)
  }
  own <- given[intersect(names(given), c("link", "distance.options", "s.weights", "estimand"))]
  scores <- lapply(tables, function(table) {
    do.call(match_cohort, c(list(formula = formula, data = table, method = NULL), own))$distance
  })
  Reduce(`+`, lapply(scores, as.double)) / length(scores)
}

#' @export
print.imputed_matches <- function(x, ...) {
  pairs <- vapply(x$matches, function(m) c(sum(m$weights > 0 & m$treat == 1), sum(m$weights > 0 & m$treat == 0)), numeric(2))
  always <- Reduce(`&`, lapply(x$matches, function(m) m$weights > 0))
  ever <- Reduce(`|`, lapply(x$matches, function(m) m$weights > 0))
  cat(
    "Matched in ", length(x$matches), " imputed tables, ",
    if (x$approach == "within") "each with its own score" else "on the score averaged over the tables", "\n",
    " - matched: ", range_words(pairs[1, ]), " treated, ", range_words(pairs[2, ]), " control\n",
    " - patients matched in every table: ", sum(always), "; in some: ", sum(ever) - sum(always), "\n", sep = ""
  )
  invisible(x)
}

range_words <- function(x) if (min(x) == max(x)) format(x[1]) else paste(min(x), "to", max(x))

#' @rdname match_imputations
#' @param x (`imputed_matches`).
#' @export
matched_data.imputed_matches <- function(x, ...) {
  do.call(rbind, lapply(seq_along(x$matches), function(k) {
    rows <- as.data.frame(plain_frame(matched_data(x$matches[[k]], ...)))
    cbind(.imp = k, rows, row.names = NULL)
  }))
}
