test_that("pseudo-values are survival's, and the model is least squares on them", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:40) {
    set.seed(seed)
    n <- sample(c(30, 120), 1)
    d <- data.frame(x = stats::rnorm(n), g = factor(sample(c("a", "b", "c"), n, TRUE)), pair = rep_len(seq_len(n / 2), n))
    d$time <- ceiling(stats::rexp(n, 0.1) * sample(c(1, 5), 1))
    d$event <- stats::rbinom(n, 1, 0.7)
    d$event[which.max(d$time)] <- 1
    tau <- unname(stats::quantile(d$time, 0.8))
    mine <- fit_rmst(Surv(time, event) ~ x + g, data = d, tau = tau)
    pseudo <- survival::pseudo(do.call(survival::survfit, list(survival::Surv(time, event) ~ 1, data = d)), times = tau, type = "RMST")
    expect_equal(unname(mine$pseudo), unname(pseudo), tolerance = 1e-8, info = paste("seed", seed))
    peer <- stats::lm(pseudo ~ x + g, data = d)
    expect_equal(mine$coefficients, stats::coef(peer), tolerance = 1e-8)
    x <- stats::model.matrix(peer)
    bread <- solve(crossprod(x))
    expect_equal(unname(mine$var), unname(bread %*% crossprod(x * stats::residuals(peer)) %*% bread), tolerance = 1e-7)
    clustered <- fit_rmst(Surv(time, event) ~ x + g, data = d, tau = tau, cluster = pair)
    sums <- rowsum(x * stats::residuals(peer), d$pair)
    expect_equal(unname(clustered$var), unname(bread %*% crossprod(sums) %*% bread), tolerance = 1e-7)
    count_comparison("fit_rmst", peer_version("survival"))
  }
})

test_that("with one arm it is near the difference of estimate_rmst(), and bad horizons are refused", {
  lung <- survival::lung
  difference <- tidy(estimate_rmst(Surv(time, status) ~ sex, data = lung, tau = 500))
  fit <- fit_rmst(Surv(time, status) ~ sex, data = lung, tau = 500)
  expect_equal(tidy(fit)$estimate[2], difference$estimate[difference$term == "difference"], tolerance = 0.05)
  expect_output(print(fit), "Restricted mean to 500")
  expect_error(fit_rmst(Surv(time, status) ~ sex, data = lung), class = "survmatch_error_rmst")
  expect_error(fit_rmst(Surv(time, status) ~ sex, data = lung, tau = 5000), class = "survmatch_error_rmst")
  lung$ph.ecog[1] <- NA
  expect_output(print(fit_rmst(Surv(time, status) ~ ph.ecog, data = lung, tau = 400)), "left out")
})
