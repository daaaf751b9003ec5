ratio_table <- function() data.frame(t = rep(c(1, 0, 0), 20), x = seq(0, 1, length.out = 60), g = rep(c("a", "b"), 30))

test_that("ratios that mean nothing are refused, by name", {
  d <- ratio_table()
  refused <- function(words, ...) {
    expect_error(match_cohort(t ~ x, d, distance = d$x, ...), words, class = "survmatch_error_match")
  }
  refused("at least 1", ratio = 0)
  refused("whole number", ratio = 1.5)
  refused("max.controls", ratio = 2, max.controls = 2)
  refused("whole", ratio = 1.5, max.controls = 2.5)
  refused("reuse.max", reuse.max = 0)
  refused("replace", replace = NA)
  refused("penalty", method = "optimal", penalty = 0.1, max.controls = 2, ratio = 1.5)
  refused("fine.balance", method = "optimal", fine.balance = "g", penalty = 0.1)
})

test_that("too few partners are a warning, of everybody or of a stratum", {
  d <- ratio_table()
  few <- function(...) expect_warning(match_cohort(t ~ x, d, distance = d$x, ...), class = "survmatch_warning_few_controls")
  few(ratio = 3)
  few(estimand = "ATC")
  few(ratio = 2.5, max.controls = 3)
  d$h <- d$g
  d$h[d$t == 0 & d$g == "a"] <- "b"
  few(exact = "h")
  expect_no_warning(match_cohort(t ~ x, d, distance = d$x, ratio = 2))
  expect_no_warning(match_cohort(t ~ x, d, distance = d$x, ratio = 3, replace = TRUE))
})

test_that("a limit of reuse is a number of pairs", {
  d <- ratio_table()
  d$x[d$t == 1] <- 0.5
  matched <- suppressWarnings(match_cohort(t ~ x, d, distance = d$x, reuse.max = 3))
  expect_lte(max(table(matched$match.matrix)), 3)
  expect_gt(max(table(matched$match.matrix)), 1)
})
