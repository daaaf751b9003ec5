random_patients <- function(seed) {
  set.seed(seed)
  n <- sample(30:150, 1)
  data <- data.frame(
    a = stats::rnorm(n, 60, 10), b = stats::rnorm(n) * 10^sample(-3:3, 1), g = factor(
      sample(letters[1:3], n, TRUE)
    ), l = stats::runif(n) < 0.4,
    w = if (seed %% 3 == 0) sample(1:3, n, TRUE) else if (seed %% 3 == 1) stats::runif(n, 0.5, 2) else 1
  )
  data$twice <- 2 * data$a - data$b
  data$y <- stats::rbinom(n, 1, stats::plogis(-0.5 + (data$a - 60) / 15 + (data$g == "b")))
  data$y[1:2] <- 0:1
  data
}

score_formulas <- list(
  y ~ a + b + g, y ~ a + g * l, y ~ a + twice + b + l, y ~ poly(a, 2) + log(abs(b)), y ~ 1, y ~ a + g - 1
)

test_that("the score is that of glm", {
  for (seed in 1:560) {
    data <- random_patients(seed)
    formula <- score_formulas[[seed %% length(score_formulas) + 1]]
    peer <- suppressWarnings(stats::glm(formula, data = data, family = stats::binomial(), weights = w))
    if (!peer$converged || any(peer$fitted.values < 1e-5 | peer$fitted.values > 1 - 1e-5)) next
    ours <- fit_propensity(formula, data = data, weights = w)
    count_comparison("fit_propensity", "stats::glm")
    same <- function(x, y) expect_true(compare_values(x, y), info = seed)
    same(ours$coefficients, stats::coef(peer))
    same(ours$vcov, stats::vcov(peer))
    same(ours$fitted, peer$fitted.values)
    same(ours$linear, peer$linear.predictors)
    same(
      c(ours$deviance, ours$null.deviance, ours$aic, ours$iter),
      c(peer$deviance, peer$null.deviance, suppressWarnings(peer$aic), peer$iter)
    )
    same(c(ours$rank, ours$df.residual), c(peer$rank, peer$df.residual))
  }
})

test_that("separation is detected and said", {
  data <- data.frame(y = rep(0:1, each = 10), x = 1:20, z = rep(1:2, 10))
  expect_warning(
    fit <- fit_propensity(y ~ x + z, data = data), "separate the arms", class = "survmatch_warning_separation"
  )
  expect_true(fit$separated)
  expect_warning(fit_propensity(y ~ z, data = data), NA)
})

test_that("the c-statistic is the share of concordant pairs, ties counted half", {
  for (seed in 1:30) {
    data <- random_patients(seed)
    fit <- fit_propensity(y ~ g + l, data = data)
    pairs <- outer(fit$linear[fit$treat == 1], fit$linear[fit$treat == 0], "-")
    expect_equal(fit$c_statistic, mean((pairs > 0) + 0.5 * (pairs == 0)), info = seed)
  }
})

test_that("missing values and treatments without two arms are refused", {
  data <- random_patients(5)
  data$a[c(3, 7)] <- NA
  expect_error(fit_propensity(y ~ a, data = data), "2 rows are not, first row 3", class = "survmatch_error_missing")
  expect_error(fit_propensity(y ~ b, data = transform(data, y = 1)), class = "survmatch_error_propensity")
  expect_error(fit_propensity(y ~ nothing, data = data), class = "survmatch_error_propensity")
  expect_error(fit_propensity(y ~ b, data = data, method = "forest"), class = "survmatch_error_propensity")
  expect_error(fit_propensity(y ~ b, data = data, weights = -w), class = "survmatch_error_weights")
  expect_error(fit_propensity(data = data), class = "survmatch_error_propensity")
})

test_that("a cohort's treated arm is the one that is declared", {
  data <- random_patients(8)
  data$arm <- ifelse(data$y == 1, "A", "B")
  data$t <- 1
  data$e <- rep_len(0:1, nrow(data))
  cohort <- as_cohort(data, treatment = arm, covariates = c(a, g), endpoints = list(os = Surv(t, e)), reference = "B")
  expect_equal(unname(fit_propensity(data = cohort)$treat), as.integer(data$y == 1))
})
