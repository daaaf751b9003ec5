test_that("missing values have a row of their own and no difference", {
  table <- tabulate_baseline(sex ~ wt.loss, data = survival::lung)
  expect_identical(trimws(table$characteristic), c("wt.loss, mean (SD)", "missing"))
  expect_identical(table$all_smd[2], "")
  expect_identical(unlist(table[2, 2:3], use.names = FALSE), c("10", "4"))
})

test_that("medians stand beside means when both are asked for", {
  table <- tabulate_baseline(sex ~ age, data = survival::lung, statistic = "both")
  expect_match(table$all_1[2], "64.0 (57.0 to 70.0)", fixed = TRUE)
})
