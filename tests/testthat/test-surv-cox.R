# Fields of a fit that runs away, or that ran out of iterations, are the peer's rounding errors from there on.
ran_away <- function(outcome) any(grepl("may be infinite|did not converge", outcome$warnings))

expect_cox_like_survival <- function(seed) {
  data <- cox_cohort(seed)
  args <- cox_request(seed)
  if (!is_newest_survival()) args$nocenter <- NULL
  ours <- cox_outcome(quote(survmatch::fit_cox), args, data)
  peer <- cox_outcome(quote(survival::coxph), args, data)
  info <- paste("seed", seed)
  count_comparison("fit_cox", peer_version("survival"))
  if (inherits(peer$value, "error")) {
    expect_s3_class(ours$value, "survmatch_error")
    return(invisible())
  }
  expect_s3_class(
    ours$value, c("sm_coxph", setdiff(class(peer$value), "list")), exact = !identical(class(peer$value), "list")
  )
  expect_identical(length(ours$warnings), length(peer$warnings), info = info)
  expect_identical(ours$value$iter, peer$value$iter, info = info)
  counting_exact <- identical(class(peer$value), "list")
  ignore <- c(
    "call",
    "first", # the score at the maximum: 0 up to rounding
    if (counting_exact) c("method", "linear.predictors"), # survival returns a plain list with "coxph" as method
    if (any(grepl("did not converge", peer$warnings))) c("loglik", "residuals"),
    if (ran_away(peer)) c(
      "coefficients", "var", "naive.var", "linear.predictors", "residuals", "concordance", "wald.test", "rscore", "info"
    )
  )
  fields <- if (is_newest_survival()) names(peer$value) else fields_of_debian(ours$value, peer$value)
  fields <- setdiff(fields, ignore)
  tolerance <- if (is_newest_survival()) 1e-9 else 2e-9 # 3.5-3 centres (start, stop] data by stratum
  same <- compare_lists(unclass(ours$value)[fields], unclass(peer$value)[fields], tolerance, "")
  if (is_newest_survival()) expect_identical(names(ours$value), names(peer$value), info = info)
  expect(isTRUE(same), paste0("not survival's fit [", info, ", ", deparse1(args$formula), "]: ", same))
}

# survival 3.5-3 stores some fields in another way: see each.
fields_of_debian <- function(ours, peer) {
  setdiff(
    intersect(names(ours), names(peer)),
    c(
      "offset", # kept there whatever `x` is
      "model", # there the rows with missing values are gone before the model frame is made
      if (!is.null(attr(peer$terms, "offset"))) c("linear.predictors", "loglik") # there the offset is not centred
    )
  )
}

test_that("a fit is survival's, field by field, on random cohorts", {
  for (seed in 1:600) expect_cox_like_survival(seed)
})

test_that("the formulas of Therneau and Grambsch's validation data hold", {
  # Therneau & Grambsch (2000) Modeling Survival Data, appendix E.1 (also survival's vignette "validate"): Breslow.
  data <- data.frame(time = c(1, 1, 6, 6, 8, 9), status = c(1, 0, 1, 1, 0, 1), x = c(1, 1, 1, 0, 0, 0))
  loglik <- function(b) 2 * b - log(3 * exp(b) + 3) - 2 * log(exp(b) + 3)
  # r = exp(beta) solves r^2 + ... : E.1 gives beta = log((3 + sqrt(33)) / 2).
  beta <- log((3 + sqrt(33)) / 2)
  r <- exp(beta)
  fit <- fit_cox(Surv(time, status) ~ x, data, ties = "breslow", eps = 1e-14, toler.chol = 1e-15)
  expect_equal(unname(coef(fit)), beta, tolerance = 1e-12)
  expect_equal(fit$loglik, c(loglik(0), loglik(beta)), tolerance = 1e-12)
  information <- r / (r + 1)^2 + 6 * r / (r + 3)^2
  expect_equal(fit$var[1, 1], 1 / information, tolerance = 1e-12)
  # At beta = 0 the score is 1 and the information 5/8, so the score test is 8/5.
  expect_equal(fit$score, 8 / 5, tolerance = 1e-12)
  # Martingale residuals, appendix E.1.
  h1 <- 1 / (3 * r + 3)
  h2 <- h1 + 2 / (r + 3)
  h3 <- h2 + 1
  expected <- c(1 - r * h1, -r * h1, 1 - r * h2, 1 - h2, -h2, 1 - h3)
  expect_equal(unname(fit$residuals), expected, tolerance = 1e-12)
})

