#' Leave patients out of a cohort, with their count
#'
#' @param cohort (`cohort`) from [as_cohort()].
#' @param ... conditions on the columns of the cohort, each named by what it asks: patients who meet it stay. Where a
#'   condition is `NA` it is not met, and that is said.
#' @return The cohort of those who meet every condition; each condition is a line of its [attrition()] log. Levels that
#'   nobody has any more are dropped.
#' @section Errors:
#' `survmatch_error_cohort` (not a cohort, a condition that is not one logical a patient, an arm left without patients).
#' @family cohort
#' @examples
#' cohort <- as_cohort(survival::rotterdam,
#'   treatment = hormon, covariates = c(age, nodes),
#'   endpoints = list(os = Surv(dtime, death)), from_unit = "days"
#' )
#' attrition(restrict_cohort(cohort, "Node-positive" = nodes > 0, "At most 80 years" = age <= 80))
#' @export
restrict_cohort <- function(cohort, ...) {
  call <- rlang::current_env()
  if (!inherits(cohort, "cohort")) cohort_abort(
    c("{.arg cohort} must be a cohort.", i = "Make one with {.fn as_cohort}."), "table", call
  )
  conditions <- rlang::enquos(...)
  for (i in seq_along(conditions)) {
    label <- names(conditions)[i]
    if (!nzchar(label)) label <- rlang::as_label(conditions[[i]])
    cohort <- keep_where(cohort, conditions[[i]], label, call)
  }
  cohort
}

keep_where <- function(cohort, condition, label, call) {
  met <- tryCatch(rlang::eval_tidy(condition, as.data.frame(cohort)), error = function(e) {
    cohort_abort(
      c("A condition could not be evaluated: {.val {label}}.", x = "{cli::ansi_strip(conditionMessage(e))}"), "table",
      call
    )
  })
  if (!is.logical(met) || length(met) != nrow(cohort)) {
    cohort_abort(
      c("A condition must be TRUE or FALSE for each patient.", x = "{.val {label}} is {.obj_type_friendly {met}}."),
      "table", call
    )
  }
  unknown <- sum(is.na(met))
  if (unknown > 0) sm_inform(
    "{unknown} patient{?s} {?is/are} left out because {.val {label}} is not known of {?it/them}.", "unknown_condition"
  )
  roles <- cohort_roles(cohort)
  rows <- as.data.frame(cohort)[which(met), , drop = FALSE]
  treated <- is_treated(rows[[roles$treatment]], roles)
  if (!any(treated) || all(treated)) {
    cohort_abort(
      c(
        "Both arms must keep patients.",
        x = "{.val {label}} leaves {sum(treated)} treated and {sum(!treated)} untreated."
      ),
      "table", call
    )
  }
  for (column in c(
    roles$covariates, roles$centre
  )) if (is.factor(rows[[column]])) rows[[column]] <- droplevels(rows[[column]])
  log_step(new_cohort(rows, roles, attrition(cohort)), cohort, label)
}
