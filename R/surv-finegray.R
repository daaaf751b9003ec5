#' Fine-Gray regression of a cumulative incidence
#'
#' The proportional hazards model of the subdistribution of one kind of event, for data with competing events: the
#' coefficients and the robust variance of `coxph()` on the expanded data of [survival::finegray()], or the variance of
#' `cmprsk::crr()`, without expanding anything: one sort and linear passes.
#'
#' @param formula (formula) `Surv(time, status)` or `Surv(start, stop, status)` with a factor as status, its first level
#'   for the censored, and the covariates. `strata(s)` gives each stratum a baseline of its own; `offset()` as in
#'   [fit_cox()].
#' @param weights,cluster,id (expressions, n values) case weights (> 0), groups of correlated rows, and the patient that a
#'   row belongs to, found in `data`. `id` is needed with `start`, when a patient can have several rows (covariates that
#'   change): they follow each other, the event at the end of the last.
#' @inheritParams fit_cox
#' @param etype (string) the kind of event to model; by default the first.
#' @param censoring (expression, n values, found in `data`) groups that may be censored differently: the distribution of
#'   the censoring is estimated inside each, as [survival::finegray()] does with `strata()` in its formula and
#'   `cmprsk::crr()` with `cengroup`. By default one for everybody.
#' @param ties (string) `"efron"` or `"breslow"`; `cmprsk::crr()` has the latter.
#' @param robust (flag) the sandwich variance, which is the default: the weights of those who had another event make the
#'   model-based one wrong.
#' @param known_censoring (flag) `TRUE`: the variance takes the censoring distribution as known, as `coxph()` on
#'   [survival::finegray()] data with a row's patient as cluster. `FALSE`: it adds the term for its estimation, as
#'   `cmprsk::crr()`.
#' @param ... elements of `control`.
#'
#' @return An object of class `c("sm_finegray", "sm_coxph", "coxph")`: the fields of a [fit_cox()] with one row a
#'   patient. `n` counts patients and `nevent` events of the kind that is modelled; `y` has the other kinds as censored;
#'   `baseline` is a data frame with the steps `hazard` of the cumulative baseline subdistribution hazard at the
#'   `means`, by `time` (and `strata`). There is no `concordance`. `predict(type = "incidence")` gives predicted
#'   cumulative incidences.
#'
#' @section Method:
#' At time t the risk set holds everybody whose time is t or later, and those who had another event before, at T, with
#' the weight G(t-) / G(T-), G the Kaplan-Meier estimate of being uncensored (Fine and Gray 1999; Geskus 2011). G counts
#' each patient once, whatever the case weight, and at tied times events come before censorings, both as in
#' [survival::finegray()]. The sums over those who stay are updated as time goes on, so that a fit takes
#' a time linear in the rows. The term for the estimation of G is that of Fine and Gray (1999), section 5.
#'
#' The hazard ratio is one of subdistributions: it says how a covariate is associated with the cumulative incidence, not
#' with the rate of events among those who are still event-free. For that fit the cause-specific hazard,
#' `fit_cox(Surv(time, status == "relapse") ~ x)`, beside it.
#'
#' @section Errors:
#' Classed `survmatch_error_*`: a response without several kinds of event (`response`), entry times without `id` or rows
#' of a patient that do not follow each other (`id`), late entries that leave the weight of an early event unknown
#' (`entry`), entry times with `known_censoring = FALSE` (`unsupported`), an unknown `etype` (`etype`), and those of
#' [fit_cox()].
#'
#' @references
#' Fine JP, Gray RJ (1999). A proportional hazards model for the subdistribution of a competing risk. *J Am Stat Assoc*
#' 94:496-509.
#'
#' Geskus RB (2011). Cause-specific cumulative incidence estimation and the Fine and Gray model under both left
#' truncation and right censoring. *Biometrics* 67:39-49.
#'
#' Zhou B, Latouche A, Rocha V, Fine J (2011). Competing risks regression for stratified data. *Biometrics* 67:661-670.
#' @family competing risks
#' @examples
#' patients <- survival::mgus2
#' patients$time <- ifelse(patients$pstat == 1, patients$ptime, patients$futime)
#' kind <- ifelse(patients$pstat == 1, 1, 2 * patients$death)
#' patients$state <- factor(kind, 0:2, c("censored", "pcm", "death"))
#' fit_finegray(Surv(time, state) ~ age + sex, data = patients)
#' @export
fit_finegray <- function(formula, data, weights, subset, na.action, etype = NULL, censoring, init, control,
                         ties = c("efron", "breslow"), singular.ok = TRUE, robust = TRUE, known_censoring = TRUE,
                         model = FALSE, x = FALSE, y = TRUE, id, cluster, nocenter = c(-1, 0, 1), ...) {
  ties <- pick_choice(ties)
  call <- match.call()
  if (missing(formula)) sm_abort("{.arg formula} is required.", "formula")
  if (!rlang::is_bool(known_censoring)) sm_abort("{.arg known_censoring} must be TRUE or FALSE.", "argument")
  control <- cox_control(if (missing(control)) NULL else control, list(...), "none")
  design <- cox_design(call, parent.frame(), "fit_finegray")
  frame <- cox_frame(
    design, na.action = if (missing(na.action)) NULL else na.action, timefix = control$timefix, keep = model,
    response = check_competing_response
  )
  frame <- one_kind_of_event(frame, etype, known_censoring)
  variance <- cox_clusters(frame, robust, "none")
  matrix <- cox_matrix(frame, keep = x)
  if (frame$events == 0) {
    fit <- cox_without_events(frame, matrix, ties)
  } else {
    check_cox_numbers(frame, matrix$x, ties, variance)
    problem <- finegray_problem(frame, matrix$x, ties, nocenter)
    init <- cox_init(if (missing(init)) NULL else init, matrix)
    fit <- cox_estimate(frame, matrix, problem, variance, init, control, singular.ok, "none")
    if (variance$robust && !known_censoring) fit <- add_censoring_variance(fit, frame, problem, variance, control)
    fit <- cox_keep(fit, frame, matrix, model = model, x = x, y = y, control = control)
    fit$baseline <- finegray_baseline(fit, frame, problem)
  }
  new_sm_finegray(fit, frame, design, known_censoring && variance$robust)
}

