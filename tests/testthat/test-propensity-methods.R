test_that("tidy and predict are those of the glm", {
  data <- survival::rotterdam
  ours <- fit_propensity(hormon ~ age + grade + size, data = data)
  peer <- stats::glm(hormon ~ age + grade + size, data = data, family = stats::binomial())
  expect_equal(as.matrix(tidy(ours)[-1]), summary(peer)$coefficients, tolerance = 1e-9, ignore_attr = TRUE)
  new <- data[c(5, 900), ]
  expect_equal(predict(ours, new), predict(peer, new, type = "response"), tolerance = 1e-9)
  expect_equal(predict(ours, new, type = "link"), predict(peer, new), tolerance = 1e-9)
  expect_equal(
    tidy(ours, exponentiate = TRUE, conf.int = TRUE)$conf.low, unname(exp(confint.default(peer)[, 1])), tolerance = 1e-9
  )
  expect_message(print(ours), "c-statistic")
  expect_equal(glance(ours)$AIC, stats::AIC(peer), tolerance = 1e-9)
})
