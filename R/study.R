#' A matched survival study in one call
#'
#' Takes a checked cohort through the whole study: propensity score, matching, balance, survival estimates that
#' respect the matched sets, tables, and the checks that a reviewer would make. It calls the verbs of this package
#' and nothing else, so every step can be repeated by hand.
#'
#' The design (score formula, distance, method, ratio, caliper, exact strata, estimand, adjustment covariates, time
#' horizon) is fixed and hashed on a table from which the endpoints have been removed; only then are the outcomes read.
#'
#' @param cohort (`cohort`) made by [as_cohort()].
#' @param formula (formula) the score model, `treatment ~ covariates`; default all covariates of the cohort.
#' @param endpoints (character) endpoints to analyse, names in the cohort; default all of them. The first is the
#'   main one.
#' @param method (string) `"optimal"` (the most pairs within the caliper, then the least total distance), `"nearest"` or
#'   `"full"`.
#' @param ratio,replace,m.order,estimand as in [match_cohort()]; `replace` and `m.order` are for `method = "nearest"`.
#' @param caliper (numeric, or NULL) width of the caliper on the logit of the score, in pooled within-arm standard
#'   deviations of that logit (Austin 2011): the absolute width is `caliper * sqrt((s1^2 + s0^2) / 2)`.
#' @param exact_centre (logical or NULL) match within centres? `NULL`: if the cohort has a centre and each centre has at
#'   least 5 patients in each arm.
#' @param adjust (character) covariates of the adjusted Cox models; default those of the score.
#' @param tau (numeric or NULL) horizon of restricted mean survival time, in the cohort's unit. `NULL`: the smaller of
#'   the arms' largest follow-up with 10 patients still at risk.
#' @param times (numeric or NULL) times of milestone survival; default 1, 2, 3 and 5 years, as far as follow-up goes.
#' @param primary (string) how time zero is handled when the cohort has a treatment start, `"risk_set"`, `"landmark"` or
#'   `"naive"`: see Time zero.
#' @param landmark (numeric) the landmark of `primary = "landmark"`, in the cohort's unit; otherwise the landmarks that
#'   are shown beside the primary design (several are all shown), default the quartiles of the waits for treatment.
#' @param why (string) the reason why `primary` was chosen beforehand; it stands in the report.
#' @param missing (string) `"refuse"` stops when a covariate of the score is missing; `"complete_cases"` leaves those
#'   patients out and counts them in the patient flow.
#' @return An object of class `study`: a list with
#' \describe{
#'   \item{cohort}{the cohort that was analysed, with its attrition log.}
#'   \item{design}{what was fixed before the outcomes were read: a list with its `hash` and `changes`.}
#'   \item{propensity, matched, balance}{the results of [fit_propensity()], [match_cohort()] and [assess_balance()].}
#'   \item{endpoints}{a list with one entry an endpoint: `km`, `cox` (a list of models), `rmst`, `milestone`, `ph`,
#'     `followup`, `counts`.}
#'   \item{tables}{`baseline`, `cox` (one an endpoint), `toxicity`, `unmatched`.}
#'   \item{designs}{[compare_designs()], where treatment starts after time zero; else NULL.}
#'   \item{checks}{a data frame: `check`, `endpoint`, `sentence`.}
#'   \item{data_hash, session}{for the record.}
#' }
#' `tidy()` gives one row an endpoint and model, `glance()` one row.
#' @section Time zero:
#' When the treatment starts after time zero for somebody, comparing ever with never treated patients from time zero is
#' biased by immortal time, and `run_study()` stops until `primary` is chosen.
#' * `"risk_set"`: each patient who starts is matched, at that time, to patients who are then alive, under observation,
#'   not yet treated and, where progression is dated, progression-free ([match_risk_set()], with `ratio`, `replace`,
#'   `caliper` in standard deviations of the score, and `exact_centre`); every matched set has its own time zero. The
#'   models of the whole cohort count the treatment from its start ([split_exposure()]).
#' * `"landmark"`: those at risk at `landmark`, by whether treatment had started by then ([landmark_cohort()]); score and
#'   matching are made among them.
#' * `"naive"`: ever against never treated from time zero, asked for by name and marked as biased in every print, figure
#'   and heading.
#'
#' Whichever is chosen, [compare_designs()] of the same cohort stands beside it, `designs` of the study.
#' @section Errors:
#' `survmatch_error_study` (not a cohort, unknown endpoint), `survmatch_error_match` (nobody matched),
#' `survmatch_error_time_zero`, `survmatch_error_missing`, and those of the verbs it calls.
#' @references
#' Austin PC (2011). Optimal caliper widths for propensity-score matching. Pharmaceutical Statistics 10:150-161.
#'
#' Austin PC (2014). The use of propensity score methods with survival or time-to-event outcomes. Statistics in Medicine
#' 33:1242-1258.
#' @family study
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' cohort <- as_cohort(breast,
#'   treatment = hormon, covariates = c(age, size, grade, nodes),
#'   endpoints = list(os = Surv(dtime, death)), time_unit = "months", from_unit = "days",
#'   arm_labels = c("No hormone treatment", "Hormone treatment")
#' )
#' study <- run_study(cohort)
#' study
#' tidy(study)
#' @export
run_study <- function(cohort, formula = NULL, endpoints = NULL, method = c("optimal", "nearest", "full"), ratio = 1,
                      replace = FALSE,
                      m.order = NULL, caliper = 0.2, exact_centre = NULL, estimand = "ATT", adjust = NULL,
                      tau = NULL, times = NULL, primary = NULL, landmark = NULL, why = NULL,
                      missing = c("refuse", "complete_cases")) {
  method <- study_method(if (!base::missing(method)) method, primary)
  missing <- pick_choice(missing)
  check_study_cohort(cohort)
  endpoints <- check_study_endpoints(cohort, endpoints)
  formula <- formula %||% stats::formula(cohort)
  cohort <- complete_cohort(cohort, formula, missing)
  check_time_zero(cohort, primary, landmark, estimand)
  whole <- cohort
  if (identical(primary, "landmark")) cohort <- landmark_cohort(cohort, landmark)

  design <- fix_design(cohort, list(
    formula = formula, endpoints = endpoints, method = method, ratio = ratio, replace = replace, m.order = m.order,
    caliper = caliper, exact_centre = exact_centre, estimand = estimand,
    adjust = adjust %||% setdiff(
      all.vars(formula), cohort_roles(cohort)$treatment
    ), tau = tau, times = times, primary = primary,
    landmark = landmark, why = why, missing = missing
  ))
  matching <- if (identical(primary, "risk_set")) match_starts(cohort, design) else match_blind(cohort, design)
  results <- lapply(
    stats::setNames(nm = endpoints), analyse_endpoint, matched = matching$matched,
    cohort = whole_cohort(cohort, design), design = design
  )

  study <- new_study(cohort, design, matching, results, match.call())
  if (length(treatment_waits(whole)) > 0) study$designs <- designs_beside(study, whole)
  study$tables <- study_tables(study)
  study$checks <- check_study(study)
  study
}

