test_that("every way to write two arms is coded as MatchIt codes it", {
  skip_if_not_installed("MatchIt")
  set.seed(1)
  d <- data.frame(x = stats::rnorm(60), arm = stats::rbinom(60, 1, 0.4))
  ways <- list(
    d$arm, as.double(d$arm), d$arm == 1, d$arm + 1, 5 * d$arm, as.character(d$arm), c("b", "a")[d$arm + 1],
    factor(d$arm, 1:0), factor(c("old", "new")[d$arm + 1], c("old", "new", "unused")),
    structure(d$arm, label = "Treatment"), stats::setNames(d$arm, paste0("p", 1:60)), 1L - d$arm
  )
  for (i in seq_along(ways)) {
    d$t <- ways[[i]]
    ours <- suppressWarnings(match_cohort(t ~ x, d, distance = d$x))
    peer <- suppressWarnings(MatchIt::matchit(t ~ x, d, distance = d$x))
    expect_identical(as.integer(ours$treat), as.integer(peer$treat), info = i)
    count_comparison("coding of the treatment", peer_version("MatchIt"))
  }
})

test_that("a treatment is two complete values", {
  d <- data.frame(x = c(1, 2, 3, 4), t = c(0, 1, NA, 1))
  expect_error(match_cohort(t ~ x, d), "1 value is missing, first in row 3", class = "survmatch_error_match")
  d$t <- c(0, 1, 2, 1)
  expect_error(match_cohort(t ~ x, d), "must have two values", class = "survmatch_error_match")
  d$t <- c(1L, 1L, 1L, 1L)
  expect_error(match_cohort(t ~ x, d), "must have two values", class = "survmatch_error_match")
  d$t <- I(list(1, 2, 3, 4))
  expect_error(match_cohort(t ~ x, d), class = "survmatch_error_match")
})

test_that("missing and infinite covariates are counted by column, with the first row", {
  d <- data.frame(t = rep(0:1, 10), x = c(1, NA, 3:20), y = c(1:18, Inf, NA), g = c(rep("a", 19), NA))
  expect_error(
    match_cohort(t ~ x + y + g, d), "x \\(1, first in row 2\\), y \\(2, first in row 19\\), and g \\(1, first in row 20\\)",
    class = "survmatch_error_match"
  )
  expect_error(match_cohort(t ~ g, d), "first in row 20", class = "survmatch_error_match")
})

test_that("exact, mahvars and antiexact name columns, as text or in a formula", {
  d <- data.frame(t = rep(0:1, 20), x = seq(0, 1, length.out = 40), g = rep(c("a", "b"), each = 20))
  by_name <- match_cohort(t ~ x, d, distance = d$x, exact = "g")
  by_formula <- match_cohort(t ~ x, d, distance = d$x, exact = ~g)
  expect_identical(by_name$match.matrix, by_formula$match.matrix)
  expect_error(match_cohort(t ~ x, d, distance = d$x, exact = "h"), "Unknown", class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, d, distance = d$x, antiexact = 3), "antiexact", class = "survmatch_error_match")
})

test_that("sampling weights are complete and not negative", {
  d <- data.frame(t = rep(0:1, 20), x = seq(0, 1, length.out = 40), w = c(-1, rep(1, 39)))
  expect_error(
    match_cohort(t ~ x, d, distance = d$x, s.weights = "w"), "1 value is not, first in row 1", class = "survmatch_error_match"
  )
  d$w[2:3] <- c(Inf, -2)
  expect_error(match_cohort(t ~ x, d, s.weights = ~w), "3 values are not", class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, d, distance = d$x, s.weights = 1:3), class = "survmatch_error_match")
})