test_that("Efron's ties follow the appendix", {
  # Therneau & Grambsch (2000), appendix E.2: beta = log((sqrt(1 + 8 * ...))): the score is a rational function of r.
  data <- data.frame(time = c(1, 1, 6, 6, 8, 9), status = c(1, 0, 1, 1, 0, 1), x = c(1, 1, 1, 0, 0, 0))
  loglik <- function(b) 2 * b - log(3 * exp(b) + 3) - log((exp(b) + 5) / 2) - log(exp(b) + 3)
  score <- function(b) {
    r <- exp(b)
    2 - r / (r + 1) - r / (r + 3) - r / (r + 5)
  }
  fit <- fit_cox(Surv(time, status) ~ x, data, eps = 1e-14, toler.chol = 1e-15)
  expect_equal(score(unname(coef(fit))), 0, tolerance = 1e-12)
  expect_equal(fit$loglik, c(loglik(0), loglik(unname(coef(fit)))), tolerance = 1e-12)
  r <- exp(unname(coef(fit)))
  information <- r / (r + 1)^2 + 3 * r / (r + 3)^2 + 5 * r / (r + 5)^2
  expect_equal(fit$var[1, 1], 1 / information, tolerance = 1e-12)
})

test_that("(start, stop] data follow the appendix", {
  # Therneau & Grambsch (2000), appendix E.3; survival's test script book2.R.
  data <- data.frame(
    start = c(1, 2, 5, 2, 1, 7, 3, 4, 8, 8), stop = c(2, 3, 6, 7, 8, 9, 9, 9, 14, 17),
    event = c(1, 1, 1, 1, 1, 1, 1, 0, 0, 0), x = c(1, 0, 0, 1, 0, 1, 1, 1, 0, 0)
  )
  loglik <- function(b) {
    r <- exp(b)
    4 * b - log(r + 1) - log(r + 2) - log(3 * r + 2) - log(3 * r + 1) - log(3 * r + 1) - 2 * log(3 * r + 2)
  }
  fit <- fit_cox(Surv(start, stop, event) ~ x, data, ties = "breslow", eps = 1e-14, toler.chol = 1e-15)
  # Appendix E.3: beta = -0.084526081.
  expect_equal(unname(coef(fit)), -0.084526081, tolerance = 1e-8)
  expect_equal(fit$loglik, c(loglik(0), loglik(unname(coef(fit)))), tolerance = 1e-12)
})

test_that("the order of rows, the unit of time and the coding of an arm do not matter", {
  for (seed in 1:20) {
    data <- cox_cohort(seed)
    data <- data[stats::complete.cases(data), ]
    fit <- fit_cox(Surv(time, status) ~ rt + age, data, weights = w, cluster = pair)
    set.seed(seed)
    expect_equal(coef(fit_cox(Surv(time, status) ~ rt + age, data[sample(nrow(data)), ], weights = w)), coef(fit))
    expect_equal(vcov(fit_cox(Surv(12 * time, status) ~ rt + age, data, weights = w, cluster = pair)), vcov(fit))
    expect_equal(coef(fit_cox(Surv(time, status) ~ I(1 - rt) + age, data, weights = w))[[1]], -coef(fit)[[1]])
  }
})

test_that("weight 2 is the row twice under Breslow, and a stratum is a factor of the likelihood", {
  data <- survival::lung
  data$w <- rep_len(1:2, nrow(data))
  twice <- data[rep(seq_len(nrow(data)), data$w), ]
  a <- fit_cox(Surv(time, status) ~ age + sex, data, weights = w, ties = "breslow")
  b <- fit_cox(Surv(time, status) ~ age + sex, twice, ties = "breslow")
  expect_equal(coef(a), coef(b))
  expect_equal(a$loglik, b$loglik)

  halves <- lapply(1:2, function(s) fit_cox(Surv(time, status) ~ age, data[data$sex == s, ], init = 0.01, iter.max = 0))
  both <- fit_cox(Surv(time, status) ~ age + strata(sex), data, init = 0.01, iter.max = 0)
  expect_equal(both$loglik, halves[[1]]$loglik + halves[[2]]$loglik)
})

test_that("large data, whose sums are made in blocks, give survival's fit too", {
  for (seed in 1:4) {
    set.seed(seed)
    n <- 6000
    d <- data.frame(
      x = stats::rnorm(n, 100, 5), rt = stats::rbinom(n, 1, 0.3), g = factor(sample(4, n, TRUE)),
      pair = rep(seq_len(n / 2), 2),
      w = stats::runif(n, 0.5, 2), status = stats::rbinom(n, 1, 0.5)
    )
    d$time <- round(stats::rexp(n, exp(0.5 * d$rt + 0.02 * (d$x - 100))) * 365) + 1
    d$entry <- floor(d$time * stats::runif(n, 0, 0.8))
    for (formula in list(
      Surv(time, status) ~ x + rt + g, Surv(time, status) ~ rt + strata(pair),
      Surv(entry, time, status) ~ x + rt + strata(g)
    )) {
      ours <- fit_cox(formula, d, weights = w, cluster = pair)
      peer <- survival::coxph(formula, d, weights = w, cluster = pair)
      count_comparison("fit_cox", peer_version("survival"))
      fields <- setdiff(intersect(names(peer), names(ours)), c("call", "first"))
      expect_true(compare_lists(unclass(ours)[fields], unclass(peer)[fields], 1e-9, ""))
    }
  }
})

