test_that("balance prints, tidies and is summed up in a row", {
  cohort <- small_cohort(100, seed = 5)
  balance <- assess_balance(suppressWarnings(match_cohort(formula(cohort), data = cohort)))
  expect_output(print(balance), "Age, years")
  expect_output(print(summary(balance)), "Absolute")
  expect_equal(
    glance(balance)$largest_after, max(abs(subset(tidy(balance), sample == "after" & type != "Distance")$smd))
  )
  expect_setequal(unique(tidy(balance)$sample), c("before", "after"))
})
