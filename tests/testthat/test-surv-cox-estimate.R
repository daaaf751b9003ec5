test_that("conditional logistic regression is the exact likelihood", {
  formula <- Surv(rep(1, nrow(infert)), case) ~ spontaneous + induced + strata(stratum)
  infert <- datasets::infert
  fit <- fit_cox(formula, infert, ties = "exact")
  # Trichopoulos et al. (1976), as ?infert fits it with clogit(): 1.9859, 1.4090.
  expect_equal(unname(coef(fit)), c(1.985876, 1.409012), tolerance = 1e-6)
})

test_that("the exact likelihood sums over all subsets of the risk set", {
  d <- data.frame(time = c(1, 1, 1, 1, 2, 2), status = c(1, 1, 0, 0, 1, 0), x = c(0.3, -1, 2, 0.5, 1, -0.2))
  beta <- 0.7
  risk <- exp(beta * d$x)
  pairs <- utils::combn(6, 2)
  by_hand <- beta * sum(d$x[d$status == 1]) - log(sum(risk[pairs[1, ]] * risk[pairs[2, ]])) - log(risk[5] + risk[6])
  fit <- fit_cox(Surv(time, status) ~ x, d, ties = "exact", init = beta, iter.max = 0)
  expect_equal(fit$loglik[1], by_hand, tolerance = 1e-12)
  entry <- fit_cox(Surv(rep(0, 6), time, status) ~ x, d, ties = "exact", init = beta, iter.max = 0)
  expect_equal(entry$loglik[1], by_hand, tolerance = 1e-12)
})

test_that("many tied deaths do not overflow the exact likelihood", {
  set.seed(1)
  d <- data.frame(time = 1, status = rep(1:0, each = 200), x = stats::rnorm(400))
  fit <- fit_cox(Surv(time, status) ~ x, d, ties = "exact")
  expect_true(all(is.finite(fit$loglik)))
  # At beta = 0 every subset has the same chance.
  expect_equal(fit$loglik[1], -lchoose(400, 200), tolerance = 1e-12)
})

test_that("residuals carry the names of the rows, and na.exclude pads them", {
  d <- survival::lung
  fit <- fit_cox(Surv(time, status) ~ ph.ecog, d, na.action = na.exclude)
  expect_length(residuals(fit), nrow(d))
  expect_identical(names(residuals(fit)), rownames(d))
})
