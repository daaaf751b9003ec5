test_that("medians that the hazard ratio does not fit are pointed out, those that it fits are not", {
  expect_null(medians_contradiction(c(10, 14.3), 0.7, log(1.5)))
  expect_match(medians_contradiction(c(13.7, 38), 0.7, log(1.5)), "hazard ratio of 0.36")
  expect_null(medians_contradiction(c(13.7, NA), 0.7, log(1.5)))
  expect_match(medians_contradiction(c(NA, 13.7), 0.7, log(1.5)), "not reached")
  expect_null(medians_contradiction(c(NA, NA), 0.7, log(1.5)))
})

# Cui et al. (2025) BMC Cancer 25:1775 report 31 or so events: 0.37 and 2.7 are what 80% power can detect.
test_that("the detectable hazard ratio is that of Schoenfeld's formula", {
  expect_equal(round(detectable_hr(31), 2), c(0.37, 2.74))
})

test_that("an endpoint that outlives the one it precedes is found", {
  cohort <- small_cohort(64, seed = 3)
  study <- run_study(cohort)
  early <- cohort
  early$pfs <- Surv(pmin(cohort$pfs[, 1], 3), ifelse(cohort$pfs[, 1] <= 3, cohort$pfs[, 2], 0))
  crossing <- run_study(early)
  expect_true("endpoints against each other" %in% crossing$checks$check)
  expect_match(
    paste(crossing$checks$sentence[crossing$checks$check == "endpoints against each other"], collapse = " "),
    "patients of the cohort are censored for Progression-free survival"
  )
})

test_that("each finding has a sentence without a patient's identifier", {
  study <- run_study(small_cohort(64, seed = 3))
  expect_named(study$checks, c("check", "endpoint", "sentence"))
  expect_true(all(nzchar(study$checks$sentence)))
})
