test_that("numbers under the curve are counted patients", {
  data <- data.frame(time = c(1, 2, 2, 3, 5, 5), event = c(1, 0, 1, 1, 0, 0), arm = "a")
  fit <- fit_km(Surv(time, event) ~ 1, data = data, weights = rep(2.5, 6))
  numbers <- risk_numbers(fit, "All", c(0, 2, 3, 6))
  value <- function(row) numbers$value[numbers$row == row]
  expect_equal(value("risk"), c(6, 5, 3, 0))
  expect_equal(value("events"), c(0, 2, 3, 3))
  expect_equal(value("censored"), c(0, 1, 1, 3))
})

test_that("each arm has its own lines, without overlap", {
  layout <- risk_layout(c("a", "b"), c("risk", "censored"))
  expect_equal(layout$row, c("arm", "risk", "censored", "arm", "risk", "censored"))
  expect_true(all(diff(layout$line) >= 1 - 1e-9))
})
