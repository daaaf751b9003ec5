transplants <- function() {
  data <- survival::jasa
  data$subject <- seq_len(nrow(data))
  # as survival's heart data: who died on the first day lived half of it, and a transplant on the last day came before it
  data$futime <- pmax(0.5, data$futime)
  data$wait <- ifelse(data$transplant == 1, data$wait.time, NA)
  same <- !is.na(data$wait) & data$wait == data$futime
  data$wait[same] <- data$wait[same] - 0.5
  suppressWarnings(as_cohort(data,
    id = subject, treatment = transplant, covariates = c(age, surgery), start = wait,
    endpoints = list(os = Surv(futime, fustat)), time_unit = "days"
  ))
}

test_that("in the heart transplant data the naive estimate is shown and never the headline", {
  cohort <- transplants()
  expect_error(run_study(cohort), class = "survmatch_error_time_zero")
  found <- compare_designs(cohort, landmarks = c(15, 30), caliper = NULL)
  expect_false(any(found$primary))
  expect_match(say_designs(found), "none of the rows is a headline")
  naive <- survival::coxph(os ~ transplant, data = as.data.frame(cohort))
  expect_equal(unname(exp(coef(naive))), 0.27, tolerance = 0.02)
  expect_lt(found$estimate[found$design == "naive"], 0.4)
  dependent <- found[found$design == "time_dependent", ]
  peer <- survival::coxph(survival::Surv(start, stop, event) ~ transplant + age + surgery, data = survival::heart)
  count_comparison("compare_designs(time_dependent)", "survival::coxph")
  expect_equal(dependent$events, peer$nevent)
  expect_equal(dependent$n, nrow(survival::jasa))
  alone <- fit_cox(os ~ transplant, data = split_exposure(cohort))
  expect_equal(unname(exp(coef(alone))), 1.14, tolerance = 0.02)
})

test_that("each row is the design made by hand", {
  patients <- simulate_cohort(250, seed = 8)
  cohort <- suppressWarnings(as_cohort(patients,
    id = id, treatment = rt, covariates = c(age, ecog, liver), start = start,
    endpoints = list(os = Surv(os_time, os_event))
  ))
  found <- compare_designs(cohort, landmarks = c(4, 7), primary = "landmark", why = "a visit at 4 months.")
  expect_identical(found$design, c(
    "landmark", "landmark", "risk_set", "sequential", "clone_censor", "time_dependent", "naive"
  ))
  at_four <- landmark_cohort(cohort, 4)
  study <- run_study(at_four, exact_centre = FALSE)
  expect_equal(found$estimate[1], tidy(study)$estimate[1])
  risk <- fit_cox(os ~ rt, data = match_risk_set(start ~ age + ecog + liver, cohort, caliper = 0.2))
  expect_equal(found$estimate[3], unname(exp(coef(risk))))
  trials <- sequential_trials(start ~ age + ecog + liver, cohort, every = found$at[4])
  own <- fit_cox(os ~ rt, data = trials, weights = weights, cluster = patient)
  expect_equal(found$estimate[4], unname(exp(coef(own))))
  expect_equal(found$events[4], sum(patients$os_event[patients$id %in% trials$patient]))
  clones <- clone_censor(cohort, grace = found$at[5])
  own <- fit_cox(os ~ rt, data = clones, weights = weights, cluster = patient)
  expect_equal(found$estimate[5], unname(exp(coef(own))))
  expect_equal(found$events[5], sum(patients$os_event))
  expect_match(say_designs(found), "Landmark at 4.0 months was chosen beforehand (marked), because a visit at 4 months.", fixed = TRUE)
  expect_output(print(found), "Naive")
})

test_that("a design that cannot be estimated keeps its row and says why", {
  patients <- simulate_cohort(60, seed = 2)
  cohort <- suppressWarnings(as_cohort(patients,
    id = id, treatment = rt, covariates = c(age, ecog), start = start, endpoints = list(os = Surv(os_time, os_event))
  ))
  found <- compare_designs(cohort, landmarks = c(5, 1000))
  lost <- found[found$at %in% 1000, ]
  expect_true(is.na(lost$estimate))
  expect_match(lost$note, "Both arms must have patients at risk")
})
