boot_cohort <- function(seed) {
  set.seed(seed)
  n <- sample(c(20, 60, 150), 1)
  d <- data.frame(arm = rep(0:1, length.out = n), pair = rep(seq_len(n / 2), each = 2), w = stats::runif(n, 0.5, 2))
  d$time <- ceiling(stats::rexp(n, 0.1 * exp(-0.4 * d$arm)) * sample(c(1, 4), 1))
  d$event <- stats::rbinom(n, 1, 0.75)
  d
}

test_that("the estimates are those of coxph() and survfit(), weights and ties included", {
  for (seed in 1:100) {
    d <- boot_cohort(seed)
    weighted <- seed %% 2 == 0
    if (!weighted) d$w <- 1
    mine <- bootstrap_survival(Surv(time, event) ~ arm, data = d, weights = w, tau = 8, times = c(3, 6), replicates = 2, seed = 1)
    peer <- survival::coxph(survival::Surv(time, event) ~ arm, data = d, weights = w)
    if (!anyNA(mine$estimate[1])) expect_equal(log(mine$estimate[1]), unname(stats::coef(peer)), tolerance = 1e-7)
    curve <- survival::survfit(survival::Surv(time, event) ~ arm, data = d, weights = w)
    at <- summary(curve, times = c(3, 6), extend = TRUE)$surv
    expect_equal(mine$estimate[mine$measure == "survival" & !grepl(" v ", mine$arm)], at[c(1, 3, 2, 4)], tolerance = 1e-9)
    medians <- unname(stats::quantile(curve, 0.5)$quantile[, 1])
    own <- mine$estimate[mine$measure == "quantile"][1:2]
    # survfit() takes the middle of a stretch at exactly one half
    plain <- !vapply(split(curve$surv, rep(1:2, curve$strata)), function(s) any(abs(s - 0.5) < 1e-9), NA)
    expect_equal(own[plain], medians[plain])
    if (min(d$time) < 8) {
      area <- summary(curve, rmean = 8)$table[, "rmean"]
      expect_equal(mine$estimate[mine$measure == "rmst"][1:2], unname(area), tolerance = 1e-8)
    }
    count_comparison("bootstrap_survival", peer_version("survival"))
  }
})

test_that("a replicate is the fit to the rows that were drawn", {
  d <- boot_cohort(4)
  rows <- list(
    time = d$time, event = d$event, weight = rep(1, nrow(d)), unit = d$pair - 1L, arm = d$arm, units = nrow(d) / 2, arms = 2
  )
  targets <- list(tau = 6, times = 4, quantiles = 0.5)
  left_out <- resample(rows, targets, "jackknife", 1, 1)
  for (u in c(1, 5, 9)) {
    part <- d[d$pair != u, ]
    peer <- survival::coxph(survival::Surv(time, event) ~ arm, data = part)
    expect_equal(left_out[u, 1], unname(stats::coef(peer)), tolerance = 1e-7)
  }
})

test_that("standard errors are near those of the formulas, limits hold, and seeds repeat", {
  set.seed(8)
  n <- 400
  d <- data.frame(arm = rep(0:1, n / 2), time = stats::rexp(n, rep(c(0.1, 0.07), n / 2)), event = stats::rbinom(n, 1, 0.8))
  a <- bootstrap_survival(Surv(time, event) ~ arm, data = d, tau = 10, times = 5, replicates = 1000, seed = 3)
  expect_identical(a, bootstrap_survival(Surv(time, event) ~ arm, data = d, tau = 10, times = 5, replicates = 1000, seed = 3))
  cox <- tidy(fit_cox(Surv(time, event) ~ arm, data = d))
  expect_equal(a$std.error[1], cox$std.error, tolerance = 0.1)
  rmst <- estimate_rmst(Surv(time, event) ~ arm, data = d, tau = 10)
  difference <- tidy(rmst)
  expect_equal(
    a$std.error[a$measure == "rmst" & grepl(" v ", a$arm)], difference$std.error[difference$term == "difference"],
    tolerance = 0.1
  )
  b <- bootstrap_survival(Surv(time, event) ~ arm, data = d, tau = 10, replicates = 500, interval = "bca", seed = 3)
  expect_true(all(b$conf.low < b$estimate & b$estimate < b$conf.high))
  expect_equal(unname(log(b$conf.low[1])), log(a$conf.low[1]), tolerance = 0.1)
  expect_output(print(b), "bca limits")
})

test_that("sets are drawn after matching, and what is not valid is refused with the reason", {
  d <- simulate_cohort(150, seed = 4)
  matched <- match_cohort(rt ~ age + male, data = d, method = "nearest")
  sets <- bootstrap_survival(Surv(os_time, os_event) ~ rt, data = matched, replicates = 50, seed = 1)
  expect_equal(attr(sets, "units"), sum(matched$weights > 0 & matched$treat == 1))
  rows <- matched_data(matched)
  expect_error(bootstrap_survival(Surv(os_time, os_event) ~ rt, data = rows), class = "survmatch_error_bootstrap")
  again <- match_cohort(rt ~ age + male, data = d, method = "nearest", replace = TRUE)
  expect_error(bootstrap_survival(Surv(os_time, os_event) ~ rt, data = again), class = "survmatch_error_bootstrap")
  expect_error(bootstrap_survival(Surv(os_time, os_event) ~ rt, data = d, replicates = 0), class = "survmatch_error_bootstrap")
  expect_error(
    bootstrap_survival(Surv(os_time / 2, os_time, os_event) ~ rt, data = d), class = "survmatch_error_bootstrap"
  )
})
