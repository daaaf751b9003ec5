freireich <- function() {
  # Freireich et al. (1963) Blood 21:699, remission times in weeks
  data.frame(
    time = c(
      6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35, 1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8,
      8, 11, 11, 12, 12, 15, 17, 22, 23
    ),
    event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21)),
    arm = rep(c("6-MP", "placebo"), each = 21)
  )
}

test_that("the plot shows the fit's own numbers", {
  fit <- fit_km(Surv(time, event) ~ arm, data = freireich())
  plot <- autoplot(fit)
  expect_s3_class(plot, "ggplot")
  drawn <- plot$data
  expect_equal(drawn$survival[drawn$arm == "6-MP" & drawn$time == 10], summary(fit, times = 10)$surv[1])
  expect_true(all(c("6-MP", "placebo") %in% levels(drawn$arm)))
})

test_that("median labels say what was not reached", {
  fit <- fit_km(Surv(time, event) ~ arm, data = freireich())
  expect_match(median_labels(fit, c("6-MP", "placebo"), "weeks"), "median (23|8).0 weeks", all = TRUE)
  few <- fit_km(Surv(time, event) ~ 1, data = data.frame(time = 1:10, event = c(1, rep(0, 9))))
  expect_match(median_labels(few, "All", NULL), "not reached")
})

test_that("matched curves carry the pair-robust hazard ratio, or the stratified test, each labelled", {
  study <- run_study(small_cohort(64, seed = 3))
  fit <- study$endpoints$os$km
  row <- subset(tidy(study), endpoint == "os" & model == "robust")
  text <- curve_annotation(fit, "cox", c("no RT", "RT"))
  expect_match(text, format_estimate(row$estimate, row$conf.low, row$conf.high), fixed = TRUE)
  expect_match(text, "clustered on the matched set", fixed = TRUE)
  strata_test <- test_logrank(os ~ rt + strata(subclass), data = matched_data(study$matched))
  text <- curve_annotation(fit, "logrank", c("no RT", "RT"))
  expect_match(text, "stratified on the matched set", fixed = TRUE)
  expect_match(text, format_p(strata_test$pvalue), fixed = TRUE)
})

test_that("curves are named after the arms, never after codes", {
  study <- run_study(small_cohort(64, seed = 3))
  expect_identical(levels(autoplot(study$endpoints$os$km)$data$arm), c("no RT", "RT"))
  expect_error(autoplot(study$endpoints$os$km, arm_labels = "one"), class = "survmatch_error_plot")
})

test_that("every kind of fit can be drawn", {
  path <- tempfile(fileext = ".png")
  withr::local_options(list(device = function(...) grDevices::png(path)))
  draw <- function(fit, ...) {
    unlink(path)
    grDevices::png(path)
    tryCatch(print(autoplot(fit, ...)), finally = grDevices::dev.off())
    expect_gt(file.size(path), 0)
  }
  data <- freireich()
  data$w <- rep(c(1, 2.5), 21)
  draw(fit_km(Surv(time, event) ~ 1, data = data))
  draw(fit_km(Surv(time, event) ~ arm, data = data, weights = w))
  draw(fit_km(Surv(time, event) ~ arm, data = data), fun = "event", risk.table = "none", conf.int = FALSE)
  draw(fit_km(Surv(time, event) ~ arm, data = data, conf.type = "none"))
  draw(fit_km(Surv(time, event) ~ arm, data = transform(data, event = 0)))
  draw(fit_km(Surv(time, event) ~ arm + strata(time > 10), data = data))
})
