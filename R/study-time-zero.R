# Where the time of a study begins when the treatment begins later.

time_zero_designs <- c("risk_set", "landmark", "naive")

# How long those waited whose treatment started after time zero; nobody where no start is dated.
treatment_waits <- function(cohort) {
  start <- cohort_roles(cohort)$start
  if (is.null(start)) return(numeric())
  waits <- cohort[[start]]
  waits[!is.na(waits) & waits > 0]
}

check_time_zero <- function(cohort, primary, landmark, estimand, call = rlang::caller_env()) {
  if (!is.null(primary) && !(rlang::is_string(primary) && primary %in% time_zero_designs)) {
    sm_abort(
      c("{.arg primary} must be one of {.or {.val {time_zero_designs}}}.", x = "It is {shown(primary)}."),
      "time_zero", call
    )
  }
  check_landmark(primary, landmark, call)
  late <- length(treatment_waits(cohort))
  if (is.null(primary)) return(if (late > 0) refuse_time_zero(late, call))
  if (primary != "naive" && is.null(cohort_roles(cohort)$start)) {
    sm_abort(c(
      "{.code primary = \"{primary}\"} needs the treatment start.", i = "Give {.arg start} to {.fn as_cohort}."
    ), "time_zero", call)
  }
  if (primary == "risk_set" && estimand != "ATT") {
    sm_abort(c(
      "{.arg estimand} must be {.val ATT} with {.code primary = \"risk_set\"}: sets are made around treated patients.",
      x = "It is {shown(estimand)}."
    ), "time_zero", call)
  }
}

check_landmark <- function(primary, landmark, call) {
  single <- identical(primary, "landmark")
  if (is.null(landmark) && !single) return(invisible())
  if (are_landmarks(landmark) && (!single || length(landmark) == 1)) return(invisible())
  sm_abort(c(
    if (single) "{.code primary = \"landmark\"} needs {.arg landmark}, one time fixed beforehand." else "{.arg landmark} must be times, each once.",
    x = if (is.null(landmark)) "It was not given." else "It is {shown(landmark)}.",
    i = if (single) "Without {.arg primary} being the landmark, several landmarks can be shown beside each other."
  ), "time_zero", call)
}

refuse_time_zero <- function(late, call) {
  sm_abort(c(
    "{.arg primary} must be chosen, since the treatment starts after time zero.",
    x = "{late} patient{?s} waited for the treatment; the time they waited is immortal: they could not have died in it and been treated.",
    i = "{.code primary = \"risk_set\"} matches each at the start of treatment: what we propose.",
    i = "{.code primary = \"landmark\", landmark = } starts at a time fixed beforehand, among those at risk then.",
    i = "{.code primary = \"naive\"} compares from time zero all the same, and marks every result."
  ), "time_zero", call)
}

# Risk sets have a matching of their own.
study_method <- function(method, primary, call = rlang::caller_env()) {
  known <- c("optimal", "nearest", "full")
  if (!identical(primary, "risk_set")) {
    return(rlang::arg_match0(method %||% known[1], known, "method", error_call = call))
  }
  if (is.null(method) || identical(method, "nearest")) return("risk_set")
  sm_abort(c(
    "{.arg method} must be {.val nearest} with {.code primary = \"risk_set\"}: sets are made in the order of time.",
    x = "It is {shown(method)}."
  ), "time_zero", call)
}

# Sets made where treatment starts. Who is at risk is read from the follow-up, what came of the sets is not.
match_starts <- function(cohort, design) {
  matched <- match_risk_set(
    start_formula(design$formula, cohort), data = cohort, caliper = design$caliper, ratio = design$ratio, exact = design$exact, replace = design$replace
  )
  list(propensity = NULL, matched = matched, balance = assess_balance(matched))
}

# The formula of the score with the treatment start on its left.
start_formula <- function(formula, cohort) {
  formula[[2]] <- as.name(cohort_roles(cohort)$start)
  formula
}

# The whole cohort with its treatment counted from its start, for the models that use everybody.
whole_cohort <- function(cohort, design) {
  if (!identical(design$primary, "risk_set")) return(cohort)
  rows <- split_exposure(cohort, progression = TRUE)
  attr(rows, "roles") <- cohort_roles(cohort)
  rows
}

# How the models of the whole cohort count its treatment, to be put after their names; "" outside risk sets.
start_words <- function(study, endpoint) {
  if (!in_risk_sets(study)) return("")
  model_start_words(study$endpoints[[endpoint]]$cox$adjusted)
}

model_start_words <- function(model) {
  paste0("treatment from its start", if ("progressed" %in% all.vars(stats::formula(model))) ", by progression so far")
}
