#' Match patients when their treatment starts
#'
#' Sweeps the times at which treatment starts. At each, the patient who starts is matched to patients who at that time
#' are alive, under observation, not yet treated and, where progression is dated, progression-free. Each matched set
#' gets its own time zero, the time of that start, so that no time before treatment is credited to it.
#'
#' @param formula (formula) `start ~ covariates`: the left side is the time of treatment start, `NA` for never, in the
#'   unit of `time`. For a cohort, default: its treatment start and covariates.
#' @param data (`cohort` or data frame) one row a patient, or several rows that describe (`entry`, `time`].
#' @param time,event (columns, bare or string) the end of follow-up, or of the row, and what happened then (coded as for
#'   [survival::Surv()]). For a cohort, default: its endpoints.
#' @param id (column) the patient; needed with several rows a patient.
#' @param entry (column) delayed entry, or the beginning of the row. A patient is under observation in (`entry`,
#'   `time`].
#' @param eligible who may start treatment or be a control: `NULL`, the default, asks that a cohort's patient has had no
#'   event of and is under observation for every endpoint (progression-free where progression is dated); `FALSE` only
#'   that he or she is alive and under observation; a column gives the time at which eligibility ends (`NA` for never),
#'   or a `Surv` of it.
#' @param distance (string or numeric) `"cox"`: the linear predictor of a Cox model for treatment start, a
#'   time-dependent propensity score; `"mahalanobis"` in the covariates; or a score, one value a row or the name of its
#'   column.
#' @param mahvars (character or one-sided formula) covariates of a Mahalanobis distance within the caliper on the score.
#' @param caliper (number) the largest difference of scores in a pair.
#' @param std.caliper (flag) is the caliper in standard deviations of the score (over the rows)?
#' @param ratio (whole number) controls for each treated patient; fewer where fewer are eligible.
#' @param exact (character or one-sided formula) columns that must agree in a pair, with their values at that time.
#' @param replace (flag) may a patient be a control more than once? In either case a control who is treated later
#'   becomes a case then.
#' @param later what happens at the later treatment of a control: `"keep"`, follow-up goes on (treat now against not
#'   now, later allowed); `"censor_pair"`, the whole set is censored then; `"censor"`, the control alone is censored
#'   then (treat now against stay untreated). That censoring depends on what drives treatment and death, so that
#'   controls are weighted by the inverse probability of having stayed untreated.
#' @param truncate (number in (0.5, 1]) with `later = "censor"`: weights above this quantile of the controls' are set to
#'   it; 1 for none.
#' @return An object of class `c("risk_set_cohort", "matched_cohort")`: a list with
#' \describe{
#'   \item{uses}{data frame, one row a use: `row` of the data, `id`, `time_zero`, `treated` (1 the case, 0 a control),
#'     `subclass`, `weights`, `distance` (score at that time), `later_start` (time from time zero to later treatment of
#'     a control, else `Inf`).}
#'   \item{counts}{named integers: `treated`, `after_progression` (started at or after progression: left out),
#'     `not_observed` (started outside observation or at its end), `unmatched`, `matched`, `controls` (uses), `persons`,
#'     `repeated` (persons used more than once), `later_treated` (controls treated after time zero).}
#'   \item{data, model, formula, call, later, ratio, replace, caliper, eligible}{what it was made with; `model` the Cox
#'     model of treatment start.}
#' }
#' [matched_data()] gives the rows with their endpoints counted from time zero (with `later = "censor"` in pieces
#' (start, stop\] with `use`, the use that a piece belongs to, and the weights of that time); [as_matchit()] a `matchit` object on
#' them.
#' @section Method:
#' At time t a control is a patient with `entry` < t <= `time` (of the row), whose event, censoring, progression and
#' treatment start all lie strictly after t; so does the event, censoring and progression of the case. Covariates of
#' (`entry`, `time`] rows are those of the row that covers t, known strictly before t. Sets are made in the order of
#' treatment times; cases with the same time choose in decreasing score, then in data order; each takes its `ratio`
#' nearest controls at once; of controls at the same distance the first in the data. The same sets serve every endpoint.
#' The Cox score is fitted among the untreated, eligible and observed, who leave it at progression, event or censoring
#' (Lu 2005). Weights are 1 for a case and, for the k controls of a set, 1/k scaled to a mean of 1 over the controls.
#'
#' With `later = "censor"` these are multiplied by exp(H), H the cumulative hazard of starting treatment from time zero of
#' the set, by that Cox model: 1 / P(not started by then). It rests on the covariates holding all that drives both later
#' treatment and outcome, and starts after the end of eligibility have no hazard in it: their number is printed. Weights
#' are taken as known by the standard errors; the same curve unweighted would be wrong, and is not offered.
#' @section Errors: `survmatch_error_time_zero`, `survmatch_error_missing`.
#' @references Li YP, Propert KJ, Rosenbaum PR (2001). Balanced risk set matching. Journal of the American Statistical
#' Association 96:870-882.
#'
#' Lu B (2005). Propensity score matching with time-dependent covariates. Biometrics 61:721-728.
#' @family time zero
#' @examples
#' transplant <- survival::jasa
#' transplant$start <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' transplant <- transplant[transplant$futime > 0, ]
#' matched <- match_risk_set(start ~ age + surgery, transplant, time = futime, event = fustat)
#' matched
#' head(matched_data(matched)[c("age", "time_zero", "treated", "end", "event", "subclass")])
#' @export
match_risk_set <- function(formula = NULL, data, time = NULL, event = NULL, id = NULL, entry = NULL, eligible = NULL,
                           distance = "cox", mahvars = NULL, caliper = NULL, std.caliper = TRUE, ratio = 1,
                           exact = NULL,
                           replace = FALSE, later = c("keep", "censor_pair", "censor"), truncate = 0.999) {
  later <- pick_choice(later)
  call <- match.call()
  here <- rlang::current_env()
  line <- read_timeline(
    start_of_formula(formula, data, here), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id),
    rlang::enquo(entry),
    rlang::enquo(eligible), here
  )
  check_risk_set_options(caliper, std.caliper, ratio, replace)
  check_truncate(truncate, here)
  score <- risk_set_score(formula, distance, mahvars, caliper, line, here)
  width <- risk_set_caliper(caliper, std.caliper, score, here)
  found <- core_match_risk_set(
    line$entry, line$stop, line$patient - 1L, risk_set_strata(exact, line, here), score$score, score$covariates,
    line$start, line$limit, as.integer(ratio), replace, width
  )
  matched <- new_risk_set_cohort(found, line, score, list(
    formula = formula, call = call, later = later, ratio = ratio, replace = replace, caliper = width, exact = exact
  ))
  if (later == "censor") matched$stay <- untreated_follow_up(matched, truncate, here)
  matched
}

