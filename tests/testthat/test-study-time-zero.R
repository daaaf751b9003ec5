late_cohort <- function(n = 300, seed = 3) {
  patients <- simulate_cohort(n, seed = seed)
  suppressWarnings(as_cohort(patients,
    id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event)),
    toxicity = c(pneumonia, lymphopenia), arm_labels = c("no RT", "RT")
  ))
}

test_that("a study in risk sets is match_risk_set() with a Cox model clustered on the set", {
  for (seed in 1:12) {
    cohort <- late_cohort(c(150, 200, 300)[1 + seed %% 3], seed)
    study <- run_study(cohort, primary = "risk_set", ratio = 1 + seed %% 2)
    rows <- matched_data(match_risk_set(
      start ~ age + male + ecog + cervical + liver, cohort, caliper = 0.2, ratio = 1 + seed %% 2
    ))
    expect_identical(matched_data(study$matched), rows)
    peer <- survival::coxph(os ~ rt, data = as.data.frame(rows), weights = weights, cluster = subclass)
    mine <- tidy(study)
    count_comparison("run_study(risk_set)", "survival::coxph")
    expect_equal(log(mine$estimate[mine$endpoint == "os" & mine$model == "robust"]), unname(coef(peer)), tolerance = 1e-9)
    counting <- as.data.frame(split_exposure(cohort, progression = TRUE))
    peer <- survival::coxph(os ~ rt + age + male + ecog + cervical + liver + strata(progressed), data = counting)
    expect_equal(
      log(mine$estimate[mine$endpoint == "os" & mine$model == "adjusted"]), unname(coef(peer)[1]), tolerance = 1e-9
    )
    expect_equal(mine$n[mine$endpoint == "os" & mine$model == "adjusted"], nrow(cohort))
    expect_identical(grepl("by progression so far", mine$estimand[mine$model == "adjusted"]), c(TRUE, FALSE))
  }
})

test_that("a study at a landmark is the study of landmark_cohort()", {
  cohort <- late_cohort()
  study <- run_study(cohort, primary = "landmark", landmark = 6)
  by_hand <- run_study(landmark_cohort(cohort, 6))
  expect_equal(tidy(study), tidy(by_hand))
  expect_null(by_hand$designs)
  expect_false("immortal time" %in% study$checks$check)
  expect_match(report_text(study, "methods")[1], "from the landmark at 6, fixed beforehand", fixed = TRUE)
})

test_that("no number of a study in risk sets comes from ever against never treated, but the grey row", {
  cohort <- late_cohort()
  study <- run_study(cohort, primary = "risk_set")
  naive <- suppressWarnings(run_study(cohort, primary = "naive"))
  biased <- tidy(naive)$estimate
  expect_false(any(vapply(tidy(study)$estimate, function(x) any(abs(x - biased) < 1e-6), NA)))
  cox <- tidy(study$tables$cox$os)
  expect_false(any(abs(c(cox$uni_estimate, cox$multi_estimate) - biased[5]) < 1e-6, na.rm = TRUE))
  expect_false(any(abs(c(cox$uni_estimate, cox$multi_estimate) - biased[4]) < 1e-6, na.rm = TRUE))
  grey <- study$designs[!study$designs$safe, ]
  expect_identical(unique(grey$design), "naive")
  expect_match(unique(grey$estimand), "biased by immortal time")
})

test_that("primary, landmark and method that do not go together are refused", {
  cohort <- late_cohort(80)
  refused <- function(...) expect_error(run_study(cohort, ...), class = "survmatch_error_time_zero")
  refused()
  refused(primary = "guess")
  refused(primary = "landmark")
  refused(primary = "landmark", landmark = c(3, 6))
  refused(primary = "landmark", landmark = -1)
  refused(primary = "risk_set", landmark = c(3, NA))
  refused(primary = "risk_set", method = "full")
  refused(primary = "risk_set", estimand = "ATC")
  refused(primary = "landmark", landmark = 1e6)
  no_start <- suppressWarnings(as_cohort(simulate_cohort(80, seed = 1),
    treatment = rt, covariates = age, endpoints = list(os = Surv(os_time, os_event))
  ))
  expect_error(run_study(no_start, primary = "risk_set"), class = "survmatch_error_time_zero")
  expect_error(compare_designs(no_start), class = "survmatch_error_time_zero")
})

test_that("every part of a study in risk sets can be drawn, tabulated and put into words", {
  study <- run_study(late_cohort(150), primary = "risk_set", why = "treatment starts late")
  for (type in c("curves", "flow", "balance", "forest", "designs")) {
    expect_s3_class(ggplot2::autoplot(study, type), "ggplot")
  }
  expect_error(ggplot2::autoplot(study, "score"), class = "survmatch_error_study")
  for (section in c("summary", "designs", "flow", "score", "balance", "endpoint", "checks", "methods")) {
    expect_true(all(nzchar(report_text(study, section))), section)
  }
  expect_match(report_text(study, "summary")[1], "because treatment starts late")
  expect_true("patients in more than one set" %in% study$checks$check)
  balance <- tidy(study$balance)
  rows <- matched_data(study$matched)
  after <- balance[balance$sample == "after" & balance$term == "age", ]
  expect_equal(after$mean_treated, mean(rows$age[rows$treated == 1]))
  before <- balance[balance$sample == "before" & balance$term == "age", ]
  expect_equal(before$mean_treated, mean(study$cohort$age[!is.na(study$cohort$start)]))
})

test_that("a study in risk sets counts places, not patients, and names the arms before matching", {
  study <- run_study(late_cohort(200), primary = "risk_set")
  persons <- study$matched$counts[["persons"]]
  expect_match(say_headlines(study)[1], paste0("places in the matched sets (", persons, " patients)"), fixed = TRUE)
  expect_identical(
    curve_labels(study$endpoints$os$km_unmatched, cohort_roles(study$cohort), NULL), cohort_roles(study$cohort)$arm_labels
  )
})
