test_that("waits, person-time and who had left are counted", {
  d <- data.frame(
    id = 1:8, rt = rep(1:0, each = 4), x = c(3, 1, 4, 1, 5, 9, 2, 6), wait = c(2, 4, 6, 0, NA, NA, NA, NA),
    time = c(10, 12, 20, 8, 1, 3, 5, 30), event = c(1, 0, 1, 1, 1, 1, 0, 1), response_ct = c(0, 1, 0, 1, 0, 1, 1, 0)
  )
  cohort <- suppressWarnings(as_cohort(d,
    id = id, treatment = rt, covariates = c(x, response_ct), start = wait, endpoints = list(os = Surv(time, event))
  ))
  check <- assess_time_zero(cohort)
  expect_true(check$immortal)
  expect_equal(check$waits$waited, 3)
  expect_equal(check$waits$median, 4)
  expect_equal(check$waits$immortal_time, 12)
  expect_equal(check$waits$share, 12 / 50)
  expect_equal(tidy(check)$events, c(2, 2))
  expect_equal(tidy(check)$censored, c(0, 1))
  expect_identical(check$questioned$covariate, "response_ct")
  expect_output(print(check), "immortal time")
})

test_that("a treatment at time zero is no immortal time, and jasa's is", {
  d <- survival::rotterdam[1:100, ]
  cohort <- suppressWarnings(as_cohort(d, id = pid, treatment = hormon, covariates = age, endpoints = list(os = Surv(dtime, death == 1))))
  expect_false(assess_time_zero(cohort)$immortal)
  expect_output(print(assess_time_zero(cohort)), "no immortal time")
  jasa <- survival::jasa
  jasa$id <- seq_len(nrow(jasa))
  jasa$wait <- ifelse(jasa$transplant == 1, jasa$wait.time, NA)
  cohort <- suppressWarnings(as_cohort(jasa,
    id = id, treatment = transplant, covariates = age, start = wait, endpoints = list(os = Surv(futime, fustat == 1)),
    time_unit = "days"
  ))
  check <- assess_time_zero(cohort)
  expect_equal(check$waits$waited, sum(jasa$wait > 0, na.rm = TRUE))
  expect_gt(check$left$share[check$left$limit == "p90"], 0.5)
})
