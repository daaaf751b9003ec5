transplants <- function() {
  jasa <- survival::jasa
  jasa$subject <- seq_len(nrow(jasa))
  jasa$wait <- ifelse(jasa$transplant == 1, jasa$wait.time, NA)
  # as ?heart: whoever dies or is transplanted on the day of entry, or dies on the day of the transplant, lives half a day
  jasa$futime <- pmax(0.5, jasa$futime)
  same <- which(jasa$wait == jasa$futime)
  jasa$wait[same] <- jasa$wait[same] - 0.5
  jasa
}

test_that("the rows are those of tmerge()", {
  for (seed in 1:50) {
    set.seed(seed)
    n <- 40
    d <- data.frame(id = seq_len(n), end = sample(1:30, n, TRUE), status = stats::rbinom(n, 1, 0.6), x = stats::rnorm(n))
    d$tx <- ifelse(stats::runif(n) < 0.5, sample(0:30, n, TRUE), NA)
    ours <- split_exposure(d, start = tx, time = end, event = status, id = id)
    peer <- survival::tmerge(d, d, id = id, death = event(end, status), treated = tdc(tx))
    expect_equal(
      unname(as.matrix(ours[c("id", "start", "stop", "event", "treated")])),
      unname(as.matrix(peer[c("id", "tstart", "tstop", "death", "treated")])), info = seed
    )
    count_comparison("split_exposure", peer_version("survival"))
  }
})

test_that("transplants: the naive ratio and the time-dependent one", {
  jasa <- transplants()
  naive <- fit_cox(Surv(futime, fustat) ~ transplant, data = jasa)
  rows <- split_exposure(jasa, start = wait, time = futime, event = fustat, id = subject)
  safe <- fit_cox(Surv(start, stop, event) ~ treated, data = rows)
  expect_equal(unname(exp(coef(naive))), 0.27, tolerance = 0.02)
  expect_equal(unname(exp(coef(safe))), 1.14, tolerance = 0.02)
  expect_equal(sum(rows$event), sum(jasa$fustat))
  expect_equal(sum(rows$stop - rows$start), sum(jasa$futime))
})

test_that("a cohort keeps its endpoints, each over when it is over", {
  d <- data.frame(
    rt = c(1, 1, 0, 0, 1), age = c(60, 61, 62, 63, 64), tx = c(2, 0, NA, NA, 5), pt = c(4, 6, 3, 7, 3), pe = c(1, 0, 1, 0, 1),
    ot = c(9, 6, 8, 7, 10), oe = c(1, 0, 1, 0, 0)
  )
  cohort <- suppressWarnings(as_cohort(d,
    treatment = rt, covariates = age, start = tx, endpoints = list(os = Surv(ot, oe), pfs = Surv(pt, pe)),
    time_unit = "months"
  ))
  rows <- split_exposure(cohort)
  expect_equal(rows$id, c(1, 1, 2, 3, 4, 5, 5))
  expect_equal(rows$treated, c(0, 1, 1, 0, 0, 0, 1))
  expect_equal(as.integer(as.character(rows$rt)), rows$treated)
  expect_equal(unclass(rows$os)[, "stop"], c(2, 9, 6, 8, 7, 5, 10), ignore_attr = TRUE)
  expect_equal(which(is.na(rows$pfs)), 7)
  expect_equal(sum(unclass(rows$pfs)[, "status"], na.rm = TRUE), 3)
})

test_that("what is not one row a patient with a start is refused", {
  d <- data.frame(id = c(1, 1), tx = 1, end = 2:3, status = 1)
  expect_error(split_exposure(d, start = tx, time = end, event = status, id = id), class = "survmatch_error_time_zero")
  expect_error(split_exposure(d, time = end, event = status), class = "survmatch_error_time_zero")
  expect_error(split_exposure(1), class = "survmatch_error_time_zero")
  d$tx <- -1
  expect_error(split_exposure(d, start = tx, time = end, event = status), class = "survmatch_error_time_zero")
})

test_that("a column that is not the follow-up's own is not replaced in silence", {
  d <- data.frame(id = 1:4, time = c(5, 6, 7, 8), event = c(1, 0, 1, 1), start = c(1, NA, 2, NA), treated = c(9, 8, 7, 6))
  expect_warning(
    split_exposure(d, start = start, time = time, event = event, id = id), "treated of the data is replaced",
    class = "survmatch_warning_columns"
  )
  d$treated <- NULL
  expect_silent(split_exposure(d, start = start, time = time, event = event, id = id))
})

test_that("rows split at progression tell the states apart, and add up", {
  table <- simulate_cohort(200, seed = 5)
  cohort <- suppressWarnings(as_cohort(table,
    id = id, treatment = rt, covariates = c(age, ecog), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  rows <- split_exposure(cohort, progression = TRUE)
  plain <- split_exposure(cohort)
  expect_null(plain$progressed)
  time <- function(rows, e) tapply(unclass(rows[[e]])[, "stop"] - unclass(rows[[e]])[, "start"], rows$id, sum, na.rm = TRUE)
  for (e in c("os", "pfs")) {
    expect_equal(time(rows, e), time(plain, e))
    expect_equal(sum(unclass(rows[[e]])[, "status"], na.rm = TRUE), sum(table[[paste0(e, "_event")]]))
  }
  progressed <- table$pfs_event == 1 & table$pfs_time < table$os_time
  first <- match(rows$id, table$id)
  expect_equal(rows$progressed, as.integer(progressed[first] & table$pfs_time[first] <= unclass(rows$os)[, "start"]))
  expect_true(all(is.na(unclass(rows$pfs)[rows$progressed == 1, "stop"])))
  # the same rows by survival::tmerge()
  d <- as.data.frame(table)
  d$wait <- ifelse(is.na(d$start), Inf, d$start)
  d$change <- ifelse(progressed, d$pfs_time, Inf)
  d$start <- NULL
  peer <- survival::tmerge(d, d, id = id, died = event(os_time, os_event), treated = tdc(wait), progressed = tdc(change))
  expect_equal(unclass(rows$os)[, "stop"], peer$tstop, ignore_attr = TRUE)
  expect_equal(rows$treated, peer$treated)
  expect_equal(rows$progressed, peer$progressed)
})

test_that("death after progression is not credited to the treatment of those without it", {
  table <- simulate_cohort(6000, hr = 1, centre_sd = 0, seed = 8)
  cohort <- suppressWarnings(as_cohort(table,
    id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  log_hr <- function(rows, strata = NULL) {
    coef(fit_cox(stats::reformulate(c("treated", "age", "male", "ecog", "cervical", "liver", strata), "os"), data = rows))[[1]]
  }
  expect_lt(log_hr(split_exposure(cohort)), -0.3)
  expect_lt(abs(log_hr(split_exposure(cohort, progression = TRUE), "strata(progressed)")), 0.1)
})
