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

test_that("a naive study says so when it is printed", {
  cohort <- suppressWarnings(as_cohort(simulate_cohort(120, seed = 4),
    treatment = rt, covariates = c(age, ecog), start = start, endpoints = list(os = Surv(os_time, os_event))
  ))
  naive <- suppressWarnings(run_study(cohort, primary = "naive"))
  expect_match(paste(cli::cli_fmt(print(naive)), collapse = " "), "biased by immortal time")
})

test_that("the watermark of a naive study stands in every figure, on a log scale too, without a warning", {
  treated <- simulate_cohort(150, seed = 3)
  cohort <- suppressWarnings(as_cohort(treated,
    id = id, treatment = rt, covariates = c(age, ecog), start = start, endpoints = list(os = Surv(os_time, os_event))
  ))
  naive <- suppressWarnings(run_study(cohort, primary = "naive"))
  for (type in c("flow", "score", "balance", "forest")) {
    expect_warning(drawn <- ggplot2::ggplotGrob(ggplot2::autoplot(naive, type)), NA)
    expect_true(any(grepl("biased by", unlist(lapply(drawn$grobs, function(g) lapply(g$children, `[[`, "label"))))), type)
  }
})
