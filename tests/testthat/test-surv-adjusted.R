adjusted_table <- function(seed, n = 300) {
  set.seed(seed)
  x <- stats::rnorm(n)
  g <- factor(sample(c("a", "b", "c"), n, TRUE))
  arm <- stats::rbinom(n, 1, stats::plogis(0.8 * x))
  time <- stats::rexp(n, 0.1 * exp(0.7 * x - 0.5 * arm))
  censored <- stats::runif(n, 3, 25)
  data.frame(x, g, arm, time = round(pmin(time, censored), 1) + 0.1, event = as.integer(time <= censored))
}

test_that("the g-formula is the mean of survfit()'s curves of a coxph()", {
  for (seed in 1:10) {
    d <- adjusted_table(seed)
    times <- c(2, 5, 10)
    mine <- estimate_curves(Surv(time, event) ~ arm + x + g, data = d, times = times)
    peer <- survival::coxph(survival::Surv(time, event) ~ arm + x + g, data = d)
    for (a in 0:1) {
      each <- summary(survival::survfit(peer, newdata = transform(d, arm = a)), times = times)$surv
      expect_equal(mine$estimate[mine$arm == paste0("arm=", a)], rowMeans(each), tolerance = 1e-7)
    }
    count_comparison("estimate_curves", peer_version("survival"))
  }
})

test_that("weighted curves are survfit()'s with the weights of a logistic model", {
  d <- adjusted_table(21)
  times <- c(2, 5, 10)
  mine <- estimate_curves(Surv(time, event) ~ arm + x + g, data = d, method = "iptw", times = times)
  score <- stats::fitted(stats::glm(arm ~ x + g, stats::binomial(), d))
  d$w <- ifelse(d$arm == 1, 1 / score, 1 / (1 - score))
  peer <- summary(survival::survfit(survival::Surv(time, event) ~ arm, data = d, weights = w), times = times)
  expect_equal(mine$estimate[1:6], peer$surv, tolerance = 1e-8)
  expect_equal(mine$estimate[7:9], mine$estimate[4:6] - mine$estimate[1:3])
})

test_that("the doubly robust curve is right when one of the models is wrong", {
  set.seed(5)
  n <- 20000
  x <- stats::rnorm(n)
  arm <- stats::rbinom(n, 1, stats::plogis(x))
  time <- stats::rexp(n, 0.1 * exp(0.8 * x - 0.5 * arm))
  censored <- stats::runif(n, 4, 30)
  d <- data.frame(x, noise = stats::rnorm(n), arm, time = pmin(time, censored), event = as.integer(time <= censored))
  truth <- vapply(0:1, function(a) mean(exp(-5 * 0.1 * exp(0.8 * x - 0.5 * a))), 0)
  right_outcome <- estimate_curves(Surv(time, event) ~ arm + x, d, arm ~ noise, "aipw", times = 5)
  right_arm <- estimate_curves(Surv(time, event) ~ arm + noise, d, arm ~ x, "aipw", times = 5)
  expect_equal(right_outcome$estimate[1:2], truth, tolerance = 0.02)
  expect_equal(right_arm$estimate[1:2], truth, tolerance = 0.02)
  wrong <- estimate_curves(Surv(time, event) ~ arm + noise, d, times = 5)
  expect_gt(abs(wrong$estimate[2] - truth[2]), 0.03)
})

test_that("intervals come from patients drawn again, and what it cannot do is refused", {
  d <- adjusted_table(3, 120)
  a <- estimate_curves(Surv(time, event) ~ arm + x, data = d, times = c(3, 6), replicates = 40, seed = 2)
  expect_true(all(a$conf.low <= a$estimate & a$estimate <= a$conf.high))
  expect_identical(a, estimate_curves(Surv(time, event) ~ arm + x, data = d, times = c(3, 6), replicates = 40, seed = 2))
  expect_s3_class(ggplot2::ggplot_build(ggplot2::autoplot(a)), "ggplot_built")
  expect_output(print(a), "g-formula")
  expect_error(estimate_curves(Surv(time, event) ~ g + x, data = d), class = "survmatch_error_curves")
  expect_error(estimate_curves(Surv(time, event) ~ arm + strata(g), data = d), class = "survmatch_error_curves")
  d$x[1:3] <- NA
  expect_message(estimate_curves(Surv(time, event) ~ arm + x, data = d, times = 3), "3 rows")
})
