test_that("distances between covariates, inside calipers too, and matrices give MatchIt's object", {
  skip_if_not_installed("MatchIt", "4.8")
  expect_same_matches(1:600, covariate_arguments)
})
