test_that("limits that were not reached are said", {
  roles <- list(time_unit = "months")
  medians <- data.frame(
    arm = c("A", "B"), median = c(13.7, NA), lower = c(10, 20), upper = c(NA, NA), at_risk = c(8, NA)
  )
  expect_identical(
    say_medians(list(medians = medians), roles),
    "Median: A 13.7 months (95% CI 10.0 to not reached; 8 at risk there); B not reached (95% CI 20.0 to not reached)."
  )
})
