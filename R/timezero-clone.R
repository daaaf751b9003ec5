#' Clones under two strategies: start within a grace period, or do not start
#'
#' Every patient is entered twice at time zero, once under each strategy, and a clone is censored when the patient stops
#' doing what its strategy says. Nobody's time before treatment is credited to the treatment: it counts in both arms.
#' Weights make up for that censoring, which depends on covariates.
#'
#' @inheritParams landmark_cohort
#' @param grace (number > 0, in the unit of `time`) the strategy of the treated arm is to start by then, unless the
#'   patient is no longer eligible.
#' @param formula (one-sided formula or formula) covariates of the hazard of starting treatment; default the cohort's.
#'   For a plain data frame it is required; `~ 1` for no weights by covariates.
#' @param loss (one-sided formula or NULL) covariates of the hazard of being lost to follow-up, if that is to be weighted
#'   for too; `NULL`: it says nothing about the outcome within an arm.
#' @param stabilise (flag) multiply the weights by the probabilities that a model without covariates gives. That changes
#'   what a hazard ratio averages when hazards are not proportional, so it is not the default.
#' @param truncate (number in (0.5, 1]) weights above this quantile of their arm, taken on the stabilised scale, are set
#'   to it; 1 for none. Truncation trades variance for bias.
#' @param intervals (whole number) the weights of the untreated arm are brought up to date at as many equal steps of the
#'   cumulative hazard of treatment start, at all starts when there are no more.
#' @return A data frame of class `clone_cohort`, rows (start, stop] of clones, with the columns of `data` and
#' \describe{
#'   \item{patient}{whose clone it is: the cluster of every estimate.}
#'   \item{strategy}{factor: `"no start"`, `"start by <grace>"`.}
#'   \item{arm}{0 or 1, the same. In a cohort its treatment column says it too.}
#'   \item{start, stop, event}{for a plain data frame; the endpoints of a cohort become `Surv(start, stop, event)` columns
#'     under their own names, `NA` where the endpoint was over before the row begins.}
#'   \item{weights}{numeric.}
#' }
#'   The attribute `clones` is a list: `grace`, `counts` (data frame: `strategy`, `clones`, `started`, `left_before`
#'   (event, censoring or end of eligibility within the grace period without a start), `censored` (clones that left their
#'   strategy)), `weights` (data frame: `strategy`, `mean`, `largest`, `truncated_at`, `truncated` rows), `model` (the
#'   [fit_cox()] of treatment start, or NULL), `settings`. [estimate_clones()] gives the contrasts with their intervals.
#' @section Method:
#' *Start by grace*: the clone is censored at `grace` when the patient is then eligible (alive, under observation,
#' progression-free where that is dated) and has not started. Those who were no longer eligible follow the strategy
#' without a start. From `grace` on, a clone of somebody who is still eligible weighs 1 / P(started by grace). *No
#' start*: the clone is censored at the start; it weighs 1 / P(not started by t). Both probabilities are from a Cox
#' model of treatment start among the eligible, P(not started by t) = exp(-H(t)), H the cumulative hazard given the
#' covariates up to t or the end of eligibility. An event within the grace period thus counts in both arms.
#' Where the times of start are grouped into `intervals`, H is the mean of its values at the ends of an interval.
#' Stabilised weights are multiplied by the same probabilities of a model without covariates, a factor that is the same
#' for all clones of an arm at a time: it leaves the curve of an arm as it is.
#'
#' The estimand is marginal: everybody follows one strategy or the other. It needs that the covariates hold all that
#' drives both start and outcome, and a chance to start for all: look at the weights.
#' @section Errors: `survmatch_error_time_zero`: also when nobody starts within the grace period.
#' @references
#' Hernan MA (2018). How to estimate the effect of treatment duration on survival outcomes using observational data. BMJ
#' 360:k182.
#'
#' Maringe C, Benitez Majano S, Exarchakou A, et al. (2020). Reflection on modern methods: trial emulation in the presence
#' of immortal-time bias. International Journal of Epidemiology 49:1719-1729.
#' @family time zero
#' @examples
#' study <- simulate_cohort(300, seed = 1)
#' cohort <- as_cohort(study,
#'   id = id, treatment = rt, covariates = c(age, ecog, liver), start = start,
#'   endpoints = list(os = Surv(os_time, os_event))
#' )
#' clones <- clone_censor(cohort, grace = 6)
#' clones
#' fit_cox(os ~ arm, data = clones, weights = weights, cluster = patient)
#' @export
clone_censor <- function(data, grace, formula = NULL, start = NULL, time = NULL, event = NULL, id = NULL,
                         eligible = NULL, loss = NULL, stabilise = FALSE, truncate = 0.999, intervals = 100) {
  here <- rlang::current_env()
  settings <- list(
    grace = grace, formula = formula, loss = loss, stabilise = stabilise, truncate = truncate, intervals = intervals
  )
  check_clone_settings(settings, here)
  line <- one_row_timeline(
    rlang::enquo(start), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id), rlang::enquo(eligible), here
  )
  if (is.null(formula) && is.null(line$roles)) {
    sm_abort(c(
      "{.arg formula} must name the covariates of treatment start.", i = "{.code ~ 1} takes none."
    ), "time_zero", here)
  }
  new_clone_cohort(make_clones(line, settings, here), line, settings)
}

