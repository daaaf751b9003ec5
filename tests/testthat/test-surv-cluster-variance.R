two_groupings <- function(seed) {
  set.seed(seed)
  n <- 150
  data.frame(
    time = round(stats::rexp(n), 1) + 0.1, status = stats::rbinom(n, 1, 0.7), x = stats::rnorm(n), z = stats::rbinom(n, 1, 0.5),
    a = sample(40, n, TRUE), b = sample(letters, n, TRUE), w = stats::runif(n, 0.5, 2)
  )
}

test_that("two and three groupings are sums of coxph()'s clustered variances", {
  for (seed in 1:30) {
    d <- two_groupings(seed)
    d$ab <- paste(d$a, d$b)
    d$time[3] <- NA
    peer <- function(g) {
      d$g <- g
      survival::coxph(survival::Surv(time, status) ~ x + z, data = d, weights = w, cluster = g)$var
    }
    fit <- fit_cox(Surv(time, status) ~ x + z, data = d, weights = w)
    two <- cluster_variance(fit, ~ a + b)
    expect_equal(unname(vcov(two)), peer(d$a) + peer(d$b) - peer(d$ab), tolerance = 1e-8, info = paste("seed", seed))
    d$c <- rep(1:10, length.out = nrow(d))
    three <- suppressWarnings(cluster_variance(fit, d[-3, c("a", "b", "c")]))
    sum <- peer(d$a) + peer(d$b) + peer(d$c) - peer(d$ab) - peer(paste(d$a, d$c)) - peer(paste(d$b, d$c)) +
      peer(paste(d$ab, d$c))
    if (all(eigen(sum)$values > 0)) expect_equal(unname(vcov(three)), sum, tolerance = 1e-8)
    one <- cluster_variance(survival::coxph(survival::Surv(time, status) ~ x + z, data = d, weights = w), ~a)
    expect_equal(unname(vcov(one)), peer(d$a), tolerance = 1e-8)
    count_comparison("cluster_variance", peer_version("survival"))
  }
})

test_that("the fit stays a fit, and says which clusters it has", {
  d <- two_groupings(1)
  fit <- cluster_variance(fit_cox(Surv(time, status) ~ x, data = d), ~ a + b)
  expect_output(print(fit), "clustered on a and on b at once")
  expect_equal(unname(summary(fit)$coefficients[, "robust se"]), sqrt(vcov(fit)[[1]]))
  expect_equal(as.vector(fit$wald.test), coef(fit)[[1]]^2 / vcov(fit)[[1]])
  expect_equal(unname(confint(fit)[1, ]), coef(fit)[[1]] + c(-1, 1) * stats::qnorm(0.975) * sqrt(vcov(fit)[[1]]))
})

test_that("a variance below zero is told, not hidden", {
  # influences of 1, -1, -1, 1 cancel within both groupings
  d <- data.frame(time = 1, status = rep(1:0, each = 4), x = rep(c(1, -1, -1, 1), 10), four = rep(1:10, each = 4))
  d$a <- paste(d$four, c(1, 1, 2, 2))
  d$b <- paste(d$four, c(1, 2, 1, 2))
  fit <- fit_cox(Surv(time, status) ~ x, data = d, ties = "breslow")
  expect_warning(fit <- cluster_variance(fit, ~ a + b), class = "survmatch_warning_cluster")
  expect_identical(vcov(fit)[[1]], 0)
})

test_that("wrong groupings are refused", {
  d <- two_groupings(3)
  fit <- fit_cox(Surv(time, status) ~ x, data = d)
  refused <- function(code) expect_error(code, class = "survmatch_error_cluster")
  refused(cluster_variance(fit, ~nobody))
  refused(cluster_variance(fit, d[1:5, "a", drop = FALSE]))
  refused(cluster_variance(fit, "a"))
  refused(cluster_variance(1, ~a))
  d$a[7] <- NA
  refused(cluster_variance(fit, ~a))
})
