# Trials against the rule written out patient by patient, and their weights against glm() and coxph().

test_that("a trial holds who is at risk at its end and was not treated before its interval", {
  for (seed in 1:20) {
    d <- clone_table(seed, n = 80)
    every <- 3
    found <- trials_of(d, every = every)
    wait <- ifelse(is.na(d$wait), Inf, d$wait)
    limit <- pmin(d$time, ifelse(is.na(d$stops), Inf, d$stops))
    zeros <- every * seq_len(ceiling(max(d$wait, na.rm = TRUE) / every))
    expected <- do.call(rbind, lapply(zeros, function(zero) {
      who <- which(limit > zero & wait > zero - every)
      data.frame(trial = rep(zero, length(who)), patient = who, arm = as.integer(wait[who] <= zero))
    }))
    both <- vapply(split(expected$arm, expected$trial), function(a) length(unique(a)) == 2, NA)
    expected <- expected[expected$trial %in% as.numeric(names(both)[both]), ]
    expect_equal(as.data.frame(found)[c("trial", "patient", "arm")], expected, ignore_attr = TRUE)
    expect_equal(found$stop, d$time[found$patient] - found$trial)
    expect_identical(as.integer(found$event), d$event[found$patient])
    expect_equal(attr(found, "trials")$dropped[["intervals"]], length(zeros) - sum(both))
  }
})

test_that("weights are those of a logistic model with an intercept a trial, and of staying untreated", {
  for (seed in 1:10) {
    d <- clone_table(seed, n = 150)
    att <- trials_of(d, every = 3, truncate = 1)
    model <- stats::glm(arm ~ x + factor(trial), family = stats::binomial(), data = as.data.frame(att))
    p <- unname(stats::fitted(model))
    expect_equal(att$weights, ifelse(att$arm == 1, 1, p / (1 - p)), tolerance = 1e-6)
    ate <- trials_of(d, every = 3, truncate = 1, estimand = "ATE")
    expect_equal(ate$weights, 1 / ifelse(att$arm == 1, p, 1 - p), tolerance = 1e-6)

    per <- trials_of(d, every = 3, truncate = 1, strategy = "per_protocol", stabilise = FALSE)
    limit <- pmin(d$time, d$stops, na.rm = TRUE)
    start <- survival::coxph(survival::Surv(pmin(limit, d$wait, na.rm = TRUE), !is.na(d$wait)) ~ x, data = d)
    base <- survival::survfit(start, newdata = data.frame(x = 0), stype = 2, ctype = 1)
    hazard <- function(i, t) {
      c(0, base$cumhaz)[findInterval(min(t, limit[i]), base$time) + 1] * exp(d$x[i] * stats::coef(start))
    }
    place <- match(paste(per$trial, per$patient), paste(att$trial, att$patient))
    expect_identical(sort(unique(place)), seq_len(nrow(att)))
    for (k in sample(nrow(per), 60)) {
      i <- per$patient[k]
      stay <- if (per$arm[k] == 1) 1 else exp(hazard(i, per$trial[k] + per$start[k] + 1e-9) - hazard(i, per$trial[k]))
      expect_equal(per$weights[k], att$weights[place[k]] * unname(stay), tolerance = 1e-6)
    }
    stabilised <- trials_of(d, every = 3, truncate = 1, strategy = "per_protocol")
    common <- survival::survfit(
      survival::Surv(pmin(limit, d$wait, na.rm = TRUE), !is.na(d$wait)) ~ 1, data = d, stype = 2, ctype = 1
    )
    marginal <- function(t) c(0, common$cumhaz)[findInterval(t, common$time) + 1]
    factor <- exp(marginal(per$trial) - marginal(per$trial + per$start + 1e-9))
    expect_equal(stabilised$weights, per$weights * ifelse(per$arm == 1, 1, factor), tolerance = 1e-6)

    last <- tapply(per$stop, place, max)
    own <- as.integer(names(last))
    expected <- pmin(d$time[att$patient[own]], ifelse(
      att$arm[own] == 1 | is.na(d$wait[att$patient[own]]), Inf, d$wait[att$patient[own]]
    )) - att$trial[own]
    expect_equal(as.vector(last), expected)
  }
})

test_that("covariates of rows in time are those at the beginning of the trial", {
  d <- data.frame(
    id = c(1, 1, 2, 3, 4, 4), from = c(0, 4, 0, 0, 0, 3), to = c(4, 9, 8, 10, 3, 7), died = c(0, 1, 1, 0, 0, 1),
    wait = c(5, 5, 2, NA, NA, NA), x = c(1, 2, 0, 1, 3, 4)
  )
  found <- suppressWarnings(
    sequential_trials(wait ~ 1, d, every = 3, time = to, event = died, id = id, entry = from)
  )
  expect_equal(found$x[found$trial == 3], c(1, 0, 1, 4))
  expect_equal(found$arm[found$trial == 3], c(0, 1, 0, 0))
  expect_equal(found$x[found$trial == 6 & found$patient == 1], 2)
})

test_that("a cohort keeps its columns, and what cannot be done is said", {
  patients <- simulate_cohort(200, seed = 4)
  cohort <- suppressWarnings(as_cohort(patients,
    id = id, treatment = rt, covariates = c(age, ecog), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  found <- sequential_trials(data = cohort, every = 1, until = 10)
  expect_identical(found$rt, as.vector(found$arm), ignore_attr = TRUE)
  expect_lte(max(found$trial), 10)
  fit <- fit_cox(pfs ~ rt, data = found, weights = weights, cluster = patient)
  peer <- survival::coxph(pfs ~ rt, data = as.data.frame(found), weights = found$weights, cluster = found$patient)
  expect_equal(coef(fit), coef(peer), tolerance = 1e-9)
  expect_output(print(found), "start now against not now")
  expect_error(sequential_trials(data = cohort, every = 0), class = "survmatch_error_time_zero")
  expect_error(sequential_trials(data = cohort, every = 1, until = NA), class = "survmatch_error_time_zero")
  expect_error(sequential_trials(data = cohort, every = 1e6), class = "survmatch_error_time_zero")
  d <- clone_table(1)
  d$arm <- 1
  expect_warning(trials_of(d, every = 3), class = "survmatch_warning_columns")
})
