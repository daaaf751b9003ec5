test_that("dates count in days from the origin to the event, or to when the patient was last seen", {
  day <- as.Date("2020-01-01")
  table <- data.frame(
    arm = c(0, 1, 0, 1), age = c(61, 58, 70, 66), diagnosis = day + 0:3,
    death = c(day + 100, NA, day + 33, NA), last = day + c(90, 200, 300, 400)
  )
  make <- function(table, unit = "days") {
    as_cohort(
      table, treatment = arm, covariates = age, time_unit = unit,
      endpoints = list(os = endpoint_dates(diagnosis, death, last))
    )
  }
  expect_equal(make(table)$os[, "time"], c(100, 199, 31, 397))
  expect_equal(make(table)$os[, "status"], c(1, 0, 1, 0))
  expect_equal(make(table, "months")$os[, "time"], c(100, 199, 31, 397) * 12 / 365.25)
  expect_identical(cohort_roles(make(table))$source_columns$os, c("diagnosis", "death", "last"))
  table$last[2] <- day - 30
  expect_error(make(table), "first in row 2", class = "survmatch_error_time")
  table$death <- as.character(table$death)
  expect_error(make(table), class = "survmatch_error_endpoint")
})

test_that("endpoints may come ready in a list", {
  table <- data.frame(arm = c(0, 1, 0, 1), age = 1:4, t = 1:4, e = c(TRUE, FALSE, TRUE, TRUE))
  ready <- list(os = Surv(table$t, table$e))
  expect_equal(as_cohort(table, treatment = arm, covariates = age, endpoints = ready)$os[, "time"], as.numeric(1:4))
  expect_error(
    as_cohort(table, treatment = arm, covariates = age, endpoints = list(Surv(t, e))),
    class = "survmatch_error_endpoint"
  )
  expect_error(
    as_cohort(table, treatment = arm, covariates = age, endpoints = list(t = Surv(t, e))),
    class = "survmatch_error_endpoint"
  )
})
