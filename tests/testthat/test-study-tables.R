test_that("the numbers of a table are those of the study", {
  study <- run_study(small_cohort(64, seed = 3))
  table <- tabulate_estimates(study, "os")
  numbers <- tidy(table)
  rows <- subset(tidy(study), endpoint == "os" & model != "unmatched")
  expect_identical(numbers$estimate[seq_len(nrow(rows))], rows$estimate)
  expect_identical(numbers$conf.low[seq_len(nrow(rows))], rows$conf.low)
  expect_match(table$value[1], format_ratio(rows$estimate[1]), fixed = TRUE)
})

test_that("what ignores the matching is called so, in its own table", {
  study <- run_study(small_cohort(64, seed = 3))
  expect_match(tabulate_tests(study, "os")$test[1], "ignores matching")
})

test_that("who was left out is tabulated, when somebody was", {
  study <- run_study(small_cohort(120, seed = 5), caliper = 0.02)
  expect_s3_class(study$tables$unmatched, "study_table")
})
