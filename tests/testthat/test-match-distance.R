distance_table <- function(seed = 1) {
  set.seed(seed)
  d <- data.frame(x = stats::rnorm(40), y = stats::rnorm(40), g = rep(c("a", "b"), 20))
  d$t <- stats::rbinom(40, 1, stats::plogis(d$x))
  d
}

test_that("discard and calipers in standard deviations are MatchIt's", {
  skip_if_not_installed("MatchIt")
  for (seed in 1:20) {
    d <- distance_table(seed)
    for (discard in list("none", "both", "control", "treated", d$y > 1)) {
      arguments <- list(t ~ x + y, d, discard = discard, caliper = c(0.4, x = 0.8), std.caliper = c(TRUE, seed %% 2 == 0))
      ours <- suppressWarnings(do.call(match_cohort, arguments))
      peer <- suppressWarnings(do.call(MatchIt::matchit, arguments))
      expect_identical(ours$discarded, peer$discarded)
      expect_equal(ours$caliper, peer$caliper)
      expect_equal(ours$distance, peer$distance)
      count_comparison("discards and calipers", peer_version("MatchIt"), 3)
    }
  }
})

test_that("the score of a fit_propensity() is taken as it is", {
  d <- distance_table()
  propensity <- fit_propensity(t ~ x + y, d)
  matched <- match_cohort(t ~ x + y, d, distance = propensity)
  expect_equal(unname(matched$distance), unname(propensity$fitted))
  linear <- match_cohort(t ~ x + y, d, distance = propensity, link = "linear.logit")
  expect_equal(unname(linear$distance), unname(propensity$linear))
  expect_error(match_cohort(t ~ x + y, d[-1, ], distance = propensity), "39", class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x + y, d, distance = propensity, link = "probit"))
})

test_that("what is no distance is refused, with the reason", {
  d <- distance_table()
  refused <- function(words, ...) expect_error(match_cohort(t ~ x + y, d, ...), words, class = "survmatch_error_match")
  refused("gbm", distance = "gbm")
  refused("It has 3", distance = 1:3)
  refused("first missing value at 2", distance = c(1, NA, d$x[-(1:2)]))
  refused("offsets", distance.options = list(offsets = 1))
  refused("must be a list", distance.options = "maxit")
})

test_that("a distance matrix is n x n or treated x controls, in any order that its names tell", {
  d <- distance_table()
  row.names(d) <- paste0("p", 1:40)
  all <- as.matrix(stats::dist(d$x))
  dimnames(all) <- list(row.names(d), row.names(d))
  treated <- d$t == 1
  pairs <- function(distance) match_cohort(t ~ x, d, distance = distance)$match.matrix
  whole <- pairs(all)
  expect_identical(pairs(all[treated, !treated]), whole)
  expect_identical(pairs(unname(all)), whole)
  expect_identical(pairs(all[sample(40), sample(40)]), whole)
  expect_error(pairs(all[1:5, ]), "5 x 40", class = "survmatch_error_match")
  rownames(all)[3] <- "nobody"
  expect_error(pairs(all), "1 patient has no row, the first in row 3", class = "survmatch_error_match")
  expect_error(
    match_cohort(t ~ x, d, distance = unname(all), caliper = 0.2), "std.caliper", class = "survmatch_error_match"
  )
})

test_that("calipers are one number, or numbers named by columns", {
  d <- distance_table()
  refused <- function(caliper, words) {
    expect_error(match_cohort(t ~ x, d, caliper = caliper), words, class = "survmatch_error_match")
  }
  refused("wide", "numeric")
  refused(c(0.1, 0.2), "without names")
  refused(c(0.1, 0.2, x = 1), "At most one")
  refused(c(nothing = 0.2), "nothing")
})
