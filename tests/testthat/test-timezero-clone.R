# Clones against the strategies written out patient by patient, and their weights against coxph() and survfit().

clone_table <- function(seed, n = 60) {
  set.seed(seed)
  d <- data.frame(key = seq_len(n), x = stats::rnorm(n), time = stats::rexp(n, 0.08), event = stats::rbinom(n, 1, 0.7))
  wait <- stats::rexp(n, 0.12 * exp(0.5 * d$x))
  d$wait <- ifelse(wait < d$time, wait, NA)
  d$stops <- ifelse(stats::runif(n) < 0.3, d$time * stats::runif(n), NA)
  d$wait[!is.na(d$stops) & !is.na(d$wait) & d$wait >= d$stops] <- NA
  d
}

clones_of <- function(d, ...) {
  clone_censor(d, start = wait, time = time, event = event, eligible = stops, formula = ~x, ...)
}

test_that("each clone is followed until the patient leaves the strategy", {
  for (seed in 1:20) {
    d <- clone_table(seed)
    grace <- 4
    rows <- clones_of(d, grace = grace)
    for (i in seq_len(nrow(d))) {
      wait <- if (is.na(d$wait[i])) Inf else d$wait[i]
      eligible_until <- min(d$time[i], if (is.na(d$stops[i])) Inf else d$stops[i])
      leaves <- wait > grace && eligible_until > grace
      end <- c(min(d$time[i], wait), if (leaves) grace else d$time[i])
      for (arm in 0:1) {
        mine <- rows[rows$patient == i & rows$arm == arm, ]
        expect_equal(range(mine$start, mine$stop), c(0, end[arm + 1]))
        expect_equal(sum(mine$event), d$event[i] * (end[arm + 1] == d$time[i]))
        expect_equal(mine$start[-1], mine$stop[-nrow(mine)])
      }
    }
  }
})

test_that("weights are inverse probabilities from a Cox model of treatment start", {
  for (seed in 1:20) {
    d <- clone_table(seed)
    grace <- 4
    rows <- clones_of(d, grace = grace, truncate = 1, intervals = 1000)
    limit <- pmin(d$time, d$stops, na.rm = TRUE)
    end <- pmin(limit, d$wait, na.rm = TRUE)
    started <- as.integer(!is.na(d$wait))
    model <- survival::coxph(survival::Surv(end, started) ~ x, data = d, ties = "efron")
    base <- survival::survfit(model, newdata = data.frame(x = 0), stype = 2, ctype = 1)
    hazard <- function(i, t) {
      t <- min(t, limit[i])
      c(0, base$cumhaz)[findInterval(t, base$time) + 1] * exp(d$x[i] * stats::coef(model))
    }
    for (k in sample(nrow(rows), 40)) {
      i <- rows$patient[k]
      expected <- if (rows$arm[k] == 0) {
        exp(hazard(i, rows$start[k]))
      } else if (rows$start[k] >= grace && limit[i] > grace) {
        1 / (1 - exp(-hazard(i, grace)))
      } else {
        1
      }
      expect_equal(rows$weights[k], expected, tolerance = 1e-6, ignore_attr = TRUE)
    }
    stabilised <- clones_of(d, grace = grace, truncate = 1, intervals = 1000, stabilise = TRUE)
    ratio <- stabilised$weights / rows$weights
    first <- rows$arm == 1 & rows$start >= grace
    expect_lt(diff(range(ratio[first])), 1e-9) # one factor an arm and time
    expect_true(all(clones_of(d, grace = grace, truncate = 0.9)$weights <= rows$weights + 1e-12))
  }
})

test_that("a treatment that does nothing shows nothing, where ever against never is far off", {
  d <- simulate_cohort(4000, hr = 1, seed = 11)
  cohort <- suppressWarnings(as_cohort(d,
    id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver, centre), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  clones <- clone_censor(cohort, grace = 6)
  estimates <- estimate_clones(clones, times = 24, replicates = 0)
  expect_lt(abs(log(estimates$estimate[1])), 0.1)
  expect_lt(abs(estimates$estimate[3]), 0.05)
  expect_lt(unname(stats::coef(fit_cox(os ~ rt, data = cohort))), -0.7)
  fit <- fit_cox(os ~ arm, data = clones, weights = weights, cluster = patient)
  expect_equal(unname(exp(stats::coef(fit))), estimates$estimate[1], tolerance = 1e-6)
  expect_output(print(clones), "start by 6")
})

test_that("the bootstrap draws patients, is seeded, and says how many samples failed", {
  d <- clone_table(3, 80)
  clones <- clones_of(d, grace = 4)
  a <- estimate_clones(clones, times = 6, replicates = 30, seed = 5)
  expect_identical(a, estimate_clones(clones, times = 6, replicates = 30, seed = 5))
  expect_true(all(a$conf.low <= a$estimate & a$estimate <= a$conf.high))
  expect_true(all(a$failed >= 0))
  lost <- clones_of(d, grace = 4, loss = ~x)
  expect_false(isTRUE(all.equal(lost$weights, clones$weights)))
  expect_output(print(a), "30 bootstrap samples")
})

test_that("what it cannot do is refused with a sentence", {
  d <- clone_table(1)
  expect_error(clones_of(d, grace = 0), class = "survmatch_error_time_zero")
  expect_error(clones_of(d, grace = 1e-9), class = "survmatch_error_time_zero")
  expect_error(clones_of(d, grace = 4, truncate = 0.2), class = "survmatch_error_time_zero")
  expect_error(
    clone_censor(d, grace = 4, start = wait, time = time, event = event), class = "survmatch_error_time_zero"
  )
  expect_error(estimate_clones(d), class = "survmatch_error_time_zero")
})
