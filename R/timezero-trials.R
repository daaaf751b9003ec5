#' Sequential trials: one every interval, among those who could still start
#'
#' At regular times a trial is opened in which everybody takes part who is alive, under observation, eligible and was not
#' treated before its interval: those who started treatment in the interval against those who did not. A patient can be
#' untreated in many trials and treated in one. Covariates and eligibility are those of each trial's own time.
#'
#' @inheritParams match_risk_set
#' @param every (number > 0, in the unit of `time`) length of the intervals.
#' @param until (number or NULL) the last time at which a trial begins; default the last start of treatment.
#' @param formula (formula) `start ~ covariates`, as in [match_risk_set()]. For a cohort, default: its own.
#' @param estimand (string) `"ATT"`: the untreated of a trial are weighted to look like its treated; `"ATE"`: both arms
#'   like all who take part.
#' @param strategy (string) `"intention_to_treat"`: the untreated keep their follow-up when they are treated later (start
#'   now against not now, later allowed); `"per_protocol"`: they are censored then, with weights (start now against never).
#' @param stabilise (flag) with `"per_protocol"`: multiply the weights of the untreated by the probability of not having
#'   started that a model without covariates gives. The curve of an arm stays as it is; what a hazard ratio averages
#'   changes when hazards are not proportional, for a variance that is smaller by a third.
#' @param truncate (number in (0.5, 1]) weights above this quantile of their arm, taken on the stabilised scale, are set
#'   to it; 1 for none.
#' @return A data frame of class `sequential_trials`, one row a patient and trial (with `"per_protocol"` several pieces
#'   of follow-up), with the columns of `data` at that time and
#' \describe{
#'   \item{trial}{the time at which the trial's follow-up begins.}
#'   \item{patient}{who it is: the cluster of every estimate.}
#'   \item{arm}{1 started in the interval, 0 did not. In a cohort its treatment column says it too.}
#'   \item{start, stop, event}{for a plain data frame, counted from `trial`; the endpoints of a cohort become
#'     `Surv(start, stop, event)` columns under their own names, `NA` where the endpoint was over before the row begins.}
#'   \item{weights}{numeric.}
#' }
#'   The attribute `trials` is a list: `counts` (data frame: `trial`, `treated`, `untreated`), `dropped` (intervals in
#'   which an arm was empty, and the starts in them), `patients`, `weights` (data frame: `arm`, `mean`, `largest`,
#'   `truncated_at`, `truncated`), `model` ([fit_propensity()]), `estimand`, `strategy`, `settings`. [estimate_trials()]
#'   gives the contrasts with a bootstrap that refits the weights.
#' @section Method:
#' Interval k is ((k - 1) every, k every], the first with 0. Follow-up of its trial begins at the end of the interval, and
#' only patients who are then alive, under observation and eligible take part, so that nobody's time before that is
#' credited to an arm; the estimand is that of survivors to that time, and intervals should be short. The probability
#' of starting in an interval is a logistic model with the covariates and one intercept a trial (the hazard of starting
#' in discrete time). Weights are 1 and p / (1 - p) for the ATT, 1 / p and 1 / (1 - p) for the ATE. `"per_protocol"`
#' multiplies those of the untreated by 1 / P(not started since the trial began), from a Cox model of treatment start as
#' in [match_risk_set()]; stabilised, they are multiplied by the same probability of a model without covariates. Standard
#' errors clustered on `patient` take the weights as known; [estimate_trials()] refits them.
#'
#' A Cox model of `arm` gives the marginal hazard ratio over the trials; with `strata(trial)` each has a baseline hazard
#' of its own.
#' @section Errors: `survmatch_error_time_zero`, `survmatch_error_missing`.
#' @references
#' Hernan MA, Alonso A, Logan R, et al. (2008). Observational studies analyzed like randomized experiments: an application
#' to postmenopausal hormone therapy and coronary heart disease. Epidemiology 19:766-779.
#'
#' Gran JM, Roysland K, Wolbers M, et al. (2010). A sequential Cox approach for estimating the causal effect of treatment
#' in the presence of time-dependent confounding applied to data from the Swiss HIV Cohort Study. Statistics in Medicine
#' 29:2757-2768.
#' @family time zero
#' @examples
#' transplant <- survival::jasa[survival::jasa$futime > 0, ]
#' transplant$wait <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' trials <- sequential_trials(wait ~ age + surgery, transplant,
#'   every = 14, time = futime, event = fustat
#' )
#' trials
#' fit_cox(Surv(start, stop, event) ~ arm, data = trials, weights = weights, cluster = patient)
#' @export
sequential_trials <- function(formula = NULL, data, every, until = NULL, time = NULL, event = NULL, id = NULL,
                              entry = NULL, eligible = NULL, estimand = c("ATT", "ATE"),
                              strategy = c("intention_to_treat", "per_protocol"), stabilise = TRUE,
                              truncate = 0.999) {
  here <- rlang::current_env()
  estimand <- pick_choice(estimand)
  strategy <- pick_choice(strategy)
  line <- read_timeline(
    start_of_formula(formula, data, here), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id),
    rlang::enquo(entry), rlang::enquo(eligible), here
  )
  settings <- list(
    formula = formula, every = every, until = until, estimand = estimand, strategy = strategy, stabilise = stabilise,
    truncate = truncate
  )
  check_trial_settings(settings, here)
  new_sequential_trials(make_trials(line, settings, here), line, settings)
}

