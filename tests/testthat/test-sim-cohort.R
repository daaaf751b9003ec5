test_that("progression-free survival never outlives survival, and treatment starts before either", {
  for (shape in c("proportional", "delayed", "crossing", "plateau")) {
    d <- simulate_cohort(2000, shape = shape, seed = 1)
    expect_true(all(d$pfs_time <= d$os_time))
    treated <- d$rt == 1
    expect_true(all(d$start[treated] < d$pfs_time[treated]) && all(is.na(d$start[!treated])))
    expect_true(all(d$pfs_time[d$os_event == 1] <= d$os_time[d$os_event == 1] & d$pfs_event[d$os_event == 1] == 1))
  }
})

test_that("a seed gives the same study and leaves the caller's random numbers alone", {
  set.seed(5)
  before <- .Random.seed
  a <- simulate_cohort(50, seed = 9)
  expect_identical(.Random.seed, before)
  expect_identical(a, simulate_cohort(50, seed = 9))
  expect_false(identical(a, simulate_cohort(50, seed = 10)))
})

test_that("waiting times have the hazard that was asked for", {
  p <- list(shape = "delayed", shape_time = 2, hr = 0.5)
  expect_equal(waiting_time(c(1, 3, 4, 2), numeric(4), c(0, 0, 1, Inf), p), c(1, 4, 5, 2))
  p$shape <- "crossing"
  expect_equal(waiting_time(c(3, 5), c(0, 0), c(1, Inf), p), c(2, 5))
  p <- list(shape = "plateau", shape_time = 2, hr = 0.5, plateau = 0)
  expect_equal(waiting_time(c(1, 3), c(0, 0), c(Inf, Inf), p), c(1, Inf))
  expect_equal(passed_area(3, c(Inf, 0), list(shape = "proportional", shape_time = 1, hr = 0.5)), c(3, 1.5))
})

test_that("the hazards follow the prognosis", {
  d <- simulate_cohort(20000, hr = 0.6, unmeasured = 0, seed = 2)
  untreated <- survival::coxph(
    survival::Surv(
      ifelse(is.na(start), pfs_time, start), ifelse(is.na(start), pfs_event, 0)
    ) ~ I(age / 10) + male + ecog + cervical + liver, d
  )
  expect_equal(unname(stats::coef(untreated)), c(0.1, 0.1, 0.4, 0.4, 0.4), tolerance = 0.2)
})

test_that("impossible parameters are refused", {
  expect_error(simulate_cohort(0), "n", class = "survmatch_error_simulation")
  expect_error(simulate_cohort(10, hr = -1), class = "survmatch_error_simulation")
  expect_error(simulate_cohort(10, prognosis = c(height = 1)), "height", class = "survmatch_error_simulation")
  expect_error(simulate_cohort(10, toxicity = list(a = matrix(1, 2, 2))), class = "survmatch_error_simulation")
})
