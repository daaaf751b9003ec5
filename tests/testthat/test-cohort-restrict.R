test_that("each condition is counted by arm", {
  cohort <- small_cohort(60, seed = 2)
  kept <- restrict_cohort(cohort, "Older than 55" = age > 55, "Stage IVB" = stage == "IVB")
  log <- attrition(kept)
  expect_identical(log$step, c("In the table", "Older than 55", "Stage IVB"))
  expect_equal(log$n, c(60, sum(cohort$age > 55), nrow(kept)))
  expect_equal(log$n, log$treated + log$reference)
  expect_equal(-diff(log$n), log$excluded[-1])
  expect_identical(levels(kept$stage), "IVB")
})

test_that("what is not known is not met, and said", {
  cohort <- small_cohort(60, seed = 2)
  cohort$age[1:2] <- NA
  expect_message(
    kept <- restrict_cohort(cohort, "Any age" = age > 0), "2 patients", class = "survmatch_message_unknown_condition"
  )
  expect_equal(nrow(kept), 58)
})

test_that("a condition that empties an arm or is none is refused", {
  cohort <- small_cohort(60, seed = 2)
  expect_error(restrict_cohort(cohort, "Treated" = rt == 1), class = "survmatch_error_cohort")
  expect_error(restrict_cohort(cohort, "Wrong" = age), class = "survmatch_error_cohort")
  expect_error(restrict_cohort(cohort, "Wrong" = nothing > 1), class = "survmatch_error_cohort")
  expect_error(restrict_cohort(data.frame(), "x" = TRUE), class = "survmatch_error_cohort")
})
