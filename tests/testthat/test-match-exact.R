test_that("exact and coarsened exact matching and subclasses give MatchIt's object", {
  skip_if_not_installed("MatchIt", "4.8")
  expect_same_matches(1:600, strata_arguments)
})

test_that("numbers that print alike are one stratum, and bad bins are refused", {
  d <- data.frame(t = c(1, 0, 1, 0), x = c(1, 1 + 1e-12, 2, 3))
  expect_equal(unname(match_cohort(t ~ x, d, method = "exact")$weights), c(1, 1, 0, 0))
  expect_error(match_cohort(t ~ 1, d, method = "exact"), class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, d, method = "cem", cutpoints = list(x = "many")), class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, d, method = "cem", grouping = list("a")), class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, transform(d, x = 1:4), method = "exact"), class = "survmatch_error_match")
})
