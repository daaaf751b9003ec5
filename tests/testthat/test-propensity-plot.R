test_that("bars count every patient of each arm", {
  cohort <- small_cohort(80, seed = 3)
  score <- fit_propensity(data = cohort)
  drawn <- autoplot(score)$data
  expect_equal(sum(drawn$height[drawn$height > 0]), sum(cohort$rt))
  expect_equal(-sum(drawn$height[drawn$height < 0]), sum(1 - cohort$rt))
  expect_identical(levels(drawn$arm), c("no RT", "RT"))
  expect_s3_class(autoplot(score, type = "density"), "ggplot")
})

test_that("after matching only the matched are drawn", {
  cohort <- small_cohort(80, seed = 3)
  score <- fit_propensity(data = cohort)
  matched <- suppressWarnings(match_cohort(formula(cohort), data = cohort, distance = score))
  drawn <- autoplot(score, matched = matched)$data
  expect_equal(sum(abs(drawn$height[drawn$sample == "After matching"])), sum(matched$weights > 0))
  expect_error(autoplot(score, matched = list(weights = 1)), class = "survmatch_error_plot")
})