# The left side, evaluated in the data.
start_of_formula <- function(formula, data, call) {
  if (is.null(formula)) return(NULL)
  if (!inherits(formula, "formula") || length(formula) != 3) {
    sm_abort(c(
      "{.arg formula} must be {.code start ~ covariates}.",
      x = "It is {.obj_type_friendly {formula}}{if (inherits(formula, 'formula')) ' without a left side'}."
    ), "time_zero", call)
  }
  eval(formula[[2]], as.list(bare_table(data)), environment(formula))
}

check_risk_set_options <- function(caliper, std.caliper, ratio, replace, call = rlang::caller_env()) {
  is_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)
  if (!is.null(caliper) && !(is_number(caliper) && caliper >= 0)) {
    sm_abort(
      c("{.arg caliper} must be one number, not negative.", x = "It is {.obj_type_friendly {caliper}}."), "time_zero",
      call
    )
  }
  if (!is_number(ratio) || ratio < 1 || ratio != round(ratio)) {
    sm_abort(c("{.arg ratio} must be a whole number of at least 1.", x = "It is {shown(ratio)}."), "time_zero", call)
  }
  for (flag in c("std.caliper", "replace")) {
    if (!rlang::is_bool(get(flag))) sm_abort("{.arg {flag}} must be {.code TRUE} or {.code FALSE}.", "time_zero", call)
  }
}