test_that("large data of any number of covariates, with redundant ones and extreme offsets, give survival's fit", {
  for (seed in 1:6) {
    set.seed(seed)
    n <- 5500
    x <- matrix(stats::rnorm(7 * n), n, dimnames = list(NULL, paste0("v", 1:7)))
    x[, 2] <- stats::rbinom(n, 1, 0.4)
    x[, 3] <- 1e4 + round(x[, 3], 1)
    d <- data.frame(x, both = x[, 1] - x[, 2], far = 60 * x[, 7], site = sample(c(3, 2000)[1 + seed %% 2], n, TRUE))
    d$status <- stats::rbinom(n, 1, 0.6)
    d$time <- stats::rexp(n, exp(0.4 * x[, 1] - 0.3 * x[, 2]))
    if (seed > 3) d$time <- ceiling(20 * d$time)
    d$entry <- d$time * stats::runif(n, -0.3, 0.9)
    for (formula in list(
      Surv(time, status) ~ v1, Surv(time, status) ~ v1 + v2 + both + strata(site),
      Surv(time, status) ~ v1 + v2 + v3 + v4 + v5 + v6 + v7, Surv(entry, time, status) ~ v1 + v2 + v3 + v4 + v5,
      Surv(entry, time, status) ~ v1 + v2 + strata(site), Surv(time, status) ~ v1 + offset(far)
    )) {
      ties <- c("efron", "breslow")[1 + seed %% 2]
      ours <- suppressWarnings(fit_cox(formula, d, ties = ties))
      peer <- suppressWarnings(survival::coxph(formula, d, ties = ties))
      count_comparison("fit_cox", peer_version("survival"))
      # survival before 3.8 leaves an offset where it is
      elsewhere <- if (!is_newest_survival() && length(attr(terms(peer), "offset")) > 0) "linear.predictors"
      fields <- setdiff(intersect(names(peer), names(ours)), c("call", "first", elsewhere))
      expect_true(compare_lists(unclass(ours)[fields], unclass(peer)[fields], 1e-9, deparse(formula)))
    }
  }
})

test_that("a cohort without events gives NA, as in survival", {
  d <- data.frame(time = 1:6, status = 0, x = c(1, 2, 3, 1, 2, 3))
  fit <- fit_cox(Surv(time, status) ~ x, d)
  expect_true(is.na(coef(fit)))
  expect_identical(fit$nevent, 0)
  if (is_newest_survival()) expect_same_fields(fit, survival::coxph(Surv(time, status) ~ x, d))
})

test_that("an arm without events is said", {
  d <- data.frame(time = c(1:10, 21:30), status = rep(1:0, each = 10), rt = rep(0:1, each = 10))
  expect_warning(fit <- fit_cox(Surv(time, status) ~ rt, d), class = "survmatch_warning_infinite_coefficient")
  expect_lt(coef(fit), -10)
})

test_that("what coxph does and this does not is refused with the alternative", {
  d <- survival::lung
  expect_error(fit_cox(Surv(time, status) ~ tt(age), d), "survival::coxph", class = "survmatch_error_unsupported")
  expect_error(
    fit_cox(Surv(time, status) ~ age, d, tt = function(x, t, ...) x * t), class = "survmatch_error_unsupported"
  )
  expect_error(fit_cox(Surv(time, status) ~ frailty(inst), d), class = "survmatch_error_unsupported")
  expect_error(fit_cox(Surv(time, status) ~ pspline(age), d), class = "survmatch_error_unsupported")
  expect_error(fit_cox(Surv(time, factor(status)) ~ age, d, id = seq_along(age)), class = "survmatch_error_unsupported")
  expect_error(fit_cox(list(Surv(time, status) ~ age, 1:2 ~ sex), d), class = "survmatch_error_unsupported")
})

test_that("bad input is refused with a classed error", {
  d <- data.frame(time = 1:6, status = c(1, 0, 1, 1, 0, 1), x = c(1, 2, Inf, 1, 2, 3), w = c(1, 1, 0, 1, 1, 1), y = 1:6)
  expect_error(fit_cox(Surv(time, status) ~ x, d), class = "survmatch_error_covariate")
  expect_error(fit_cox(Surv(time, status) ~ y, d, weights = w), class = "survmatch_error_weights")
  expect_error(suppressWarnings(fit_cox(Surv(time, status) ~ y, d[0, ])), class = "survmatch_error_no_rows")
  expect_error(fit_cox(time ~ y, d), class = "survmatch_error_response")
  expect_error(fit_cox(Surv(time, status) ~ y, d, init = 1:2), class = "survmatch_error_init")
  expect_error(fit_cox(Surv(time, status) ~ y, d, wrong = 1), class = "survmatch_error_argument")
  expect_error(
    fit_cox(Surv(time, status) ~ age + I(2 * age), survival::lung, singular.ok = FALSE),
    class = "survmatch_error_singular"
  )
  expect_error(fit_cox("Surv(time, status) ~ y", d), class = "survmatch_error_formula")
})

test_that("a model without a covariate has the likelihood of its ties", {
  for (ties in c("efron", "breslow", "exact")) {
    ours <- fit_cox(Surv(time, status) ~ strata(sex), survival::lung, ties = ties)
    expect_equal(ours$loglik, survival::coxph(Surv(time, status) ~ strata(sex), survival::lung, ties = ties)$loglik)
  }
})
