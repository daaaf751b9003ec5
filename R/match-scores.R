#' Optimal pairs of two score vectors
#'
#' The exact optimum of [match_cohort()] with `method = "optimal"` for those who have a score and an arm and want pairs:
#' no formula, no data, no object.
#'
#' @param score (numeric, n values, nothing missing) one-dimensional distance: a propensity score or its logit.
#' @param treat (logical, or 0 and 1, n values) who looks for partners.
#' @param caliper (number >= 0 or NULL) the largest difference in a pair, in the unit of the score.
#' @param ratio (whole number) how many partners at most.
#' @param exact (vector, n values, or NULL) pairs must agree in it.
#' @return An integer matrix with columns `treated` and `control`: the positions of the members of each pair, in the order
#'   of the treated.
#' @section Method: see [match_cohort()]. Of units with the same score the one that comes first is taken first.
#' @section Errors: `survmatch_error_match`.
#' @family matching
#' @examples
#' score <- c(0.2, 0.5, 0.52, 0.9, 0.21, 0.55)
#' match_scores(score, treat = c(1, 1, 0, 1, 0, 0), caliper = 0.1)
#' @export
match_scores <- function(score, treat, caliper = NULL, ratio = 1, exact = NULL) {
  prep <- list(error_call = rlang::current_env())
  n <- length(score)
  if (!is.numeric(score) || core_count_not_finite(core_plain_doubles(score)) > 0) {
    sm_abort("{.arg score} must be finite numbers.", "match")
  }
  number <- is.logical(treat) || is.numeric(treat)
  arms <- number && length(treat) == n && (core_is_zero_one(treat) || (!anyNA(treat) && all(treat == 0 | treat == 1)))
  if (!arms) sm_abort("{.arg treat} must be 0 or 1, one value a score.", "match")
  if (!is.null(caliper)) check_number(caliper, "caliper", 0, prep)
  check_number(ratio, "ratio", 1, prep, whole = TRUE)
  check_ratio_attainable(ratio, n, prep$error_call)
  if (!is.null(exact) && (length(exact) != n || anyNA(exact))) {
    sm_abort("{.arg exact} must have one value a score, none missing.", "match")
  }
  core_match_scores(
    core_plain_doubles(score), as.integer(treat), if (is.null(exact)) integer() else match(exact, unique(exact)),
    as.integer(ratio), caliper %||% NA_real_, thread_count(prep$error_call)
  )
}