check_competing_response <- function(y, error_call) {
  several <- survival::is.Surv(y) && attr(y, "type") %in% c("mright", "mcounting")
  if (!several) {
    sm_abort(c(
      "The response must be a {.fn Surv} object with several kinds of event.",
      x = if (survival::is.Surv(y)) "It is of type {.val {attr(y, 'type')}}." else "It is {.obj_type_friendly {y}}.",
      i = "Give {.fn Surv} a factor as status, its first level for the censored."
    ), "response", error_call)
  }
}

# The kind of event that is asked for, as a state of the response.
event_kind <- function(y, etype, error_call) {
  states <- attr(y, "states")
  if (is.null(etype)) return(states[1])
  known <- is.character(etype) && length(etype) == 1 && etype %in% states
  if (!known) sm_abort(c("{.arg etype} must be one of {.val {states}}.", x = "It is {shown(etype)}."), "etype", error_call)
  etype
}

# 0 censored, 1 the kind of event of interest, 2 another kind.
kind_codes <- function(y, etype) {
  states <- attr(y, "states")
  c(0L, 2L - (states == etype))[unclass(y)[, "status"] + 1]
}

one_kind_of_event <- function(frame, etype, known_censoring, error_call = rlang::caller_env()) {
  y <- frame$y
  frame$etype <- event_kind(y, etype, error_call)
  frame$status <- kind_codes(y, frame$etype)
  frame$events <- sum(frame$status == 1)
  columns <- unclass(y)
  if (attr(y, "type") == "mcounting") {
    if (!known_censoring) sm_abort(c(
      "The term for the estimation of the censoring distribution is not known with entry times.",
      i = "Use {.code known_censoring = TRUE}."
    ), "unsupported", error_call)
    frame$mark <- patient_rows(columns[, "start"], columns[, "stop"], frame$status, frame$id, error_call)
    frame$y <- survival::Surv(columns[, "start"], columns[, "stop"], frame$status == 1L)
  } else {
    frame$y <- quick_surv(as.double(columns[, "time"]), frame$status == 1L)
  }
  groups <- stats::model.extract(frame$mf, "censoring")
  frame$censoring <- if (is.null(groups)) integer() else group_code(groups)
  frame
}

