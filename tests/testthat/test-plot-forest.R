test_that("the forest leaves out what was not estimable", {
  study <- run_study(small_cohort(64, seed = 3))
  rows <- subset(tidy(study), endpoint == "os")
  rows$estimate[1] <- NA
  expect_equal(nrow(plot_forest(rows, study)$data), nrow(rows) - 1)
})
