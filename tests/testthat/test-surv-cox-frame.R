test_that("cluster() in the formula is the argument, and survival:: prefixes are read", {
  a <- fit_cox(Surv(time, status) ~ age + cluster(inst), survival::lung)
  b <- fit_cox(Surv(time, status) ~ age, survival::lung, cluster = inst)
  expect_equal(vcov(a), vcov(b))
  expect_identical(a$call$cluster, quote(inst))
  stratified <- fit_cox(survival::Surv(time, status) ~ age + survival::strata(sex), survival::lung)
  expect_equal(coef(stratified), coef(fit_cox(Surv(time, status) ~ age + strata(sex), survival::lung)))
})

test_that("matrices among the covariates give coxph()'s coefficients, names and assignment", {
  set.seed(4)
  n <- 150
  data <- data.frame(time = rexp(n), status = rbinom(n, 1, 0.7), age = rnorm(n), count = sample(3L, n, TRUE))
  plain <- matrix(rnorm(n * 3), n)
  named <- structure(matrix(rnorm(n * 2), n), dimnames = list(NULL, c("p", "q")))
  single <- structure(matrix(rnorm(n), n), dimnames = list(NULL, "z"))
  for (right in list(quote(age + plain), quote(plain + count + named), quote(single + age), quote(named[, 2:1] + age))) {
    formula <- eval(call("~", quote(Surv(time, status)), right))
    ours <- fit_cox(formula, data)
    peer <- survival::coxph(formula, data)
    expect_equal(coef(ours), coef(peer), tolerance = 1e-9)
    expect_equal(ours$assign, peer$assign)
    expect_equal(ours$means, peer$means)
    expect_equal(test_ph(ours)$table, survival::cox.zph(peer)$table)
    count_comparison("fit_cox with matrices", peer_version("survival"), 4)
  }
})

test_that("a fit made in a function, a loop or lapply() lives on", {
  inside <- function(table, formula) fit_cox(formula, data = table)
  formula <- stats::reformulate(c("age", "sex"), quote(Surv(time, status)))
  fits <- c(
    list(inside(survival::lung, formula)),
    lapply(list(survival::lung), fit_cox, formula = Surv(time, status) ~ age + sex),
    lapply(list(survival::lung), function(d) fit_cox(Surv(time, status) ~ age + sex, data = d))
  )
  whole <- survival::coxph(Surv(time, status) ~ age + sex, survival::lung)
  for (fit in fits) {
    expect_output(print(fit), "Likelihood ratio test")
    expect_equal(survival::cox.zph(fit)$table, survival::cox.zph(whole)$table)
    expect_equal(survival::survfit(fit)$surv, survival::survfit(whole)$surv)
    expect_equal(unclass(anova(fit))$Chisq, unclass(anova(whole))$Chisq)
    expect_equal(residuals(fit, "dfbeta"), residuals(whole, "dfbeta"))
    expect_equal(predict(fit, type = "expected"), predict(whole, type = "expected"))
    smaller <- update(fit, . ~ . - age)
    expect_s3_class(smaller, "sm_coxph")
    expect_equal(coef(smaller), coef(update(whole, . ~ . - age)))
    expect_identical(fit$call[[1]], quote(fit_cox))
  }
})

test_that("step() and a later update() stay ours", {
  fit <- fit_cox(Surv(time, status) ~ age + sex, survival::lung)
  chosen <- stats::step(fit, trace = 0)
  expect_s3_class(chosen, "sm_coxph")
})

test_that("weights and clusters of a local variable are found", {
  formula <- stats::as.formula("Surv(time, status) ~ age", env = globalenv())
  local_weights <- function(d) {
    mine <- rep(1:2, length.out = nrow(d))
    fit_cox(formula, data = d, weights = mine)
  }
  lung <- survival::lung
  lung$mine <- rep(1:2, length.out = nrow(lung))
  expect_equal(coef(local_weights(survival::lung)), coef(fit_cox(Surv(time, status) ~ age, lung, weights = mine)))
})
