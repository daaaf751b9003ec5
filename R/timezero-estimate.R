#' Contrasts of cloned strategies and of sequential trials, with a bootstrap that refits the weights
#'
#' @param x (`clone_cohort`) from [clone_censor()], or (`sequential_trials`) from [sequential_trials()].
#' @param endpoint (string) of a cohort; default the first.
#' @param times (numbers) survival is compared at these times.
#' @param tau (number or NULL) horizon of the restricted means; default the smaller of the arms' largest times with 10
#'   patients at risk.
#' @param replicates (whole number) bootstrap samples of patients; 0 for estimates without intervals.
#' @param conf.level (number in (0, 1)).
#' @param seed (whole number or NULL) of the samples; the caller's random numbers stay as they were.
#' @return A data frame of class `strategy_estimates`: `measure` (`"hr"`, `"rmst_difference"`, `"survival_difference"`),
#'   `time` (tau or the time, NA for the hazard ratio), `estimate` (started v not), `conf.low`, `conf.high`, `treated`,
#'   `control` (restricted mean or survival of each strategy) and `failed` (samples without an estimate).
#' @section Method:
#' The hazard ratio is that of a weighted Cox model with the arm alone, over all trials; survival and restricted means are
#' of weighted Kaplan-Meier curves, in trials counted from the beginning of each. Each bootstrap sample draws patients
#' with all their rows, refits the models of start and loss, and makes their clones or trials anew; limits are
#' percentiles (of the log for the hazard ratio).
#' @section Errors: `survmatch_error_time_zero`.
#' @family time zero
#' @examples
#' study <- simulate_cohort(200, seed = 1)
#' cohort <- as_cohort(study,
#'   id = id, treatment = rt, covariates = c(age, ecog, liver), start = start,
#'   endpoints = list(os = Surv(os_time, os_event))
#' )
#' estimate_clones(clone_censor(cohort, grace = 6), times = 12, replicates = 20, seed = 1)
#' estimate_trials(sequential_trials(data = cohort, every = 2, strategy = "per_protocol"), replicates = 20, seed = 1)
#' @export
estimate_clones <- function(x, endpoint = NULL, times = NULL, tau = NULL, replicates = 500, conf.level = 0.95,
                            seed = NULL) {
  here <- rlang::current_env()
  made <- strategies_of(x, "clone_cohort", "clones", "clone_censor", here)
  make <- function(line) cbind(make_clones(line, made$settings, here)$rows, zero = 0)
  estimate_strategies(made$line, make, endpoint, times, tau, replicates, conf.level, seed, "Cloned strategies", here)
}

#' @rdname estimate_clones
#' @export
estimate_trials <- function(x, endpoint = NULL, times = NULL, tau = NULL, replicates = 500, conf.level = 0.95,
                            seed = NULL) {
  here <- rlang::current_env()
  made <- strategies_of(x, "sequential_trials", "trials", "sequential_trials", here)
  make <- function(line) {
    trials <- make_trials(line, made$settings, here)
    cbind(trials$rows, zero = trials$entered$rows$zero[trials$rows$use])
  }
  estimate_strategies(made$line, make, endpoint, times, tau, replicates, conf.level, seed, "Sequential trials", here)
}

strategies_of <- function(x, class, attribute, maker, call) {
  made <- attr(x, attribute)
  if (inherits(x, class) && !is.null(made)) return(made)
  sm_abort("{.arg x} must come from {.fn {maker}}, with all its rows.", "time_zero", call)
}

# `make` gives the rows of a timeline under both strategies: patient, arm, begin, end, weight, zero.
estimate_strategies <- function(line, make, endpoint, times, tau, replicates, conf.level, seed, title, call) {
  endpoint <- rlang::arg_match0(endpoint %||% names(line$endpoints)[1], names(line$endpoints), "endpoint")
  if (!is.null(times) && (!is.numeric(times) || anyNA(times))) {
    sm_abort("{.arg times} must be numbers.", "time_zero", call)
  }
  follow_up <- strategy_follow_up(line, make(line), endpoint)
  tau <- tau %||% strategy_horizon(follow_up)
  point <- strategy_contrasts(follow_up, times, tau)
  sample_of <- function() {
    drawn <- draw_line(line)
    tryCatch(
      strategy_contrasts(strategy_follow_up(drawn, make(drawn), endpoint), times, tau)$estimate,
      survmatch_error = function(e) rep(NA_real_, nrow(point))
    )
  }
  draws <- with_seed(seed, bootstrap_draws(replicates, sample_of, nrow(point)))
  limits <- percentile_limits(draws, conf.level)
  point$conf.low <- if (replicates > 0) limits[1, ] else NA_real_
  point$conf.high <- if (replicates > 0) limits[2, ] else NA_real_
  point$failed <- colSums(is.na(draws))
  structure(
    point[c("measure", "time", "estimate", "conf.low", "conf.high", "treated", "control", "failed")],
    class = c("strategy_estimates", "data.frame"), replicates = replicates, endpoint = endpoint, title = title
  )
}

