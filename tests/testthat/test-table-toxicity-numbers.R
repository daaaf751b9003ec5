test_that("an arm without known grades is not compared", {
  data <- data.frame(arm = rep(0:1, 5), rash = ifelse(rep(0:1, 5) == 1, NA, 1))
  numbers <- tidy(tabulate_toxicity(arm ~ rash, data = data))
  expect_true(all(is.na(numbers$difference)))
  expect_equal(unique(numbers$treated_n), 0)
})
