# The published figures come out of run_study(), and the pairs stay what they are.

esophagus_cohort <- function() {
  suppressWarnings(as_cohort(esophagus,
    id = id, treatment = rt, centre = centre, start = rt_start,
    covariates = c(age, male, ecog, cervical, liver, oligometastatic, year),
    endpoints = list(os = Surv(os_months, death), pfs = Surv(pfs_months, progression_or_death)),
    toxicity = c(pneumonia, oesophagitis, lymphopenia), arm_labels = c("no RT", "RT")
  ))
}

test_that("the figures of the study that the data stand for come out of run_study()", {
  study <- run_study(esophagus_cohort(), primary = "naive")
  matched <- matched_data(study$matched)
  expect_identical(c(nrow(esophagus), sum(matched$rt == 1), sum(matched$rt == 0)), c(156L, 32L, 32L))
  expect_equal(study$endpoints$os$medians$median, c(13.7, 38))
  plain <- tidy(study$endpoints$os$cox$plain, exponentiate = TRUE, conf.int = TRUE)
  expect_identical(
    sprintf("%.2f", c(plain$estimate, plain$conf.low, plain$conf.high, plain$p.value)), c("0.70", "0.35", "1.41", "0.32")
  )
  peer <- survival::coxph(survival::Surv(os_months, death) ~ rt, data = as.data.frame(matched))
  expect_equal(plain$estimate, unname(exp(stats::coef(peer))), tolerance = 1e-8)
  expect_true(sum(study$endpoints$os$counts$events) %in% 29:33)
  robust <- tidy(study$endpoints$os$cox$robust)$p.value
  expect_true(robust > 0.295 && robust < 0.345)
  expect_equal(study$endpoints$pfs$medians$median, c(9.3, NA))
  treated <- matched[matched$rt == 1, ]
  expect_gt(min(fit_km(Surv(pfs_months, progression_or_death) ~ 1, data = as.data.frame(treated))$surv), 0.53)
  for (endpoint in study$endpoints) {
    model <- tidy(endpoint$cox$adjusted, exponentiate = TRUE, conf.int = TRUE)
    expect_gt(model$conf.low[model$term == "cervical"], 1)
    expect_equal(endpoint$cox$adjusted$n, 156)
  }
  mild <- tapply(matched$pneumonia %in% 1:2, matched$rt, sum)
  expect_gt(mild[["1"]], 1.5 * mild[["0"]])
  expect_equal(sum(esophagus[c("pneumonia", "oesophagitis", "lymphopenia")] >= 3), 0)
})

test_that("the pairs are frozen", {
  matched <- matched_data(run_study(esophagus_cohort(), primary = "naive")$matched)
  pairs <- vapply(split(matched, matched$subclass, drop = TRUE), function(pair) {
    paste(pair$id[pair$rt == 1], pair$id[pair$rt == 0])
  }, "")
  frozen <- readLines(test_path("fixtures", "esophagus-pairs.txt"))
  expect_identical(sort(unname(pairs)), frozen)
})

test_that("the study says by itself that it is biased, and no naive estimate leads when it is not asked for", {
  cohort <- esophagus_cohort()
  expect_error(run_study(cohort), class = "survmatch_error_time_zero")
  study <- run_study(cohort, primary = "naive")
  expect_true("immortal time" %in% study$checks$check)
  expect_true("endpoints against each other" %in% study$checks$check)
  safe <- run_study(cohort, primary = "risk_set")
  expect_false(safe$designs$safe[safe$designs$design == "naive"][1])
  expect_false(any(safe$designs$primary[safe$designs$design == "naive"]))
})