bootstrap_draws <- function(replicates, sample_of, columns) {
  draws <- matrix(NA_real_, replicates, columns)
  if (replicates == 0) return(draws)
  bar <- cli::cli_progress_bar("Bootstrap", total = replicates)
  for (b in seq_len(replicates)) {
    draws[b, ] <- suppressWarnings(sample_of())
    cli::cli_progress_update(id = bar)
  }
  cli::cli_progress_done(id = bar)
  draws
}

# The timeline of patients drawn with replacement, each with all its rows.
draw_line <- function(line) {
  who <- sample.int(line$n, replace = TRUE)
  rows <- if (line$n == length(line$patient)) as.list(line$first[who]) else
    split(seq_along(line$patient), line$patient)[who]
  index <- unlist(rows, use.names = FALSE)
  line$data <- repeat_rows(line$data, index)
  for (name in c("start", "limit", "progressed", "id")) line[[name]] <- line[[name]][who]
  for (name in c("stop", "entry")) line[[name]] <- line[[name]][index]
  line$endpoints <- lapply(line$endpoints, function(e) list(time = e$time[who], status = e$status[who]))
  line$patient <- rep(seq_along(who), lengths(rows))
  line$first <- which(!duplicated(line$patient))
  line
}

# Percentiles of each column of the samples: lower limits, then upper ones.
percentile_limits <- function(draws, level) {
  apply(draws, 2, stats::quantile, probs = c(1 - level, 1 + level) / 2, na.rm = TRUE, names = FALSE)
}

# (start, stop] rows of an endpoint, counted from the zero of each row.
strategy_follow_up <- function(line, rows, endpoint) {
  y <- piece_response(line$endpoints[[endpoint]], rows)
  data.frame(
    start = y$start - rows$zero, stop = y$stop - rows$zero, event = y$event, arm = rows$arm, w = rows$weight,
    patient = rows$patient
  )[!is.na(y$start), ]
}

strategy_contrasts <- function(data, times, tau) {
  hr <- unname(exp(stats::coef(fit_cox(Surv(start, stop, event) ~ arm, data = data, weights = data$w, robust = FALSE))))
  curves <- lapply(1:0, function(strategy) {
    mine <- data[data$arm == strategy, ]
    fit <- fit_km(Surv(start, stop, event) ~ 1, data = mine, weights = mine$w, robust = FALSE, se.fit = FALSE)
    list(time = c(0, fit$time), survival = c(1, fit$surv))
  })
  mean_to_tau <- function(curve) {
    inside <- curve$time < tau
    sum(curve$survival[inside] * diff(c(curve$time[inside], tau)))
  }
  at <- function(curve, t) curve$survival[findInterval(t, curve$time)]
  means <- vapply(curves, mean_to_tau, 0)
  treated <- at(curves[[1]], times %||% numeric())
  control <- at(curves[[2]], times %||% numeric())
  k <- length(times)
  data.frame(
    measure = c("hr", "rmst_difference", rep("survival_difference", k)), time = c(NA, tau, times),
    estimate = c(hr, means[1] - means[2], treated - control), treated = c(NA, means[1], treated),
    control = c(NA, means[2], control)
  )
}

# The smaller of the arms' largest times with 10 patients at risk.
strategy_horizon <- function(data) {
  min(vapply(0:1, function(arm) {
    last <- tapply(data$stop[data$arm == arm], data$patient[data$arm == arm], max)
    sort(last, decreasing = TRUE)[min(10, length(last))]
  }, 0))
}

#' @export
print.strategy_estimates <- function(x, ...) {
  cat(attr(x, "title"), ", start v no start; ", attr(x, "replicates"), " bootstrap samples of patients\n", sep = "")
  shown <- as.data.frame(x)
  shown[vapply(shown, is.double, NA)] <- lapply(shown[vapply(shown, is.double, NA)], signif, 4)
  print(shown, row.names = FALSE)
  invisible(x)
}
