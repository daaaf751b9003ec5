test_that("tidy has one row an endpoint and model", {
  study <- run_study(small_cohort(64, seed = 3))
  expect_equal(nrow(tidy(study)), 10)
  expect_setequal(tidy(study)$model, c("robust", "plain", "stratified", "adjusted", "unmatched"))
})

test_that("plain and robust are one estimate with two variances", {
  rows <- subset(tidy(run_study(small_cohort(64, seed = 3))), endpoint == "os")
  expect_equal(rows$estimate[rows$model == "plain"], rows$estimate[rows$model == "robust"])
  expect_equal(rows$estimand[rows$model == "plain"], rows$estimand[rows$model == "robust"])
  expect_false(rows$estimand[rows$model == "stratified"] == rows$estimand[rows$model == "robust"])
})
