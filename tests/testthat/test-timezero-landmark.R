waiting <- function(seed, n = 60) {
  set.seed(seed)
  d <- data.frame(end = sample(1:40, n, TRUE), status = stats::rbinom(n, 1, 0.6), age = stats::rnorm(n, 60, 8))
  d$tx <- ifelse(stats::runif(n) < 0.6, sample(0:20, n, TRUE), NA)
  d$tx[which(d$tx > d$end)] <- NA
  d
}

test_that("those at risk, their arms and their follow-up are those of the definition", {
  for (seed in 1:40) {
    d <- waiting(seed)
    for (later in c("keep", "censor")) {
      ours <- landmark_cohort(d, at = 8, start = tx, time = end, event = status, later = later)
      rows <- d[d$end > 8, ]
      arm <- as.integer(!is.na(rows$tx) & rows$tx <= 8)
      cut <- ifelse(arm == 0 & !is.na(rows$tx) & later == "censor", rows$tx, Inf)
      expect_equal(ours$treated, arm)
      expect_equal(ours$end, pmin(rows$end, cut) - 8)
      expect_equal(ours$event, as.integer(rows$status == 1 & rows$end <= cut))
      counts <- attr(ours, "landmark")$counts
      expect_equal(sum(counts[c("event", "progressed", "censored", "at_risk")]), nrow(d))
      expect_equal(sum(counts$event), sum(d$status[d$end <= 8]))
      expect_equal(counts$at_risk, c(sum(arm == 0), sum(arm == 1)))
    }
  }
})

test_that("a grid gives every landmark, and an arm that nobody reaches is refused", {
  d <- waiting(1)
  grid <- landmark_cohort(d, at = c(2, 8, 12), start = tx, time = end, event = status)
  expect_named(grid, c("2", "8", "12"))
  expect_equal(grid[["8"]], landmark_cohort(d, at = 8, start = tx, time = end, event = status))
  expect_error(landmark_cohort(d, at = 41, start = tx, time = end, event = status), class = "survmatch_error_time_zero")
  expect_error(landmark_cohort(d, at = -1, start = tx, time = end, event = status), class = "survmatch_error_time_zero")
})

test_that("a cohort goes on to the study, without a treatment start", {
  cohort <- suppressWarnings(as_cohort(simulate_cohort(400, seed = 3),
    id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver), start = start, centre = centre,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  ))
  late <- suppressMessages(landmark_cohort(cohort, at = 6))
  expect_s3_class(late, "cohort")
  expect_null(cohort_roles(late)$start)
  progressed <- cohort[[cohort_roles(cohort)$endpoints[2]]][, "time"] <= 6
  expect_equal(nrow(late), sum(cohort$os[, "time"] > 6 & !progressed))
  expect_match(utils::tail(attrition(late)$step, 1), "landmark, 6")
  study <- run_study(late)
  expect_s3_class(study, "study")
  expect_true(all(study$cohort$os[, "time"] > 0))
})
