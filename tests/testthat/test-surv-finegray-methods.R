test_that("predicted incidences are those of the expanded data", {
  d <- stats::na.omit(competing_cohort(21))
  d$w <- 1
  new <- data.frame(age = c(50, 70), rt = 0:1)
  for (ties in c("efron", "breslow")) {
    fg <- expanded(d, "death")
    peer <- survival::coxph(survival::Surv(fgstart, fgstop, fgstatus) ~ age + rt, fg, weights = fgwt, ties = ties)
    mine <- fit_finegray(Surv(time, state) ~ age + rt, data = d, etype = "death", ties = ties)
    times <- c(1, 3, 8, 100)
    curve <- summary(survival::survfit(peer, new), times = times, extend = TRUE)
    expect_equal(unname(predict(mine, new, times = times)), unname(t(1 - curve$surv)), tolerance = 1e-8)
  }
})
