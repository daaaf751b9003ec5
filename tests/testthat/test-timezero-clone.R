# Clones against the strategies written out patient by patient, and their weights against coxph() and survfit().

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

test_that("a few intervals give the hazard ratio of all starts", {
  table <- simulate_cohort(3000, hr = 1, centre_sd = 0, seed = 11)
  cohort <- suppressWarnings(as_cohort(table,
    id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  log_hr <- function(intervals) {
    coef(fit_cox(pfs ~ arm, data = clone_censor(cohort, grace = 6, intervals = intervals), weights = weights))[[1]]
  }
  expect_equal(log_hr(25), log_hr(5000), tolerance = 0.005 / abs(log_hr(5000)))
})