# Rows of the trials: use (row of `entered`), patient, arm, begin, end, weight; who takes part; and what they were made with.
make_trials <- function(line, settings, call) {
  entered <- open_trials(line, settings$every, settings$until, call)
  score <- trial_score(settings$formula, line, entered$rows, call)
  pieces <- trial_follow_up(line, entered$rows, settings, call)
  pieces$weight <- pieces$weight * trial_weights(score$p, entered$rows$arm, settings$estimand)[pieces$use]
  cut <- truncate_stabilised(pieces, pieces$marginal, settings)
  list(rows = cut$rows, weights = cut$summary, entered = entered, model = score$model)
}

check_trial_settings <- function(settings, call) {
  check_time_above_zero(settings$every, "every", call)
  if (!is.null(settings$until)) check_time_above_zero(settings$until, "until", call)
  check_weight_settings(settings, call)
}

# Who takes part in which trial: rows (patient, row of the data, arm, zero), and the intervals that had an empty arm.
open_trials <- function(line, every, until, call) {
  starts <- line$start[is.finite(line$start)]
  last <- min(
    until %||% Inf, every * max(floor(max(line$limit) / every), 1),
    if (length(starts) > 0) every * max(ceiling(max(starts) / every), 1) else 0
  )
  zeros <- every * seq_len(floor(last / every + 1e-9))
  order <- order(line$patient, line$entry)
  taking <- lapply(zeros, function(zero) {
    patient <- which(line$limit > zero & (line$start > zero - every | zero == every))
    row <- covering_rows(line, order, zero)[patient]
    seen <- !is.na(row)
    data.frame(
      patient = patient[seen], row = row[seen], arm = as.integer(line$start[patient[seen]] <= zero),
      zero = rep(zero, sum(seen))
    )
  })
  both <- vapply(taking, function(t) length(unique(t$arm)) == 2, NA)
  if (!any(both)) {
    sm_abort(c(
      "A trial needs patients who start in its interval and patients who do not, all still at risk at its end.",
      x = "None of the {length(zeros)} interval{?s} of {every} has both."
    ), "time_zero", call)
  }
  lost <- sum(vapply(taking[!both], function(t) sum(t$arm), 1L))
  list(rows = do.call(rbind, taking[both]), dropped = c(intervals = sum(!both), starts = lost))
}

# The row of each patient that is observed at and just after time t, or NA.
covering_rows <- function(line, order, t) {
  rows <- order[line$entry[order] <= t & line$stop[order] > t]
  out <- rep(NA_integer_, line$n)
  out[line$patient[rows]] <- rows
  out
}

# P(start in the interval) of everybody in every trial.
trial_score <- function(formula, line, rows, call) {
  frame <- covariate_columns(formula, line, call)
  names <- names(frame)
  table <- as.data.frame(frame, optional = TRUE)[rows$row, , drop = FALSE]
  table$.arm <- rows$arm
  table$.trial <- factor(rows$zero)
  terms <- c(lapply(names, as.name), if (nlevels(table$.trial) > 1) list(as.name(".trial")))
  right <- if (length(terms) > 0) Reduce(function(a, b) call("+", a, b), terms) else 1
  model <- fit_propensity(stats::as.formula(call("~", as.name(".arm"), right), env = globalenv()), data = table)
  list(model = model, p = unname(model$fitted))
}

trial_weights <- function(p, arm, estimand) {
  if (estimand == "ATT") return(ifelse(arm == 1, 1, p / (1 - p)))
  ifelse(arm == 1, 1 / p, 1 / (1 - p))
}

