test_that("the love plot draws every term of both samples, by its label", {
  cohort <- small_cohort(100, seed = 5)
  balance <- assess_balance(suppressWarnings(match_cohort(formula(cohort), data = cohort)))
  drawn <- autoplot(balance)$data
  expect_equal(nrow(drawn), nrow(tidy(balance)))
  expect_true("Age, years" %in% levels(drawn$label))
  expect_true(all(drawn$smd >= 0))
  expect_false("Propensity score" %in% autoplot(balance, distance = FALSE)$data$label)
})