# Bit 1 for a patient's first row, bit 2 for the last. The rows must follow each other, an event at the end of the last.
patient_rows <- function(start, stop, status, id, error_call) {
  if (is.null(id)) sm_abort(c(
    "Competing risks with entry times need to know the patient of each row.", i = "Give {.arg id}."
  ), "id", error_call)
  patient <- match(id, unique(id))
  order <- order(patient, stop)
  n <- length(order)
  goes_on <- c(diff(patient[order]) == 0, FALSE)
  apart <- c(stop[order][-n] != start[order][-1], FALSE)
  problems <- list(
    "{.val {count}} row{?s} {?has/have} an event before the patient's last row" = goes_on & status[order] != 0,
    "{.val {count}} row{?s} {?is/are} not followed at once by the patient's next" = goes_on & apart
  )
  for (problem in names(problems)) {
    count <- sum(problems[[problem]])
    if (count > 0) sm_abort(c(
      "The rows of each patient must follow each other in time, with the event at the end.",
      x = paste0(problem, ", first row {min(order[problems[[problem]]])}.")
    ), "id", error_call)
  }
  first_and_last(order, !goes_on[-n])
}

finegray_problem <- function(frame, x, ties, nocenter, error_call = rlang::caller_env()) {
  kept <- columns_not_centred(x, nocenter)
  parts <- list(
    y = frame$y, strata = frame$strata$factor, weights = frame$weights %||% double(),
    competing = competing_rows(frame)
  )
  list(
    data = finegray_data(parts, x, frame$offset$value, as.integer(!kept), error_call), x = x,
    offset = frame$offset$value, offset_mean = frame$offset$mean, counting = TRUE, ties = ties, kept = kept,
    names = colnames(x), predictor = predictor_of_fits(frame$offset$mean)
  )
}

competing_rows <- function(frame) {
  list(status = frame$status, group = frame$censoring, groups = max(1L, frame$censoring), mark = frame$mark %||% integer())
}

finegray_data <- function(parts, x, offset, centred, error_call = rlang::caller_env()) {
  columns <- ncol(parts$y)
  from_core(core_finegray_data(
    if (columns == 3) response_column(parts$y, 1L) else double(), as.double(response_column(parts$y, columns - 1L)),
    parts$competing$status, as.integer(parts$strata), as.double(parts$weights), offset, x, centred,
    parts$competing$group, parts$competing$groups, parts$competing$mark
  ), "entry", error_call)
}

# The sandwich with each patient's score corrected for the estimation of the censoring distribution.
add_censoring_variance <- function(fit, frame, problem, variance, control) {
  predictor <- problem$predictor(fit)
  efron <- problem$ties == "efron"
  competing <- competing_rows(frame)
  own <- core_cox_score_residuals(problem$data, predictor, efron) * (frame$weights %||% 1)
  censoring <- core_censoring_scores(
    problem$data, predictor, efron, frame$y[, 1], competing$status, competing$group, competing$groups
  )
  fit$var <- fit$naive.var %*% crossprod(rowsum(own + censoring, variance$code, reorder = FALSE)) %*% fit$naive.var
  fit$wald.test <- cox_wald(fit, NULL, control)
  fit
}

# Steps of the baseline at the means, by stratum and time.
finegray_baseline <- function(fit, frame, problem) {
  steps <- core_hazard_steps(problem$data, fit$linear.predictors, problem$ties == "efron")
  baseline <- data.frame(time = steps$time, hazard = steps$hazard)
  if (length(frame$strata$factor) == 0) return(baseline)
  baseline$strata <- frame$strata$factor[steps$row]
  baseline[order(as.integer(baseline$strata), baseline$time), ]
}

new_sm_finegray <- function(fit, frame, design, as_known) {
  fit$etype <- frame$etype
  fit <- new_sm_coxph(fit, frame, design, "none")
  class(fit) <- c("sm_finegray", class(fit))
  attr(fit, "survmatch")$competing <- competing_rows(frame)
  attr(fit, "survmatch")$rule <- paste0(
    "Subdistribution hazards of \"", frame$etype, "\"; ", sum(frame$status == 2), " other events. ", design$rule,
    if (as_known) "The variance takes the censoring distribution as known."
  )
  fit
}
