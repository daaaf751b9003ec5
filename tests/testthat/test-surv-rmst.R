random_arms <- function(seed) {
  set.seed(seed)
  n <- sample(20:80, 1)
  data <- data.frame(arm = rep(0:1, length.out = n), time = stats::rexp(n, 0.1), status = stats::rbinom(n, 1, 0.7))
  if (seed %% 2) data$time <- ceiling(data$time)
  data
}

test_that("means, differences and ratios are those of survRM2", {
  skip_if_not_installed("survRM2")
  for (seed in 1:500) {
    data <- random_arms(seed)
    tau <- min(tapply(data$time, data$arm, max)) * 0.9
    peer <- survRM2::rmst2(data$time, data$status, data$arm, tau = tau)
    ours <- estimate_rmst(Surv(time, status) ~ arm, data = data, tau = tau)
    count_comparison("estimate_rmst", peer_version("survRM2"))
    expected <- rbind(peer$RMST.arm0$rmst, peer$RMST.arm1$rmst)
    expect_equal(
      unname(as.matrix(ours$arms[c("estimate", "std.error")])), unname(expected[, 1:2]), tolerance = 1e-9, info = seed
    )
    expect_equal(
      unname(
        as.matrix(ours$contrasts[c("estimate", "conf.low", "conf.high", "p.value")])
      ), unname(peer$unadjusted.result[1:2, ]), tolerance = 1e-9, info = seed
    )
  }
})

# survival's survfit with a cluster gives infinitesimal-jackknife standard errors of its curve; the area's is its own
# formula here: leave one cluster out, and weight the differences (jackknife), which the influence functions linearise.
test_that("weighted and clustered standard errors are those of survfit", {
  for (seed in 1:200) {
    data <- random_arms(seed)
    data$w <- stats::runif(nrow(data), 0.5, 2)
    data$set <- rep(seq_len(ceiling(nrow(data) / 2)), each = 2)[seq_len(nrow(data))]
    at <- stats::median(data$time)
    peer <- summary(
      survival::survfit(survival::Surv(time, status) ~ arm, data = data, weights = w, cluster = set), times = at,
      extend = TRUE
    )
    ours <- estimate_milestone(Surv(time, status) ~ arm, data = data, times = at, weights = w, cluster = set)$arms
    count_comparison("estimate_milestone", peer_version("survival"))
    expect_equal(ours$estimate, peer$surv, tolerance = 1e-9, info = seed)
    expect_equal(ours$std.error, peer$std.err, tolerance = 1e-9, info = seed)
  }
})

test_that("the influence of each cluster is the derivative of the mean in its weight", {
  data <- random_arms(4)
  data$w <- 1
  area <- function(data) estimate_rmst(Surv(time, status) ~ 1, data = data, tau = 5, weights = w)
  step <- 1e-5
  influence <- vapply(seq_len(nrow(data)), function(i) {
    up <- down <- data
    up$w[i] <- 1 + step
    down$w[i] <- 1 - step
    (area(up)$arms$estimate - area(down)$arms$estimate) / (2 * step)
  }, 0)
  expect_equal(area(data)$arms$std.error, sqrt(sum(influence^2)), tolerance = 1e-6)
})

test_that("late entry is taken, with the standard error of a robust survfit", {
  data <- random_arms(6)
  data$entry <- data$time * stats::runif(nrow(data), 0, 0.3)
  fit <- survival::survfit(
    survival::Surv(entry, time, status) ~ 1, data = data, robust = TRUE, id = seq_len(nrow(data))
  )
  peer <- summary(fit, times = 3, extend = TRUE)
  ours <- estimate_milestone(Surv(entry, time, status) ~ 1, data = data, times = 3)$arms
  expect_equal(c(ours$estimate, ours$std.error), c(peer$surv, peer$std.err), tolerance = 1e-9)
})

test_that("the horizon is the smaller of the arms' largest follow-up with ten at risk", {
  data <- random_arms(8)
  expected <- min(tapply(data$time, data$arm, function(t) sort(t, decreasing = TRUE)[10]))
  expect_equal(estimate_rmst(Surv(time, status) ~ arm, data = data)$tau, expected)
  expect_error(estimate_rmst(Surv(time, status) ~ arm, data = data[1:12, ]), class = "survmatch_error_rmst")
})

test_that("a horizon that an arm's follow-up does not reach is refused, unless its curve ended at 0", {
  data <- data.frame(arm = c(0, 0, 1, 1), time = c(1, 5, 2, 9), status = c(1, 0, 1, 1))
  expect_error(estimate_rmst(Surv(time, status) ~ arm, data = data, tau = 6), class = "survmatch_error_rmst")
  data$status[2] <- 1
  expect_equal(estimate_rmst(Surv(time, status) ~ arm, data = data, tau = 6)$arms$estimate, c(3, 4))
  expect_error(estimate_rmst(Surv(time, status) ~ arm, data = data, tau = -1), class = "survmatch_error_rmst")
})

test_that("matched arms are correlated", {
  study <- run_study(small_cohort(120, seed = 5))
  paired <- estimate_rmst(os ~ rt, data = study$matched, tau = 12)
  by_hand <- estimate_rmst(os ~ rt, data = matched_data(study$matched), tau = 12, cluster = subclass)
  expect_equal(paired$contrasts, by_hand$contrasts)
  expect_match(paired$rule, "matched set")
  expect_output(print(paired), "Restricted mean")
})
