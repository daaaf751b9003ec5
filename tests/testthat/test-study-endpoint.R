test_that("medians come with the number still at risk there", {
  study <- run_study(small_cohort(64, seed = 3))
  result <- study$endpoints$os
  rows <- matched_data(study$matched)
  for (k in 1:2) {
    arm <- rows[rows$rt == k - 1, ]
    expect_equal(result$medians$at_risk[k], sum(arm$os[, 1] >= result$medians$median[k]))
  }
})

test_that("milestones stay within follow-up, in the cohort's unit", {
  expect_equal(milestone_times(Surv(c(10, 40), c(1, 0)), "months"), c(12, 24, 36))
  expect_equal(milestone_times(Surv(c(1, 3), c(1, 0)), "months"), 2)
  expect_equal(milestone_times(Surv(c(1, 2.5), c(1, 0)), "years"), c(1, 2))
})
