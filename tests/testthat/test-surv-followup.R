test_that("median follow-up is that of the curve with the status reversed", {
  follow <- estimate_followup(Surv(time, status) ~ sex, data = survival::lung)
  peer <- quantile(survival::survfit(Surv(time, status == 1) ~ sex, data = survival::lung), 0.5)
  rows <- tidy(follow)
  expect_equal(rows$median, as.vector(peer$quantile))
  expect_equal(rows$lower, as.vector(peer$lower))
  expect_equal(rows$upper, as.vector(peer$upper))
  expect_equal(rows$n, c(138, 90))
  expect_equal(rows$events, c(112, 53))
  expect_equal(rows$strata, c("sex=1", "sex=2"))
})

test_that("one arm, nobody censored, and the arguments of fit_km()", {
  one <- tidy(estimate_followup(Surv(time, status) ~ 1, data = survival::lung, conf.int = 0.9))
  expect_equal(nrow(one), 1)
  nobody <- tidy(estimate_followup(Surv(c(1, 2, 3), c(1, 1, 1)) ~ 1))
  expect_true(is.na(nobody$median))
  expect_error(estimate_followup(time ~ 1, data = survival::lung), class = "survmatch_error_response")
})

test_that("the print is short and says the method", {
  expect_output(print(estimate_followup(Surv(time, status) ~ sex, data = survival::lung)), "reverse Kaplan-Meier")
})
