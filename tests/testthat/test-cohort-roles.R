test_that("rows of a cohort are a cohort and the loss is logged", {
  cohort <- small_cohort(60, seed = 2)
  expect_identical(cohort_roles(cohort[1:20, ]), cohort_roles(cohort))
  expect_equal(attrition(cohort[1:20, ])$n, c(60, 20))
  expect_equal(attrition(cohort[sample(60), ])$n, 60)
  expect_false(inherits(cohort[c("age", "stage")], "cohort"))
  expect_identical(cohort[["age"]], as.data.frame(cohort)[["age"]])
})

test_that("the formula is the treatment on the covariates", {
  cohort <- small_cohort(60, seed = 2)
  expect_equal(formula(cohort), rt ~ age + stage, ignore_attr = TRUE)
  expect_true(exists("cohort", envir = environment(formula(cohort)), inherits = FALSE))
})

test_that("a cohort prints, and its summary counts what is missing by arm", {
  cohort <- small_cohort(60, seed = 2)
  expect_message(print(cohort), "60 patients")
  expect_output(print(summary(cohort)), "Overall survival")
  expect_null(cohort_roles(data.frame(a = 1)))
})
