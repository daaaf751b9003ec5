test_that("the first step is the derivative of a model with the product, clusters summed", {
  set.seed(3)
  n <- 60
  d <- data.frame(
    x = stats::rbinom(n, 1, 0.5), z = stats::rnorm(n), pair = rep(seq_len(n / 2), 2), w = stats::runif(n, 0.5, 2)
  )
  d$time <- stats::rexp(n) + 0.01
  d$status <- stats::rbinom(n, 1, 0.8)
  fit <- fit_cox(Surv(time, status) ~ x + z, d, weights = w, cluster = pair)

  # An independent way: split every row at the event times, give the product as a column, one step of coxph from gamma =
  # 0.
  cuts <- sort(unique(d$time[d$status == 1]))
  long <- survival::survSplit(Surv(time, status) ~ ., d, cut = cuts, start = "start", id = "row")
  long$xg <- long$x * (log(long$time) - mean(log(d$time[d$status == 1])))
  score <- function(column) {
    start <- c(coef(fit), 0)
    formula <- stats::reformulate(c("x", "z", column), quote(Surv(start, time, status)))
    peer <- survival::coxph(formula, long, weights = w, init = start, iter.max = 0)
    step <- survival::coxph(formula, long, weights = w, init = start, iter.max = 0, x = TRUE)
    rows <- residuals(step, "score", weighted = TRUE)
    groups <- rowsum(rows, long$pair)
    v <- peer$naive.var
    full <- v %*% crossprod(groups) %*% v
    c(gamma = drop(v %*% colSums(rows))[3], var = full[3, 3])
  }
  by_hand <- score("xg")
  result <- test_ph_robust(fit)
  expect_equal(result$coefficients$estimate[1], by_hand[["gamma"]], tolerance = 1e-7)
  expect_equal(result$coefficients$std.error[1], sqrt(by_hand[["var"]]), tolerance = 1e-7)
  expect_equal(tidy(result)$statistic[1], by_hand[["gamma"]]^2 / by_hand[["var"]], tolerance = 1e-7)
  expect_identical(tidy(result)$term, c("x", "z"))
})

test_that("doubling all pairs doubles the statistic", {
  set.seed(5)
  d <- data.frame(time = stats::rexp(40), status = 1, x = rep(0:1, 20), pair = rep(1:20, each = 2))
  twice <- rbind(d, transform(d, pair = pair + 20))
  one <- tidy(test_ph_robust(fit_cox(Surv(time, status) ~ x, d, cluster = pair, ties = "breslow")))
  two <- tidy(test_ph_robust(fit_cox(Surv(time, status) ~ x, twice, cluster = pair, ties = "breslow")))
  expect_equal(two$statistic, 2 * one$statistic)
  expect_equal(two$estimate, one$estimate)
})

test_that("under proportional hazards p is uniform with pairs, and crossing hazards are found", {
  p <- vapply(1:300, function(seed) {
    set.seed(seed)
    frailty <- rep(stats::rgamma(60, 2, 2), each = 2)
    d <- data.frame(x = rep(0:1, 60), pair = rep(1:60, each = 2))
    d$time <- stats::rexp(120, frailty)
    d$status <- stats::rbinom(120, 1, 0.8)
    tidy(test_ph_robust(fit_cox(Surv(time, status) ~ x, d, cluster = pair)))$p.value
  }, 0)
  # 300 tests at 5%: 15 expected, standard deviation 3.8.
  expect_lt(abs(mean(p < 0.05) - 0.05), 0.04)
  set.seed(1)
  d <- data.frame(x = rep(0:1, 200))
  d$time <- ifelse(d$x == 1, stats::rweibull(400, 3), stats::rweibull(400, 0.7))
  d$status <- 1
  expect_lt(tidy(test_ph_robust(fit_cox(Surv(time, status) ~ x, d)))$p.value, 1e-6)
})

test_that("factors are tested together, and the print is short", {
  result <- test_ph_robust(fit_cox(Surv(time, status) ~ factor(ph.ecog) + sex, survival::lung, cluster = inst))
  expect_identical(tidy(result)$df, c(3L, 1L))
  expect_true(is.na(tidy(result)$estimate[1]))
  expect_lte(length(utils::capture.output(print(result))), 12)
  expect_output(print(result), "robust, with the clusters of the fit")
})

test_that("what cannot be tested is a classed error, so that a study goes on", {
  d <- data.frame(time = 1:8, status = 0, x = rep(0:1, 4))
  expect_error(test_ph_robust(fit_cox(Surv(time, status) ~ x, d)), class = "survmatch_error")
  d$status[3] <- 1
  expect_error(test_ph_robust(suppressWarnings(fit_cox(Surv(time, status) ~ x, d))), class = "survmatch_error")
  d$status <- 1
  d$time[1] <- 0
  expect_error(test_ph_robust(fit_cox(Surv(time, status) ~ x, d)), "identity", class = "survmatch_error_ph")
  expect_s3_class(test_ph_robust(fit_cox(Surv(time, status) ~ x, d), "identity"), "ph_robust")
})
