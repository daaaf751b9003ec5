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
