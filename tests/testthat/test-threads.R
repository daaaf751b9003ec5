with_threads <- function(threads, expr) {
  old <- options(survmatch.threads = threads)
  on.exit(options(old))
  expr
}

test_that("resamples are the same for any number of threads", {
  d <- survival::lung
  draw <- function(threads, interval) {
    with_threads(threads, bootstrap_survival(
      Surv(time, status) ~ sex, data = d, tau = 500, times = 365, replicates = 97, interval = interval, seed = 4
    ))
  }
  for (interval in c("percentile", "bca")) {
    expect_identical(draw(2, interval), draw(1, interval))
    expect_identical(draw(5, interval), draw(1, interval))
  }
})

test_that("matches within strata are the same for any number of threads", {
  set.seed(5)
  d <- data.frame(treated = stats::rbinom(2000, 1, 0.35), x = stats::rnorm(2000), centre = sample(40, 2000, TRUE))
  for (method in c("optimal", "full")) {
    one <- match_cohort(treated ~ x, data = d, method = method, caliper = 0.2, exact = ~centre)
    four <- with_threads(4, match_cohort(treated ~ x, data = d, method = method, caliper = 0.2, exact = ~centre))
    expect_identical(four$subclass, one$subclass)
    expect_identical(four$weights, one$weights)
  }
  two <- with_threads(3, match_scores(d$x, d$treated, caliper = 0.1, ratio = 2, exact = d$centre))
  expect_identical(two, match_scores(d$x, d$treated, caliper = 0.1, ratio = 2, exact = d$centre))
})

test_that("a number of threads that is none is refused", {
  expect_error(
    with_threads(0, match_scores(c(1, 2), c(0, 1))), class = "survmatch_error_threads"
  )
})