# score: one number a row; covariates: whitened columns for a Mahalanobis distance, or none.
risk_set_score <- function(formula, distance, mahvars, caliper, line, call) {
  none <- matrix(0, length(line$stop), 0)
  if (identical(distance, "mahalanobis")) {
    if (!is.null(caliper)) {
      sm_abort(
        c("A caliper needs a score.", i = "Use {.code distance = \"cox\"} with {.arg mahvars}."), "time_zero", call
      )
    }
    frame <- covariate_columns(formula, line, call)
    return(list(
      score = numeric(length(line$stop)), covariates = whiten(frame, call), info = "Mahalanobis distance", x = frame
    ))
  }
  frame <- covariate_columns(formula, line, call)
  if (identical(distance, "cox")) {
    model <- fit_start_model(formula, line, call)
    out <- list(score = model$linear, model = model, info = "linear predictor of a Cox model for treatment start")
  } else {
    out <- list(score = supplied_score(distance, line, call), info = "score as given")
  }
  out$covariates <- if (is.null(mahvars)) none else whiten(columns_named(mahvars, line, "mahvars", call), call)
  out$x <- frame
  out
}

supplied_score <- function(distance, line, call) {
  if (is.character(distance) && length(distance) == 1 && distance %in% names(line$data)) distance <- line$data[[distance]]
  if (!is.numeric(distance) || length(distance) != length(line$stop) || anyNA(distance)) {
    sm_abort(c(
      "{.arg distance} must be {.val cox}, {.val mahalanobis}, a column, or one complete number a row.",
      x = "It is {.obj_type_friendly {distance}}."
    ), "time_zero", call)
  }
  as.double(distance)
}

# Columns in which the Euclidean distance is the Mahalanobis distance (covariance over the rows).
whiten <- function(frame, call) {
  x <- design_matrix(stats::terms(frame), frame, call, "time_zero")
  x <- x[, colnames(x) != "(Intercept)", drop = FALSE]
  if (ncol(x) == 0) return(x)
  parts <- eigen(stats::cov(x), symmetric = TRUE)
  kept <- parts$values > max(parts$values) * 1e-12
  unname(
    scale(x, scale = FALSE) %*% parts$vectors[, kept, drop = FALSE] %*% diag(1 / sqrt(parts$values[kept]), sum(kept))
  )
}

columns_named <- function(columns, line, arg, call) {
  table <- bare_table(line$data)
  if (is.character(columns) && length(columns) > 0) {
    unknown <- setdiff(columns, names(table))
    if (length(unknown) > 0) sm_abort(
      c("{.arg {arg}} must name columns of {.arg data}.", x = "Unknown: {.val {unknown}}."), "time_zero", call
    )
    columns <- stats::reformulate(sprintf("`%s`", columns))
  }
  if (!inherits(columns, "formula")) {
    sm_abort(
      c("{.arg {arg}} must be a character vector or a one-sided formula.", x = "It is {.obj_type_friendly {columns}}."),
      "time_zero", call
    )
  }
  frame <- put_together(stats::model.frame(columns, table, na.action = "na.pass"), call, "time_zero")
  rows <- which(!stats::complete.cases(frame))
  if (length(rows) > 0) sm_abort(c(
    "Columns named in {.arg {arg}} must be complete.", x = "{length(rows)} row{?s} {?lacks/lack} a value, first row {rows[1]}."
  ), "missing", call)
  frame
}

risk_set_caliper <- function(caliper, std.caliper, score, call) {
  if (is.null(caliper)) return(Inf)
  if (std.caliper) caliper * stats::sd(score$score) else caliper
}

risk_set_strata <- function(exact, line, call) {
  if (is.null(exact)) return(integer(length(line$stop)))
  frame <- columns_named(exact, line, "exact", call)
  as.integer(interaction(frame, drop = TRUE, lex.order = TRUE))
}
