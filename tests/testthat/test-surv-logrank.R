random_logrank_arguments <- function(seed, data) {
  formulas <- list(
    Surv(time, event) ~ g, Surv(time, event) ~ h, Surv(time, event) ~ g + h, Surv(time, event) ~ g + strata(h),
    Surv(time, event) ~ h + strata(pair), Surv(time, event) ~ h + strata(g, pair), Surv(time, event) ~ h + strata(g) + strata(pair)
  )
  arguments <- list(formula = formulas[[1 + seed %% 7]], data = data)
  if (seed %% 2 == 0) arguments$rho <- sample(c(1, 0.5, -0.5), 1)
  if (seed %% 13 == 0) arguments$subset <- data$time > 0.2
  if (seed %% 17 == 0) arguments$na.action <- stats::na.exclude
  arguments
}

test_that("random cohorts give survdiff's object, field by field", {
  # survival before 3.6 has no p-value in the object.
  for (seed in 1:600) {
    data <- random_survival(seed)
    ok <- compare_with_peer(
      test_logrank, survival::survdiff, random_logrank_arguments(seed, data), paste("seed", seed),
      extra = !is_newest_survival()
    )
    if (ok) count_comparison("test_logrank", peer_version("survival"))
  }
})