check_clone_settings <- function(settings, call) {
  check_time_above_zero(settings$grace, "grace", call)
  check_weight_settings(settings, call)
  if (!is_above_zero(settings$intervals) || settings$intervals != round(settings$intervals)) {
    sm_abort("{.arg intervals} must be a whole number above 0.", "time_zero", call)
  }
  for (name in c("formula", "loss")) {
    value <- settings[[name]]
    if (!is.null(value) && !rlang::is_formula(value)) {
      sm_abort("{.arg {name}} must be a formula.", "time_zero", call)
    }
  }
}

# Rows of clones: patient, arm, begin, end, weight; and what they were made with.
make_clones <- function(line, settings, call) {
  in_time <- line$start <= settings$grace
  if (!any(in_time)) {
    sm_abort(c(
      "Somebody must start treatment within the grace period.", x = "Nobody does by {settings$grace}."
    ), "time_zero", call)
  }
  model <- fit_start_model(settings$formula, line, call)
  last <- do.call(pmax, lapply(line$endpoints, `[[`, "time"))
  # who is eligible at the end of the grace period and has not started leaves the strategy there
  leaves <- !in_time & line$limit > settings$grace
  treated <- follow_up_pieces(pmin(last, ifelse(leaves, settings$grace, Inf)), settings$grace)
  control <- follow_up_pieces(pmin(last, line$start), update_times(line, model, settings$intervals))
  rows <- rbind(cbind(treated, arm = 1L), cbind(control, arm = 0L))
  rows$weight <- c(weights_of_starters(treated, line, model, settings$grace), weights_of_untreated(control, line, model))
  if (!is.null(settings$loss)) rows$weight <- rows$weight * loss_weights(rows, line, settings, call)
  baseline <- marginal_baseline(model)
  marginal <- c(marginal_of_starters(treated, baseline, settings$grace), marginal_of_others(control, baseline))
  cut <- truncate_stabilised(rows, marginal, settings)
  list(
    rows = cut$rows, model = model$fit, weights = cut$summary, leaves = leaves, in_time = in_time, last = last
  )
}

# 1 / P(started by grace) from there on, of those who were still eligible.
weights_of_starters <- function(rows, line, model, grace) {
  chance <- -expm1(-start_hazard(model, line, seq_len(line$n), rep(-Inf, line$n), rep(grace, line$n)))
  weight <- ifelse(line$limit > grace, 1 / chance, 1)[rows$patient]
  ifelse(rows$begin >= grace, weight, 1)
}

marginal_of_starters <- function(rows, baseline, grace) {
  ifelse(rows$begin >= grace, -expm1(-baseline_at(baseline, grace)), 1)
}

