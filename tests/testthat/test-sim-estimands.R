test_that("a treatment that does nothing has a hazard ratio of 1 in every design", {
  for (shape in c("proportional", "plateau")) {
    d <- simulate_cohort(10, hr = 1, shape = shape, seed = 1)
    for (design in c("risk_set", "landmark", "clone_censor", "assigned")) {
      truth <- true_estimands(d, design, "pfs", size = 2000)
      expect_equal(truth$value[truth$measure == "log_hr"], 0, tolerance = 1e-8)
    }
  }
})

test_that("without prognosis the assigned hazard ratio of PFS is the one of the hazards", {
  d <- simulate_cohort(10, hr = 0.6, prognosis = c(age = 0), seed = 1)
  truth <- true_estimands(d, "assigned", "pfs", size = 50000)
  expect_equal(truth$value[2], 0.6, tolerance = 0.02)
})

test_that("risk-set matching of a large cohort finds the true hazard ratio of PFS", {
  d <- simulate_cohort(20000, hr = 0.7, seed = 3)
  truth <- true_estimands(d, "risk_set", "pfs", size = 50000)$value[1]
  matched <- match_risk_set(
    start ~ age + male + ecog + cervical + liver + centre, d, pfs_time, pfs_event, caliper = 0.2
  )
  rows <- matched_data(matched)
  fit <- fit_cox(Surv(end, event) ~ treated, data = rows)
  expect_lt(abs(unname(stats::coef(fit)) - truth), 3 * sqrt(stats::vcov(fit)[1]))
})
