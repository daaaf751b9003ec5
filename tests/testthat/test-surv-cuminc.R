test_that("fit_cuminc() is survfit() of a status with several kinds of event", {
  skip_if_not(is_newest_survival(), "survival 3.8") # an older survfitms has other fields
  d <- patients_at_competing_risks()
  mine <- fit_cuminc(Surv(time, state) ~ sex, data = d, conf.type = "log-log", subset = age > 60)
  peer <- survival::survfit(survival::Surv(time, state) ~ sex, data = d, conf.type = "log-log", subset = age > 60)
  for (field in setdiff(names(peer), "call")) expect_equal(mine[[field]], peer[[field]], tolerance = 1e-9, info = field)
  expect_s3_class(mine, "survfitms")
  expect_identical(mine$call[[1]], quote(fit_cuminc))
  expect_equal(update(mine, . ~ 1)$pstate, fit_cuminc(Surv(time, state) ~ 1, data = d, conf.type = "log-log", subset = age > 60)$pstate)
})

test_that("fit_cuminc() has the estimates of cmprsk::cuminc()", {
  skip_if_not_installed("cmprsk")
  d <- patients_at_competing_risks()
  peer <- cmprsk::timepoints(cmprsk::cuminc(d$time, as.integer(d$state) - 1, d$sex), c(12, 60, 120))$est
  mine <- summary(fit_cuminc(Surv(time, state) ~ sex, data = d), times = c(12, 60, 120))$pstate
  expect_equal(unname(mine[1:3, 2]), unname(peer["F 1", ]), tolerance = 1e-9)
  expect_equal(unname(mine[4:6, 3]), unname(peer["M 2", ]), tolerance = 1e-9)
})

test_that("tidy() has incidences only, and other responses are refused", {
  d <- patients_at_competing_risks()
  fit <- fit_cuminc(Surv(time, state) ~ sex, data = d)
  expect_setequal(tidy(fit)$state, c("pcm", "death"))
  expect_error(fit_cuminc(Surv(time, death) ~ sex, data = d), class = "survmatch_error_response")
  steps <- data.frame(
    id = c(1, 1, 2, 3), start = c(0, 2, 0, 0), stop = c(2, 5, 4, 3),
    state = factor(c("ill", "dead", "dead", "none"), c("none", "ill", "dead"))
  )
  expect_error(fit_cuminc(Surv(start, stop, state) ~ 1, data = steps, id = id), class = "survmatch_error_response")
})
