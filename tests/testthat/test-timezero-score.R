# Baseline hazards and probabilities of starting treatment beside survival and beside sums over everybody.

random_rows <- function(seed, n = 40) {
  set.seed(seed)
  end <- if (seed %% 2) stats::rexp(n) else sample(6, n, TRUE)
  list(
    entry = if (seed %% 3 == 0) end * stats::runif(n, 0, 0.9) else rep(-Inf, n), end = end,
    started = stats::rbinom(n, 1, 0.6), linear = stats::rnorm(n)
  )
}

test_that("the baseline hazard of starting is Breslow's", {
  for (seed in 1:60) {
    d <- random_rows(seed)
    if (sum(d$started) == 0) next
    ours <- survmatch:::breslow_hazard(d$entry, d$end, d$started, d$linear)
    y <- if (any(is.finite(d$entry))) Surv(d$entry, d$end, d$started) else Surv(d$end, d$started)
    # with all coefficients fixed at their values survival's hazard is that at a linear predictor of 0
    fit <- survival::coxph(y ~ d$linear, init = 1, control = survival::coxph.control(iter.max = 0), ties = "breslow")
    curve <- survival::basehaz(fit, centered = FALSE)
    expect_equal(ours$cumulative, curve$hazard[match(ours$time, curve$time)], tolerance = 1e-9, info = paste("seed", seed))
    count_comparison("breslow_hazard", peer_version("survival"))
  }
})

test_that("sums at or after a time are those of everybody", {
  for (seed in 1:30) {
    d <- random_rows(seed)
    at <- c(sample(d$end, 10, TRUE), stats::runif(5, -1, 8))
    expected <- vapply(at, function(t) sum(exp(d$linear)[d$end >= t]), 1)
    expect_equal(survmatch:::sum_at_or_after(d$end, exp(d$linear), at), expected, info = seed)
  }
})

test_that("the baseline hazard is right-continuous, and 0 before the first start", {
  baseline <- list(time = c(1, 2, 4), cumulative = c(0.1, 0.3, 0.6))
  expect_equal(survmatch:::baseline_at(baseline, c(0, 1, 1.5, 4, 9)), c(0, 0.1, 0.1, 0.6, 0.6))
  expect_equal(survmatch:::baseline_at(baseline, c(0, 1, 1.5, 4, 9), before = TRUE), c(0, 0, 0.1, 0.3, 0.6))
})

test_that("the hazard of starting follows the rows of a patient, and ends where he stops being eligible", {
  model <- list(baseline = list(time = c(1, 2, 4), cumulative = c(0.1, 0.3, 0.6)), linear = log(c(1, 2, 3, 1)))
  line <- list(
    delayed = TRUE, patient = c(1, 1, 2, 2), entry = c(0, 1.5, 0, 3), stop = c(1.5, 3, 3, 5), limit = c(Inf, 2)
  )
  expect_equal(survmatch:::start_hazard(model, line, 1:2, c(0, 0), c(5, 5)), c(0.1 * 1 + 0.5 * 2, 0.3 * 3))
  expect_equal(survmatch:::start_hazard(model, line, 1, 1, 2, before = TRUE), 0)
  line <- list(delayed = FALSE, first = 1:4, limit = rep(Inf, 4))
  expect_equal(survmatch:::start_hazard(model, line, 1:4, rep(1, 4), rep(4, 4)), 0.5 * exp(model$linear))
})

test_that("a score without starts, with missing covariates or with strata is refused", {
  d <- data.frame(x = c(1, NA, 3, 4), g = 1:4, stop = 2:5, event = 1, start = c(1, NA, 2, NA))
  expect_error(match_risk_set(start ~ x, d, stop, event), class = "survmatch_error_missing")
  expect_error(match_risk_set(start ~ strata(g), d, stop, event), class = "survmatch_error_time_zero")
  d$start <- NA_real_
  expect_error(match_risk_set(start ~ g, d, stop, event), class = "survmatch_error_time_zero")
})
