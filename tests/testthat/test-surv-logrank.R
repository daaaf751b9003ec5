random_logrank_arguments <- function(seed, data) {
  formulas <- list(
    Surv(time, event) ~ g, Surv(time, event) ~ h, Surv(time, event) ~ g + h, Surv(time, event) ~ g + strata(h),
    Surv(time, event) ~ h + strata(pair), Surv(time, event) ~ h + strata(g, pair),
    Surv(time, event) ~ h + strata(g) + strata(pair)
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

# Freireich et al. (1963) Blood 21:699; Cox & Oakes (1984), p. 107: chi-squared 16.79.
test_that("the 6-MP trial has its published log-rank statistic", {
  trial <- data.frame(
    time = c(
      6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
      1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23
    ),
    event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21)),
    arm = rep(c("6-MP", "placebo"), each = 21)
  )
  test <- test_logrank(Surv(time, event) ~ arm, data = trial)
  expect_equal(round(test$chisq, 2), 16.79)
  expect_equal(round(unname(test$exp), 2), c(19.25, 10.75))
})

test_that("a stratum for each pair, and thousands of strata", {
  set.seed(3)
  n <- 4000
  data <- data.frame(
    time = rexp(n), event = rbinom(n, 1, 0.7), arm = rep(0:1, n / 2), pair = rep(seq_len(n / 2), each = 2)
  )
  ours <- test_logrank(Surv(time, event) ~ arm + strata(pair), data = data)
  peer <- survival::survdiff(Surv(time, event) ~ arm + strata(pair), data = data)
  expect_same_fields(ours, peer, extra = !is_newest_survival())
  expect_length(ours$strata, n / 2)
})

test_that("one sample against a reference", {
  data <- survival::lung
  data$expected <- exp(-data$time / 400)
  for (rho in c(0, 1)) {
    ours <- test_logrank(Surv(time, status) ~ offset(expected), data = data, rho = rho)
    peer <- survival::survdiff(Surv(time, status) ~ offset(expected), data = data, rho = rho)
    expect_same_fields(ours, peer, extra = !is_newest_survival())
  }
  expect_error(test_logrank(Surv(time, status) ~ offset(age), data = data), class = "survmatch_error_offset")
  expect_error(test_logrank(Surv(time, status) ~ sex + offset(expected), data = data), class = "survmatch_error_offset")
})

test_that("what test_logrank() does not take is refused with a class", {
  lung <- survival::lung
  expect_error(test_logrank(Surv(time, status) ~ 1, data = lung), class = "survmatch_error_groups")
  expect_error(test_logrank(Surv(time, status) ~ sex, data = lung[lung$sex == 1, ]), class = "survmatch_error_groups")
  expect_error(test_logrank(time ~ sex, data = lung), class = "survmatch_error_response")
  expect_error(test_logrank(Surv(time, status) ~ sex, data = lung, rho = "a"), class = "survmatch_error_rho")
})

test_that("tidy and glance have broom's columns and values", {
  skip_if_not_installed("broom")
  for (f in list(
    Surv(time, status) ~ sex, Surv(time, status) ~ sex + ph.ecog, Surv(time, status) ~ sex + strata(ph.ecog)
  )) {
    ours <- test_logrank(f, data = survival::lung)
    peer <- survival::survdiff(f, data = survival::lung)
    expect_equal(tidy(ours), as.data.frame(broom::tidy(peer)), ignore_attr = TRUE)
    expect_equal(glance(ours), as.data.frame(broom::glance(peer)))
  }
})