# P(not started since `from`), with the mean of the hazards at the two ends of a piece.
marginal_of_others <- function(rows, baseline, from = -Inf) {
  upto <- (baseline_at(baseline, rows$begin) + baseline_at(baseline, rows$upto, before = TRUE)) / 2
  exp(baseline_at(baseline, from) - upto)
}

# The hazard of starting without covariates, among the same patients at risk.
marginal_baseline <- function(model) {
  at_risk <- model$at_risk
  breslow_hazard(-Inf, model$end[at_risk], model$started[at_risk], rep(0, sum(at_risk)))
}

# 1 / P(not lost by the beginning of a row), from a Cox model of loss to follow-up of the last endpoint.
loss_weights <- function(rows, line, settings, call) {
  frame <- covariate_columns(settings$loss, line, call)
  terminal <- line$endpoints[[line$terminal]]
  x <- design_matrix(stats::terms(frame), frame, call, "time_zero")
  x <- x[, colnames(x) != "(Intercept)", drop = FALSE]
  lost <- 1L - terminal$status
  linear <- numeric(line$n)
  if (ncol(x) > 0) {
    fit <- fit_cox(survival::Surv(terminal$time, lost) ~ x)
    linear <- drop(x %*% ifelse(is.na(stats::coef(fit)), 0, stats::coef(fit)))
    linear <- linear - mean(linear)
  }
  baseline <- breslow_hazard(-Inf, terminal$time, lost, linear)
  exp(baseline_at(baseline, rows$begin) * exp(linear[rows$patient]))
}

new_clone_cohort <- function(made, line, settings) {
  pieces <- made$rows
  rows <- repeat_rows(line$data, pieces$patient)
  warn_replaced(line, c("patient", "strategy", "arm", "weights", if (is.null(line$roles)) c("start", "stop", "event")))
  responses <- lapply(line$endpoints, piece_response, pieces = pieces)
  if (is.null(line$roles)) {
    rows[c("start", "stop", "event")] <- responses$event[c("start", "stop", "event")]
  } else {
    rows[names(responses)] <- lapply(responses, function(r) survival::Surv(r$start, r$stop, r$event))
    rows[[line$roles$treatment]] <- arm_values(rows[[line$roles$treatment]], pieces$arm, line$roles)
  }
  strategies <- c("no start", paste("start by", format(settings$grace)))
  rows$patient <- line$id[pieces$patient]
  rows$arm <- pieces$arm
  rows$strategy <- factor(strategies[pieces$arm + 1], strategies)
  rows$weights <- pieces$weight
  weights <- cbind(strategy = strategies, made$weights[-1])
  structure(
    rows, class = c("clone_cohort", "data.frame"),
    clones = list(
      grace = settings$grace, counts = clone_counts(made, line, strategies), weights = weights, model = made$model,
      settings = settings, line = line, eligible = line$eligible
    )
  )
}

clone_counts <- function(made, line, strategies) {
  data.frame(
    strategy = strategies, clones = line$n, started = c(0L, sum(made$in_time)),
    left_before = sum(!made$in_time & !made$leaves), censored = c(sum(line$start < made$last), sum(made$leaves))
  )
}

#' @export
print.clone_cohort <- function(x, ...) {
  clones <- attr(x, "clones")
  if (is.null(clones)) return(NextMethod())
  cat("Clones of ", clones$counts$clones[1], " patients (", nrow(x), " rows)\n", sep = "")
  cat(" - strategies: start by ", format(clones$grace), " unless no longer ", clones$eligible, "; or no start\n", sep = "")
  print(clones$counts, row.names = FALSE)
  cat(" - weights (", if (clones$settings$stabilise) "stabilised" else "not stabilised", ")\n", sep = "")
  shown <- clones$weights
  shown[2:4] <- lapply(shown[2:4], format_number, digits = 2)
  print(shown, row.names = FALSE)
  cat(" - estimates and intervals: estimate_clones()\n")
  invisible(x)
}
