test_that("tidy has a row a term", {
  ph <- test_ph(fit_cox(Surv(time, status) ~ age + sex, survival::lung))
  expect_named(tidy(ph), c("term", "statistic", "df", "p.value"))
  expect_identical(tidy(ph)$term, c("age", "sex", "GLOBAL"))
  expect_identical(tidy(ph)$p.value, unname(ph$table[, "p"]))
})

test_that("the plot is survival's curve in ggplot", {
  skip_if_not(is_newest_survival(), "survival 3.5-3 draws its curve without returning it")
  ph <- test_ph(fit_cox(Surv(time, status) ~ age + sex, survival::lung))
  peer <- plot(ph, var = "sex", nsmo = 60, plot = FALSE)
  panel <- ph_panel("sex", ph, 4)
  expect_equal(cbind(panel$curve$beta, panel$curve$high, panel$curve$low), peer$y, ignore_attr = TRUE, tolerance = 1e-9)
  plot <- autoplot(ph)
  expect_s3_class(plot, "ggplot")
  expect_no_error(ggplot2::ggplot_build(plot))
  expect_no_error(ggplot2::ggplot_build(autoplot(test_ph(fit_cox(Surv(time, status) ~ age, survival::lung[1:6, ])))))
})
