test_that("p values keep their information", {
  expect_identical(
    format_p(c(0.00001, 0.0042, 0.049, 0.0949, 0.32, 0.995, NA)),
    c("<0.001", "0.004", "0.049", "0.095", "0.32", ">0.99", "\u2013")
  )
  expect_identical(say_p(c(0.0001, 0.5)), c("p < 0.001", "p = 0.50"))
})

test_that("ratios never become zero", {
  expect_identical(format_ratio(c(0.7, 0.012, 0.0001, 250, NA)), c("0.70", "0.012", "<0.001", ">100", "\u2013"))
  expect_identical(format_estimate(0.7, 0.35, 1.41), "0.70 (95% CI 0.35 to 1.41)")
})

test_that("there is no negative zero", {
  expect_identical(format_number(c(-0.01, -1.26), 1), c("0.0", "-1.3"))
})
