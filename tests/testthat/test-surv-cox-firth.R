separated <- function(seed, n = 60) {
  set.seed(seed)
  d <- data.frame(rt = stats::rbinom(n, 1, 0.4), age = stats::rnorm(n, 60, 8), w = 1)
  d$time <- ceiling(stats::rexp(n, 0.05))
  d$status <- stats::rbinom(n, 1, 0.7) * (1 - d$rt)
  d
}

test_that("the penalised likelihood is at its maximum, found by another road", {
  for (seed in 1:12) {
    d <- separated(seed)
    if (seed %% 2 == 0) d$status <- stats::rbinom(nrow(d), 1, 0.3)
    ties <- if (seed %% 3 == 0) "breslow" else "efron"
    fit <- fit_cox(Surv(time, status) ~ rt + age, d, penalty = "firth", ties = ties)
    penalised <- function(b) {
      at <- survival::coxph(Surv(time, status) ~ rt + age, d, init = b, iter.max = 0, ties = ties)
      at$loglik[1] - 0.5 * as.numeric(determinant(at$var)$modulus)
    }
    expect_equal(fit$loglik[2], penalised(coef(fit)), tolerance = 1e-9)
    expect_equal(fit$loglik[1], penalised(c(0, 0)), tolerance = 1e-9)
    found <- stats::optim(
      coef(fit) + c(0.01, -0.001), penalised, control = list(fnscale = -1, reltol = 1e-14, parscale = c(1, 0.05))
    )
    expect_equal(unname(coef(fit)), unname(found$par), tolerance = 1e-4)
    slope <- vapply(1:2, function(j) {
      h <- c(1e-5, 1e-6)[j] * (seq_len(2) == j)
      (penalised(coef(fit) + h) - penalised(coef(fit) - h)) / (2 * sum(h))
    }, 0)
    expect_lt(max(abs(slope)), 1e-4)
  }
})

test_that("estimates and profile limits are coxphf's", {
  skip_if_not_installed("coxphf")
  for (seed in 1:6) {
    d <- separated(seed)
    ours <- fit_cox(Surv(time, status) ~ rt + age, d, penalty = "firth", ties = "breslow")
    peer <- coxphf::coxphf(Surv(time, status) ~ rt + age, d, maxit = 500, epsilon = 1e-9, gconv = 1e-8)
    expect_equal(coef(ours), peer$coefficients, tolerance = 1e-5)
    limits <- confint(ours)
    expect_equal(unname(limits[, 1]), unname(log(peer$ci.lower)), tolerance = 1e-3)
    expect_equal(unname(limits[, 2]), unname(log(peer$ci.upper)), tolerance = 1e-3)
    count_comparison("fit_cox with Firth's penalty", peer_version("coxphf"))
  }
})

test_that("an arm without events has a finite estimate and limits where the likelihood has dropped", {
  d <- separated(1)
  expect_warning(fit_cox(Surv(time, status) ~ rt, d), class = "survmatch_warning_infinite_coefficient")
  expect_no_warning(fit <- fit_cox(Surv(time, status) ~ rt, d, penalty = "firth"))
  expect_gt(coef(fit), -7)
  limits <- confint(fit)
  expect_lt(limits[1], coef(fit))
  expect_gt(limits[2], coef(fit))
  at <- function(b) fit_cox(Surv(time, status) ~ rt, d, penalty = "firth", init = b, iter.max = 0)$loglik[1]
  expect_equal(fit$loglik[2] - at(limits[2]), stats::qchisq(0.95, 1) / 2, tolerance = 1e-5)
  row <- tidy(fit, conf.int = TRUE)
  expect_equal(c(row$conf.low, row$conf.high), c(limits))
  expect_output(print(fit), "Firth's penalty")
})

test_that("entry times, strata, offsets, weights and redundant columns are understood", {
  d <- separated(2)
  d$entry <- floor(d$time * 0.3) - 1
  d$g <- rep_len(1:2, nrow(d))
  d$copy <- 2 * d$rt
  fit <- fit_cox(
    Surv(entry, time, status) ~ rt + age + strata(g) + offset(age / 100), d, weights = g, penalty = "firth"
  )
  shifted <- fit_cox(Surv(entry, time, status) ~ rt + age + strata(g), d, weights = g, penalty = "firth")
  expect_equal(coef(fit)[["age"]], coef(shifted)[["age"]] - 0.01, tolerance = 1e-6)
  expect_equal(confint(fit)["rt", ], confint(shifted)["rt", ], tolerance = 1e-4)
  aliased <- fit_cox(Surv(time, status) ~ rt + copy + age, d, penalty = "firth")
  expect_identical(unname(is.na(coef(aliased))), c(FALSE, TRUE, FALSE))
  expect_equal(
    coef(aliased)[["rt"]], coef(fit_cox(Surv(time, status) ~ rt + age, d, penalty = "firth"))[["rt"]], tolerance = 1e-6
  )
})

test_that("the unit of a covariate does not matter", {
  d <- separated(3)
  a <- fit_cox(Surv(time, status) ~ rt + age, d, penalty = "firth")
  b <- fit_cox(Surv(time, status) ~ rt + I(age * 1000), d, penalty = "firth")
  expect_equal(coef(b)[[2]] * 1000, coef(a)[[2]], tolerance = 1e-6)
  expect_equal(confint(b)[2, ] * 1000, confint(a)[2, ], tolerance = 1e-4)
})

test_that("what Firth's penalty cannot do is said", {
  d <- separated(1)
  expect_error(
    fit_cox(Surv(time, status) ~ rt, d, penalty = "firth", ties = "exact"), class = "survmatch_error_unsupported"
  )
  expect_warning(
    fit_cox(Surv(time, status) ~ rt, d, penalty = "firth", robust = TRUE), class = "survmatch_warning_cluster"
  )
  expect_warning(
    fit_cox(Surv(time, status) ~ rt, d, penalty = "firth", iter.max = 2), class = "survmatch_warning_convergence"
  )
})
