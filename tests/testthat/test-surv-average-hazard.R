hazard_table <- function(seed, n = 120) {
  set.seed(seed)
  d <- data.frame(arm = sample(0:1, n, TRUE), pair = rep(seq_len(n / 2), 2), w = stats::runif(n, 0.5, 2))
  d$time <- stats::rexp(n, 0.1 * exp(-0.4 * d$arm))
  if (seed %% 2 == 0) d$time <- ceiling(d$time)
  end <- stats::runif(n, 5, 25)
  d$status <- as.numeric(d$time <= end)
  d$time <- pmin(d$time, end)
  d
}

test_that("average hazards are survAH's", {
  skip_if_not_installed("survAH")
  for (seed in 1:40) {
    d <- hazard_table(seed)
    ours <- estimate_average_hazard(Surv(time, status) ~ arm, data = d, tau = 10)
    peer <- survAH::ah2(d$time, d$status, d$arm, tau = 10)
    info <- paste("seed", seed)
    expect_equal(ours$arms$estimate, unname(peer$ah[, "Est."]), tolerance = 1e-8, info = info)
    expect_equal(ours$contrasts$estimate, unname(c(peer$dah[1, 1], peer$rah[1, 1])), tolerance = 1e-8, info = info)
    # its variance has d / Y^2 where Greenwood's has d / (Y (Y - d))
    width <- log(ours$contrasts$conf.high[2] / ours$contrasts$conf.low[2]) / log(peer$rah[1, 3] / peer$rah[1, 2])
    expect_true(width >= 1 - 1e-9 && width < 1.15, info = info)
    count_comparison("estimate_average_hazard", peer_version("survAH"))
  }
})

# (1 - S(tau)) / area of survfit()'s curve, with case weights.
log_average_hazard <- function(d, tau, weights) {
  fit <- survival::survfit(survival::Surv(time, status) ~ 1, data = d, weights = weights)
  t <- c(0, fit$time[fit$time < tau], tau)
  s <- c(1, fit$surv[fit$time < tau])
  log(1 - summary(fit, times = tau)$surv) - log(sum(s * diff(t)))
}

test_that("standard errors are those of numerical influences, by cluster", {
  for (seed in 1:10) {
    d <- hazard_table(seed, 60)
    tau <- 9
    ours <- estimate_average_hazard(Surv(time, status) ~ arm, data = d, tau = tau, weights = w, cluster = pair)
    influence <- numeric(60)
    for (i in 1:60) {
      mine <- d$arm == d$arm[i]
      step <- 1e-5 * ((seq_len(60) == i)[mine])
      slope <- log_average_hazard(d[mine, ], tau, d$w[mine] + step) - log_average_hazard(d[mine, ], tau, d$w[mine] - step)
      influence[i] <- slope / 2e-5 * d$w[i]
    }
    by_pair <- function(sign) sqrt(sum(rowsum(influence * sign, d$pair)^2))
    expect_equal(ours$arms$std.error, c(by_pair(d$arm == 0), by_pair(d$arm == 1)), tolerance = 1e-5, info = paste("seed", seed))
    expect_equal(ours$contrasts$std.error[2], by_pair(2 * d$arm - 1), tolerance = 1e-5)
    values <- exp(c(log_average_hazard(d[d$arm == 0, ], tau, d$w[d$arm == 0]), log_average_hazard(d[d$arm == 1, ], tau, d$w[d$arm == 1])))
    expect_equal(ours$arms$estimate, values)
    expect_equal(ours$contrasts$estimate, c(values[2] - values[1], values[2] / values[1]))
    expect_equal(ours$contrasts$std.error[1], by_pair(ifelse(d$arm == 1, values[2], -values[1])), tolerance = 1e-5)
  }
})

test_that("an arm without events has an average hazard of 0, and no limits", {
  d <- data.frame(arm = rep(0:1, each = 12), time = rep(1:12, 2), status = rep(c(1, 0), each = 12))
  ours <- estimate_average_hazard(Surv(time, status) ~ arm, data = d, tau = 10)
  expect_identical(ours$arms$estimate[2], 0)
  expect_true(is.na(ours$arms$std.error[2]) && is.na(ours$contrasts$std.error[2]))
  expect_output(print(ours), "Average hazard to 10")
  expect_identical(nrow(tidy(ours)), 4L)
})

test_that("matched cohorts bring their sets", {
  m <- match_cohort(hormon ~ age + nodes, data = survival::rotterdam[1:600, ], caliper = 0.2)
  ours <- estimate_average_hazard(Surv(dtime, death) ~ hormon, data = m, tau = 1500)
  rows <- as.data.frame(matched_data(m))
  by_hand <- estimate_average_hazard(Surv(dtime, death) ~ hormon, data = rows, tau = 1500, weights = weights, cluster = subclass)
  expect_equal(ours$contrasts$std.error, by_hand$contrasts$std.error)
  expect_match(ours$rule, "clustered on the matched set")
})
