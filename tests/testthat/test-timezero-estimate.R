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

test_that("trials: the estimate is that of their rows, and a bootstrap sample draws patients with all their rows", {
  d <- clone_table(5, 150)
  trials <- trials_of(d, every = 3, strategy = "per_protocol")
  found <- estimate_trials(trials, times = 4, replicates = 25, seed = 2)
  fit <- fit_cox(Surv(start, stop, event) ~ arm, data = trials, weights = weights, cluster = patient)
  expect_equal(found$estimate[1], unname(exp(stats::coef(fit))), tolerance = 1e-9)
  curves <- survival::survfit(Surv(start, stop, event) ~ arm, data = trials, weights = weights)
  expect_equal(c(found$control[3], found$treated[3]), summary(curves, times = 4)$surv, tolerance = 1e-9)
  expect_identical(found, estimate_trials(trials, times = 4, replicates = 25, seed = 2))
  expect_true(all(found$conf.low < found$conf.high))
  expect_output(print(found), "Sequential trials")
  expect_error(estimate_trials(d), class = "survmatch_error_time_zero")
  expect_error(estimate_trials(trials, times = NA_real_), class = "survmatch_error_time_zero")
})

test_that("drawn patients bring their covariates in time along", {
  d <- data.frame(
    id = c(1, 1, 2, 3, 4, 4), from = c(0, 4, 0, 0, 0, 3), to = c(4, 9, 8, 10, 3, 7), died = c(0, 1, 1, 0, 0, 1),
    wait = c(5, 5, 2, NA, NA, NA), x = c(1, 2, 0, 1, 3, 4)
  )
  line <- attr(suppressWarnings(
    sequential_trials(wait ~ 1, d, every = 3, time = to, event = died, id = id, entry = from)
  ), "trials")$line
  set.seed(3)
  drawn <- draw_line(line)
  rows <- split(seq_along(drawn$patient), drawn$patient)
  for (p in seq_along(rows)) {
    own <- d[d$id == drawn$id[p], ]
    expect_identical(drawn$data$x[rows[[p]]], own$x)
    expect_identical(drawn$stop[rows[[p]]], own$to)
    expect_identical(drawn$start[p], ifelse(is.na(own$wait[1]), Inf, own$wait[1]))
  }
})
