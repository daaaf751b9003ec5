test_that("limits are those of survfit on the log(-log) scale, differences those of independent arms", {
  fit <- survival::survfit(survival::Surv(time, status) ~ sex, data = survival::lung, conf.type = "log-log")
  peer <- summary(fit, times = c(180, 365))
  ours <- estimate_milestone(Surv(time, status) ~ sex, data = survival::lung, times = c(180, 365))
  count_comparison("estimate_milestone", peer_version("survival"), 2)
  order <- order(ours$arms$arm, ours$arms$time)
  expect_equal(ours$arms$conf.low[order], peer$lower, tolerance = 1e-9)
  expect_equal(ours$arms$conf.high[order], peer$upper, tolerance = 1e-9)
  expect_equal(ours$arms$at_risk[order], peer$n.risk)
  expect_equal(
    ours$contrasts$std.error, sqrt(tapply(peer$std.err^2, peer$time, sum)), tolerance = 1e-9, ignore_attr = TRUE
  )
})

test_that("beyond the follow-up there is no survival, unless the curve ended at 0", {
  data <- data.frame(arm = c(0, 0, 1, 1), time = c(1, 5, 2, 9), status = c(1, 0, 1, 1))
  arms <- estimate_milestone(Surv(time, status) ~ arm, data = data, times = 10)$arms
  expect_equal(arms$estimate, c(NA, 0))
  expect_error(
    estimate_milestone(Surv(time, status) ~ arm, data = data, times = -1), class = "survmatch_error_milestone"
  )
})