# Follow-up of every row of `rows` on the clock of time zero, in pieces where weights of staying untreated change.
trial_follow_up <- function(line, rows, settings, call) {
  end <- do.call(pmax, lapply(line$endpoints, `[[`, "time"))[rows$patient]
  whole <- data.frame(
    patient = rows$patient, begin = rows$zero, end = end, use = seq_len(nrow(rows)), weight = 1, arm = rows$arm, marginal = 1
  )
  if (settings$strategy == "intention_to_treat") return(whole)
  pieces <- untreated_pieces(line, rows, end, settings, call)
  treated <- which(rows$arm == 1)
  order <- order(c(treated, pieces$use), c(rows$zero[treated], pieces$begin))
  list2DF(lapply(stats::setNames(nm = names(whole)), function(name) c(whole[[name]][treated], pieces[[name]])[order]))
}

# The untreated until they start, with weights 1 / P(not started since the trial began).
untreated_pieces <- function(line, rows, end, settings, call) {
  untreated <- which(rows$arm == 0)
  model <- fit_start_model(settings$formula, line, call)
  who <- rows$patient[untreated]
  pieces <- follow_up_pieces(pmin(end[untreated], line$start[who]), update_times(line, model, 100), rows$zero[untreated])
  pieces$use <- untreated[pieces$patient]
  pieces$patient <- rows$patient[pieces$use]
  zero <- rows$zero[pieces$use]
  pieces$weight <- weights_of_untreated(pieces, line, model, pieces$patient, zero)
  pieces$marginal <- marginal_of_others(pieces, marginal_baseline(model), zero)
  pieces$arm <- rep(0L, nrow(pieces))
  pieces
}

new_sequential_trials <- function(made, line, settings) {
  pieces <- made$rows
  entered <- made$entered$rows
  zero <- entered$zero[pieces$use]
  rows <- repeat_rows(line$data, entered$row[pieces$use])
  warn_replaced(line, c("trial", "patient", "arm", "weights", if (is.null(line$roles)) c("start", "stop", "event")))
  for (e in names(line$endpoints)) {
    response <- piece_response(line$endpoints[[e]], pieces)
    columns <- list(response$start - zero, response$stop - zero, response$event)
    if (is.null(line$roles)) rows[c("start", "stop", "event")] <- columns else
      rows[[e]] <- survival::Surv(columns[[1]], columns[[2]], columns[[3]])
  }
  if (!is.null(line$roles)) {
    rows[[line$roles$treatment]] <- arm_values(rows[[line$roles$treatment]], pieces$arm, line$roles)
  }
  rows$trial <- zero
  rows$patient <- line$id[pieces$patient]
  rows$arm <- pieces$arm
  rows$weights <- pieces$weight
  counts <- table(factor(entered$zero), factor(entered$arm, 0:1))
  structure(rows, class = c("sequential_trials", "data.frame"), trials = list(
    counts = data.frame(
      trial = as.numeric(rownames(counts)), treated = as.vector(counts[, 2]), untreated = as.vector(counts[, 1])
    ),
    dropped = made$entered$dropped, patients = length(unique(entered$patient)), weights = made$weights,
    model = made$model, estimand = settings$estimand, strategy = settings$strategy, settings = settings, line = line,
    eligible = line$eligible
  ))
}

#' @export
print.sequential_trials <- function(x, ...) {
  trials <- attr(x, "trials")
  if (is.null(trials)) return(NextMethod())
  counts <- trials$counts
  cat(
    "Sequential trials: ", nrow(counts), " trials of ", trials$patients, " patients, ", sum(counts$treated),
    " starts and ", sum(counts$untreated), " places of patients who did not start then\n",
    " - take part: ", trials$eligible, " before the interval\n - estimand: ", trial_estimand(trials), "\n", sep = ""
  )
  if (trials$dropped[["intervals"]] > 0) cat(
    " - left out: ", trials$dropped[["intervals"]], " intervals in which an arm was empty, with ",
    trials$dropped[["starts"]], " starts\n", sep = ""
  )
  print(counts, row.names = FALSE)
  cat(" - weights\n")
  shown <- trials$weights
  shown[2:4] <- lapply(shown[2:4], format_number, digits = 2)
  print(shown, row.names = FALSE)
  cat(" - estimate with weights = weights, cluster = patient\n")
  invisible(x)
}

trial_estimand <- function(trials) {
  paste0(
    if (trials$estimand == "ATT") "of those who start" else "of all who take part", ", start now against ",
    if (trials$strategy == "per_protocol") "never (dependent censoring at a later start, weighted)" else
      "not now, later allowed", "; survivors to the end of each interval"
  )
}