new_study <- function(cohort, design, matching, results, call) {
  structure(
    list(
      cohort = cohort, design = design, propensity = matching$propensity, matched = matching$matched,
      balance = matching$balance, endpoints = results, designs = NULL, tables = list(), checks = NULL,
      data_hash = rlang::hash(as.data.frame(cohort)), session = session_record(), call = call
    ),
    class = "study"
  )
}

check_study_cohort <- function(cohort, call = rlang::caller_env()) {
  if (!inherits(cohort, "cohort")) {
    sm_abort(c(
      "{.arg cohort} must be a cohort.", x = "It is {.obj_type_friendly {cohort}}.",
      i = "Make one with {.fn as_cohort}: it names the treatment, the covariates and the endpoints."
    ), "study", call)
  }
  if (length(cohort_roles(cohort)$endpoints) == 0) {
    sm_abort(c("The cohort must have an endpoint.", i = "Give {.arg endpoints} to {.fn as_cohort}."), "study", call)
  }
}

check_study_endpoints <- function(cohort, endpoints, call = rlang::caller_env()) {
  known <- cohort_roles(cohort)$endpoints
  unknown <- setdiff(endpoints, known)
  if (length(unknown) > 0) {
    sm_abort(c("{.arg endpoints} must name endpoints of the cohort.",
      x = "Unknown: {.val {unknown}}.", i = "The cohort has {.val {known}}."
    ), "study", call)
  }
  endpoints %||% known
}

complete_cohort <- function(cohort, formula, missing, call = rlang::caller_env()) {
  columns <- intersect(all.vars(formula), names(cohort))
  incomplete <- !stats::complete.cases(as.data.frame(cohort)[columns])
  if (!any(incomplete)) return(cohort)
  counts <- vapply(columns, function(column) sum(is.na(cohort[[column]])), 1L)
  counts <- counts[counts > 0]
  if (missing == "refuse") {
    sm_abort(c(
      "The covariates of the score must be complete.",
      x = "{sum(incomplete)} patient{?s} {?lacks/lack} a value, first in row {which(incomplete)[1]}: {.field {names(counts)}} ({counts}).",
      i = "Impute them, or leave those patients out with {.code missing = \"complete_cases\"}."
    ), "missing", call)
  }
  restrict_cohort(cohort, "Covariates of the score complete" = !incomplete)
}

study_tables <- function(study) {
  list(
    baseline = tabulate_baseline(study$matched),
    cox = lapply(study$endpoints, `[[`, "table"),
    toxicity = if (length(cohort_roles(study$cohort)$toxicity) > 0) tabulate_toxicity(study$matched),
    unmatched = tabulate_unmatched(study)
  )
}

session_record <- function() {
  used <- c("survmatch", "survival", "ggplot2", "Rcpp")
  list(
    r = R.version.string, platform = R.version$platform,
    packages = vapply(used, function(p) as.character(utils::packageVersion(p)), "")
  )
}
