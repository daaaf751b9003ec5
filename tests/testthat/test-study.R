test_that("a study of 64 patients holds everything, and its numbers are those of the verbs", {
  cohort <- small_cohort(64, seed = 3)
  study <- run_study(cohort)
  expect_s3_class(study, "study")
  expect_named(study$endpoints, c("os", "pfs"))

  by_hand <- fit_cox(os ~ rt, data = study$matched)
  row <- subset(tidy(study), endpoint == "os" & model == "robust")
  expect_identical(row$estimate, unname(exp(coef(by_hand))))
  expect_identical(row$p.value, tidy(by_hand)$p.value)

  rows <- matched_data(study$matched)
  peer <- survival::coxph(survival::Surv(os[, 1], os[, 2]) ~ rt, data = rows, cluster = subclass)
  count_comparison("run_study", peer_version("survival"))
  expect_equal(row$estimate, unname(exp(coef(peer))), tolerance = 1e-9)
  expect_equal(row$p.value, summary(peer)$coefficients[, "Pr(>|z|)"], tolerance = 1e-9, ignore_attr = TRUE)
})

test_that("matching follows the design: caliper of the pooled within-arm SD of the logit", {
  study <- run_study(small_cohort(120, seed = 5))
  logit <- study$propensity$linear
  treat <- study$propensity$treat
  width <- 0.2 * sqrt((var(logit[treat == 1]) + var(logit[treat == 0])) / 2)
  rows <- matched_data(study$matched)
  pairs <- split(logit[study$matched$weights > 0], rows$subclass)
  expect_true(all(vapply(pairs, function(p) abs(diff(p)) <= width, NA)))
  expect_equal(unname(study$matched$caliper[1]), width)
})

test_that("the design does not see the outcomes", {
  cohort <- small_cohort(80, seed = 7)
  other <- cohort
  other$os <- Surv(rev(cohort$os[, 1]), rev(cohort$os[, 2]))
  a <- run_study(cohort)
  b <- run_study(other)
  expect_identical(a$matched$match.matrix, b$matched$match.matrix)
  expect_identical(a$design$hash, b$design$hash)
  expect_false(identical(tidy(a)$estimate, tidy(b)$estimate))
})

test_that("a second design on the same table is counted as a change", {
  cohort <- small_cohort(90, seed = 11)
  first <- run_study(cohort)
  expect_equal(first$design$changes, 0)
  again <- run_study(cohort)
  expect_equal(again$design$changes, 0)
  changed <- run_study(cohort, caliper = 0.5)
  expect_equal(changed$design$changes, 1)
  expect_match(report_text(changed, "methods")[3], "changed 1 time")
})

test_that("what a study cannot use is refused with its class", {
  cohort <- small_cohort(64)
  expect_error(run_study(as.data.frame(cohort)), class = "survmatch_error_study")
  expect_error(run_study(cohort, endpoints = "dfs"), class = "survmatch_error_study")
  # no two patients alike: twins would be a pair at any caliper
  different <- cohort
  different$age <- different$age + seq_len(64) / 1000
  expect_error(run_study(different, caliper = 1e-12), "At least one pair", class = "survmatch_error_match")
  expect_error(run_study(cohort, exact_centre = TRUE), class = "survmatch_error_study")
})

test_that("missing covariates are refused, or left out and counted", {
  cohort <- small_cohort(80, seed = 2)
  cohort$age[c(5, 9)] <- NA
  expect_error(run_study(cohort), class = "survmatch_error_missing")
  expect_error(run_study(cohort), "first in row 5")
  study <- run_study(cohort, missing = "complete_cases")
  expect_equal(nrow(study$cohort), 78)
  expect_equal(utils::tail(attr(study$cohort, "attrition")$excluded, 1), 2)
})

test_that("treatment that starts after time zero stops the study unless the naive comparison is asked for", {
  cohort <- small_cohort(80, seed = 4)
  data <- as.data.frame(cohort)[setdiff(names(cohort), c("os", "pfs"))]
  data$rt_start <- ifelse(data$rt == 1, data$os_time / 4, NA)
  make <- function() {
    as_cohort(data,
      treatment = rt, covariates = c(age, stage), endpoints = list(
        os = Surv(os_time, os_event == 1)
      ), start = rt_start, time_unit = "months"
    )
  }
  late <- suppressWarnings(make())
  expect_warning(make(), class = "survmatch_warning_immortal_time")
  expect_error(run_study(late), class = "survmatch_error_time_zero")
  naive <- run_study(late, primary = "naive")
  expect_true("immortal time" %in% naive$checks$check)
  expect_match(report_text(naive, "summary")[1], "biased by immortal time")
})

test_that("centres are matched exactly when each has enough in both arms", {
  expect_equal(run_study(small_cohort(120, seed = 6, centre = TRUE))$design$exact, "centre")
  lonely <- small_cohort(60, seed = 6, centre = TRUE)
  lonely$centre <- factor(ifelse(seq_len(60) <= 4, "C", as.character(lonely$centre)))
  expect_null(run_study(lonely)$design$exact)
})

test_that("an endpoint without events is not estimable, and the study goes on", {
  cohort <- small_cohort(64, seed = 8)
  cohort$pfs <- Surv(cohort$pfs[, 1], rep(0, 64))
  study <- suppressWarnings(run_study(cohort))
  expect_true(is.na(subset(tidy(study), endpoint == "pfs" & model == "robust")$estimate))
  expect_match(paste(report_text(study, "endpoint", "pfs"), collapse = " "), "cannot be estimated")
})

test_that("row order changes nothing but the row names", {
  cohort <- small_cohort(100, seed = 12)
  cohort$age <- cohort$age + seq_len(100) / 1000
  shuffled <- cohort[sample(100), ]
  a <- tidy(run_study(cohort))
  b <- tidy(run_study(shuffled))
  expect_equal(a$estimate, b$estimate, tolerance = 1e-8)
})

test_that("a study prints, summarises and draws", {
  study <- run_study(small_cohort(64, seed = 3, toxicity = TRUE))
  expect_message(print(study), "Matched survival study")
  expect_output(expect_message(print(summary(study))))
  expect_equal(nrow(glance(study)), 1)
  for (type in c("curves", "flow", "score", "balance", "forest")) {
    expect_s3_class(autoplot(study, type), "ggplot")
  }
  expect_error(autoplot(study, endpoint = "dfs"), class = "survmatch_error_study")
})
