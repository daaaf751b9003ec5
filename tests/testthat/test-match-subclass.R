test_that("subclasses that lack an arm are filled, or refused", {
  d <- data.frame(t = rep(1:0, c(4, 8)), s = c(1, 2, 3, 4, 1:4, 1:4) / 5)
  m <- match_cohort(t ~ 1, d, method = "subclass", distance = d$s, subclass = 4)
  expect_true(all(table(m$subclass, d$t) > 0))
  expect_s3_class(m, "matchit.subclass")
  expect_error(match_cohort(t ~ 1, d, method = "subclass", distance = d$s, subclass = 1), class = "survmatch_error_match")
  expect_error(
    match_cohort(t ~ 1, d, method = "subclass", distance = d$s, subclass = 4, min.n = 3), class = "survmatch_error_match"
  )
  expect_error(match_cohort(t ~ s, d, method = "subclass", distance = "euclidean"), class = "survmatch_error_match")
})
