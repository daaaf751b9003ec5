#' What a simulated treatment truly does
#'
#' The estimands of a cohort made by [simulate_cohort()], from a large run in which every patient of the eligible
#' population is followed under both strategies, with the same covariates, time zero and censoring.
#'
#' @param x (data frame of [simulate_cohort()]).
#' @param design (string) the eligible population, time zero and strategies: `"risk_set"`: the treated, from the start
#'   of treatment; treat now against not now, later allowed. `"landmark"`: the treated by month `landmark` who are then
#'   event-free and observed, from the landmark; against patients with the same covariates who are then event-free,
#'   observed and untreated, later allowed. `"clone_censor"`: everybody, from time zero; start by month `grace` (at the
#'   time at which one would, else at `grace`) unless progressed, against never. `"assigned"`: everybody, from time
#'   zero; treated at time zero against never. `"sequential"`: the treated, from the end of the interval (of length
#'   `every`) in which they start, if then event-free and observed; against patients with the same covariates who are
#'   then event-free, observed and untreated, later allowed.
#' @param endpoint (string) `"os"` or `"pfs"`.
#' @param tau (number or NULL, months) follow-up ends there; `NULL`: with the study. The marginal hazard ratio depends
#'   on it and on the censoring.
#' @param times (numeric, months) survival is compared at these times.
#' @param landmark,grace,every (numbers, months) see `design`.
#' @param later (string) of `"risk_set"`, `"landmark"` and `"sequential"`: may the untreated be treated later (`"keep"`), or
#'   do they never start (`"censor"`, after the analyses that censor them then)?
#' @param size (whole number) patients of the large run.
#' @param seed (whole number) of the large run.
#' @return A data frame of class `true_estimands`: `measure` (`"log_hr"`, `"hr"`, `"rmst_difference"`,
#'   `"survival_difference"`), `time` (months: tau or the time), `value`, `treated`, `control` (RMST or survival of each
#'   strategy), and `n`, the number of patients under each strategy.
#' @section Method:
#' The hazard ratio is that of a Cox model with the strategy as its only covariate, on both copies, censored as the
#' study is. RMST (up to `tau`, default the 90th centile of censoring times) and survival are means over uncensored
#' times.
#' @family simulation
#' @examples
#' study <- simulate_cohort(200, hr = 0.7, seed = 1)
#' true_estimands(study, "risk_set", size = 5000)
#' @export
true_estimands <- function(x, design = c(
  "risk_set", "landmark", "clone_censor", "assigned", "sequential"
), endpoint = c("os", "pfs"), tau = NULL,
                           times = c(12, 24), landmark = 6, grace = 6, every = 1, later = c("keep", "censor"),
                           size = 2e5, seed = 1) {
  design <- pick_choice(design)
  endpoint <- pick_choice(endpoint)
  never <- pick_choice(later) == "censor"
  p <- attr(x, "simulation")
  if (is.null(p)) sm_abort(
    c("{.arg x} must come from {.fn simulate_cohort}.", x = "It has no parameters."), "simulation"
  )
  p$n <- size
  lives <- with_seed(seed, {
    patients <- draw_patients(p)
    patients$willing <- patients$willing * exp((p$centre_effects - attr(patients, "centre_effects"))[patients$centre])
    switch(design,
      risk_set = lives_from_start(patients, p, endpoint, never),
      landmark = lives_from_landmark(patients, p, endpoint, function(start) rep(landmark, length(start)), never),
      sequential = lives_from_landmark(patients, p, endpoint, function(start) every * pmax(ceiling(start / every), 1), never),
      clone_censor = lives_from_zero(patients, p, endpoint, strategy_start(patients, p, grace)),
      assigned = lives_from_zero(patients, p, endpoint, numeric(nrow(patients)))
    )
  })
  new_true_estimands(lives, tau, times)
}

# Each returns treated, control: times from time zero of the design; end: censoring, from there.
lives_from_start <- function(x, p, endpoint, never) {
  start <- draw_start(x, p)
  treated <- live(x, start, p)
  eligible <- is.finite(treated$start) & treated$start < x$end
  x <- x[eligible, ]
  zero <- treated$start[eligible]
  # whoever does not start now may start later, with the same hazard
  wait <- if (never) Inf else stats::rexp(nrow(x)) / (p$offered * x$willing)
  control <- live(x, zero + wait, p)
  list(treated = treated[eligible, endpoint] - zero, control = control[[endpoint]] - zero, end = x$end - zero)
}

# `landmark_of` gives the landmark of a start of treatment.
lives_from_landmark <- function(x, p, endpoint, landmark_of, never) {
  treated <- live(x, draw_start(x, p), p)
  landmark <- landmark_of(treated$start)
  at_risk <- treated$start <= landmark & treated$pfs > landmark & x$end > landmark
  x <- x[at_risk, ]
  landmark <- landmark[at_risk]
  # the same patient untreated and event-free at the landmark, with as much of each hazard left to wait for
  spent <- passed_area(landmark, rep(Inf, nrow(x)), p) - passed_area(landmark, treated$start[at_risk], p)
  control <- x
  control$e_progression <- x$e_progression + spent * p$progression * x$risk
  control$e_death <- x$e_death + spent * p$death * x$risk
  wait <- if (never) Inf else stats::rexp(nrow(x)) / (p$offered * x$willing)
  control <- live(control, pmax(landmark, p$delay) + wait, p)
  list(
    treated = treated[at_risk, endpoint] - landmark, control = control[[endpoint]] - landmark, end = x$end - landmark
  )
}

strategy_start <- function(x, p, grace) pmin(draw_start(x, p), grace)

lives_from_zero <- function(x, p, endpoint, start) {
  list(treated = live(x, start, p)[[endpoint]], control = live(x, rep(Inf, nrow(x)), p)[[endpoint]], end = x$end)
}

new_true_estimands <- function(lives, tau, times) {
  n <- length(lives$end)
  horizon <- tau %||% Inf
  end <- pmin(c(lives$end, lives$end), horizon)
  time <- c(lives$treated, lives$control)
  both <- data.frame(time = pmin(time, end), event = as.integer(time <= end), arm = rep(1:0, each = n))
  log_hr <- unname(stats::coef(fit_cox(Surv(time, event) ~ arm, data = both)))
  tau <- tau %||% unname(stats::quantile(lives$end, 0.9))
  means <- c(mean(pmin(lives$treated, tau)), mean(pmin(lives$control, tau)))
  treated <- vapply(times, function(t) mean(lives$treated > t), 0)
  control <- vapply(times, function(t) mean(lives$control > t), 0)
  k <- length(times)
  structure(
    data.frame(
      measure = c(
        "log_hr", "hr", "rmst_difference", rep("survival_difference", k)
      ), time = c(horizon, horizon, tau, times),
      value = c(log_hr, exp(log_hr), means[1] - means[2], treated - control),
      treated = c(NA, NA, means[1], treated), control = c(NA, NA, means[2], control), n = n
    ),
    class = c("true_estimands", "data.frame")
  )
}
