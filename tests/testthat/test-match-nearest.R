test_that("nearest matching on a score gives MatchIt's object", {
  skip_if_not_installed("MatchIt", "4.8")
  expect_same_matches(1:400, arguments_to_match)
})

test_that("covariate calipers, antiexact, variable ratios and limited reuse give MatchIt's object", {
  skip_if_not_installed("MatchIt", "4.8")
  expect_same_matches(401:800, function(seed, d) more_arguments(arguments_to_match(seed, d)))
})

test_that("shifting and scaling the score changes no pair", {
  for (seed in 1:20) {
    d <- table_to_match(seed)
    score <- rank(stats::rnorm(nrow(d))) # whole numbers: scaling by 4 is exact
    pairs <- function(s) suppressWarnings(match_cohort(t ~ x, data = d, distance = s, ratio = 2))$match.matrix
    expect_identical(pairs(score), pairs(4 * score + 8), info = seed)
  }
})

test_that("a control of nobody's stratum is never used", {
  d <- data.frame(t = c(1, 1, 0, 0), s = c(1, 2, 1, 2), g = c("a", "b", "a", "c"))
  m <- suppressWarnings(match_cohort(t ~ 1, data = d, distance = d$s, exact = "g"))
  expect_identical(unname(m$weights), c(1, 0, 1, 0))
  expect_error(
    match_cohort(t ~ 1, data = transform(d, g = letters[1:4]), distance = d$s, exact = "g"),
    class = "survmatch_error_match"
  )
})

test_that("of two controls at the same distance the nearer place wins, then the lower one", {
  # places on the line: 1 control, 2 treated, 3 treated, 4 control
  d <- data.frame(t = c(0, 1, 1, 0), s = c(0, 1, 1, 2))
  m <- match_cohort(t ~ 1, data = d, distance = d$s)
  expect_identical(unname(m$match.matrix[, 1]), c("1", "4"))
})
