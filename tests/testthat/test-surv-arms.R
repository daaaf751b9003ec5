test_that("what the curve numbers cannot use is refused", {
  data <- data.frame(t = c(1, 2, 3), e = 1, a = c(0, 1, 1), b = 1:3)
  expect_error(estimate_rmst(Surv(t, e) ~ a + b, data = data, tau = 1), class = "survmatch_error_formula")
  expect_error(estimate_rmst(t ~ a, data = data, tau = 1), class = "survmatch_error_formula")
  expect_error(estimate_rmst(Surv(t, e) ~ nothing, data = data, tau = 1), class = "survmatch_error_formula")
  expect_error(
    estimate_rmst(Surv(t - 2, e) ~ a, data = data, tau = 1), "first in row 1", class = "survmatch_error_time"
  )
  expect_error(
    estimate_rmst(Surv(t, e) ~ a, data = data, tau = 1, weights = c(1, -1, 1)), class = "survmatch_error_weights"
  )
})

test_that("rows that are not complete are left out", {
  lung <- survival::lung
  lung$sex[1:3] <- NA
  expect_equal(
    estimate_rmst(Surv(time, status) ~ sex, lung, tau = 300)$arms,
    estimate_rmst(Surv(time, status) ~ sex, lung[-(1:3), ], tau = 300)$arms
  )
})
