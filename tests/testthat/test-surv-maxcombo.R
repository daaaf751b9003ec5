late_difference <- function(seed, n = 120) {
  set.seed(seed)
  rt <- rep(0:1, each = n / 2)
  early <- stats::rexp(n, 0.1)
  time <- ifelse(early < 5 | rt == 0, early, 5 + (early - 5) * 3)
  censored <- stats::runif(n, 5, 30)
  data.frame(
    time = pmin(time, censored), status = as.integer(time <= censored), rt = rt, pair = rep(seq_len(n / 2), 2),
    w = stats::runif(n, 0.5, 2)
  )
}

test_that("one weighting is the weighted log-rank test", {
  skip_if_not_installed("mvtnorm")
  d <- late_difference(1)
  one <- test_maxcombo(Surv(time, status) ~ rt, data = d, weightings = list(c(0, 1)))
  expect_equal(one$p.value, test_logrank(Surv(time, status) ~ rt, data = d, gamma = 1)$p.value, tolerance = 1e-6)
})

test_that("each Z is that of its weighted test, the correlation that of relabelled data, and p the normal tail", {
  skip_if_not_installed("mvtnorm")
  d <- late_difference(2)
  test <- test_maxcombo(Surv(time, status) ~ rt, data = d)
  pairs <- list(c(0, 0), c(1, 0), c(0, 1), c(1, 1))
  z <- vapply(pairs, function(w) {
    unname(test_logrank(Surv(time, status) ~ rt, data = d, rho = w[1], gamma = w[2], trend = TRUE)$z)
  }, 0)
  expect_equal(unname(test$z), z, tolerance = 1e-9)
  expect_equal(unname(test$statistic), max(abs(z)), tolerance = 1e-9)
  set.seed(3)
  draws <- t(replicate(2000, test_maxcombo(
    Surv(time, status) ~ sample(rt), data = d, weightings = list(c(0, 0), c(0, 1))
  )$z))
  expect_equal(stats::cor(draws)[1, 2], test$correlation[1, 3], tolerance = 0.05)
  set.seed(4)
  parts <- eigen(test$correlation) # singular: the weights 1 are S + (1 - S)
  normal <- matrix(stats::rnorm(4e5), ncol = 4) %*% (sqrt(pmax(parts$values, 0)) * t(parts$vectors))
  expect_equal(mean(apply(abs(normal), 1, max) >= test$statistic), test$p.value, tolerance = 0.1)
})

test_that("directions, weights and clusters count", {
  skip_if_not_installed("mvtnorm")
  d <- late_difference(5)
  less <- test_maxcombo(Surv(time, status) ~ rt, data = d, alternative = "less")
  expect_equal(unname(less$statistic), max(-less$z))
  expect_gt(test_maxcombo(Surv(time, status) ~ rt, data = d, alternative = "greater")$p.value, 0.5)
  robust <- test_maxcombo(Surv(time, status) ~ rt, data = d, weights = w, cluster = pair)
  expect_equal(
    robust$z[["(0, 1)"]], test_logrank(Surv(time, status) ~ rt, data = d, gamma = 1, weights = w, cluster = pair)$z,
    tolerance = 1e-9
  )
  expect_output(print(robust), "Largest Z")
  d$three <- rep_len(1:3, nrow(d))
  expect_error(test_maxcombo(Surv(time, status) ~ three, data = d), class = "survmatch_error_groups")
  expect_error(test_maxcombo(Surv(time, status) ~ rt, data = d, weightings = list(1)), class = "survmatch_error_weighting")
})
