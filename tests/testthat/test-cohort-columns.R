table <- data.frame(
  arm = c(0, 1, 0, 1), age = 1:4, t = c(10, 20, 30, 40), e = c(1, 0, 1, 1), zero = as.Date("2020-01-01")
)
make <- function(data, ...) as_cohort(data, treatment = arm, covariates = age, endpoints = list(os = Surv(t, e)), ...)

test_that("a start in dates is counted from its origin, in the cohort's unit", {
  table$begin <- as.Date(c(NA, "2020-01-11", NA, "2020-01-31"))
  cohort <- suppressWarnings(make(table, start = begin, origin = zero, time_unit = "days"))
  expect_identical(cohort_roles(cohort)$start, "begin_time")
  expect_equal(cohort$begin_time, c(NA, 10, NA, 30))
  expect_error(make(table, start = begin), class = "survmatch_error_start")
})

test_that("a start is brought into the cohort's unit", {
  table$begin <- c(NA, 12, NA, 0)
  cohort <- suppressWarnings(make(table, start = begin, from_unit = "months", time_unit = "years"))
  expect_equal(cohort$begin, c(NA, 1, NA, 0))
})

test_that("text becomes a factor without empty words", {
  table$stage <- c("a", "b", "", "a")
  cohort <- suppressWarnings(as_cohort(table, treatment = arm, covariates = stage, endpoints = list(os = Surv(t, e))))
  expect_identical(levels(cohort$stage), c("a", "b"))
  expect_equal(sum(is.na(cohort$stage)), 1)
})
