test_that("the print is survdiff's", {
  test <- test_logrank(Surv(time, status) ~ sex, data = survival::lung)
  peer <- survival::survdiff(Surv(time, status) ~ sex, data = survival::lung)
  expect_equal(capture.output(print(test))[-(1:2)], capture.output(print(peer))[-(1:2)])
})
