# The frontier's rows are optimal matches, and nothing beats them at their number of pairs.

frontier_table <- function(seed, n = 14) {
  set.seed(seed)
  d <- data.frame(t = stats::rbinom(n, 1, 0.4), x = stats::rnorm(n), f = sample(c("a", "b", "c"), n, TRUE), two = sample(1:2, n, TRUE))
  d$t[1:4] <- c(0, 1, 0, 1)
  d$s <- stats::plogis(d$x)
  d
}

worst_of_table <- function(m) {
  rows <- assess_balance(m)$table
  max(abs(rows$smd[rows$sample == "after" & rows$type != "Distance"]), na.rm = TRUE)
}

test_that("rows are the matches of match_cohort(), with the balance of assess_balance()", {
  d <- frontier_table(1, 200)
  for (ratio in 1:2) {
    f <- suppressWarnings(trace_frontier(
      t ~ x + f + two, d, distance = d$s, calipers = c(0.05, 0.2, Inf), penalties = c(0.01, 0.1), ratio = ratio
    ))
    for (k in seq_len(nrow(f))) {
      arguments <- list(t ~ x + f + two, d, "optimal", d$s, ratio = ratio)
      if (f$rule[k] == "penalty") arguments$penalty <- f$value[k] else if (is.finite(f$value[k])) arguments$caliper <- f$value[k]
      m <- suppressWarnings(do.call(match_cohort, arguments))
      proof <- verify_match(m)
      expect_true(proof$optimal)
      expect_equal(c(f$pairs[k], f$distance[k]), c(proof$pairs, proof$distance))
      expect_equal(f$worst_smd[k], worst_of_table(m), tolerance = 1e-12)
    }
  }
  by_caliper <- f[f$rule == "caliper", ]
  expect_false(is.unsorted(by_caliper$pairs))
})

# The least total distance of any m pairs.
least_of <- function(distances, m) {
  if (m == 0) return(0)
  best <- Inf
  for (rows in utils::combn(nrow(distances), m, simplify = FALSE)) {
    best <- min(best, least_assignment(distances[rows, , drop = FALSE]))
  }
  best
}

least_assignment <- function(distances) {
  if (nrow(distances) == 0) return(0)
  min(vapply(seq_len(ncol(distances)), function(j) {
    distances[1, j] + least_assignment(distances[-1, -j, drop = FALSE])
  }, 0))
}

test_that("no other match of as many pairs is closer than a penalty's", {
  for (seed in 1:40) {
    d <- frontier_table(seed, 9)
    if (sum(d$t) > sum(d$t == 0)) d$t <- 1 - d$t
    distances <- abs(outer(d$s[d$t == 1], d$s[d$t == 0], "-"))
    f <- trace_frontier(t ~ x, d, distance = d$s, calipers = numeric(), penalties = c(0.02, 0.05, 0.1, 0.3, 2))
    expect_equal(f$distance, vapply(f$pairs, least_of, 0, distances = distances), info = paste("seed", seed))
    points <- trace_frontier(t ~ x + two, d, distance = "euclidean", penalties = c(0.1, 0.5, 1, 5))
    far <- as.matrix(stats::dist(d[c("x", "two")]))[d$t == 1, d$t == 0, drop = FALSE]
    expect_equal(points$distance, vapply(points$pairs, least_of, 0, distances = far), info = paste("seed", seed))
  }
})

test_that("a caliper that nobody meets is a row without pairs", {
  d <- data.frame(t = c(1, 0, 1, 0), x = 1:4, s = c(0, 10, 20, 31))
  f <- trace_frontier(t ~ x, d, distance = d$s, calipers = 0.01, penalties = 50)
  expect_identical(f$pairs, c(0L, 2L))
  expect_identical(f$worst_smd[1], NA_real_)
  expect_s3_class(ggplot2::ggplot_build(ggplot2::autoplot(f)), "ggplot_built")
  expect_output(print(f), "Optimal matches of 2 treated patients")
})

test_that("arguments of the frontier are checked", {
  d <- frontier_table(2)
  expect_error(trace_frontier(t ~ x, d, method = "nearest"), class = "survmatch_error_match")
  expect_error(trace_frontier(t ~ x, d, calipers = -1), class = "survmatch_error_match")
})
