test_that("tidy and glance are broom's", {
  skip_if_not_installed("broom")
  for (args in list(list(), list(cluster = quote(inst)), list(weights = quote(wt)))) {
    lung <- survival::lung
    lung$wt <- rep_len(c(0.5, 1.5), nrow(lung))
    lung$twice <- 2 * lung$age
    call <- as.call(c(quote(fit_cox), quote(Surv(time, status) ~ age + sex), list(data = quote(lung)), args))
    ours <- eval(call)
    call[[1]] <- quote(survival::coxph)
    peer <- eval(call)
    for (exponentiate in c(FALSE, TRUE)) {
      a <- tidy(ours, exponentiate = exponentiate, conf.int = TRUE, conf.level = 0.9)
      b <- as.data.frame(broom::tidy(peer, exponentiate = exponentiate, conf.int = TRUE, conf.level = 0.9))
      expect_equal(a, b, tolerance = 1e-9, ignore_attr = TRUE)
      expect_named(a, names(b))
    }
    columns <- setdiff(names(glance(ours)), if (packageVersion("broom") < "1.0.5") "nobs") # rows there, events since
    expect_equal(
      glance(ours)[columns], as.data.frame(broom::glance(peer))[columns], tolerance = 1e-9, ignore_attr = TRUE
    )
    expect_named(glance(ours), names(broom::glance(peer)))
    count_comparison("tidy of fit_cox", peer_version("broom"))
  }
})

test_that("the print is coxph's, and returns its argument", {
  fit <- fit_cox(Surv(time, status) ~ age, survival::lung)
  peer <- survival::coxph(Surv(time, status) ~ age, survival::lung)
  ours <- utils::capture.output(returned <- print(fit))
  expect_identical(sub("fit_cox", "survival::coxph", ours), utils::capture.output(print(peer)))
  expect_identical(returned, fit)
})

test_that("the print names the variance of a design", {
  fit <- fit_cox(Surv(time, status) ~ age, survival::lung)
  attr(fit, "survmatch")$rule <- "Variance: robust, clustered on the matched set (subclass)."
  expect_output(print(fit), "clustered on the matched set")
})

test_that("what survival's own functions make of a fit is what they make of coxph's", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  formula <- Surv(time, status) ~ age + sex
  mine <- fit_cox(formula, survival::lung)
  peer <- survival::coxph(formula, survival::lung)
  made <- list(
    brier = function(fit) survival::brier(fit, times = c(100, 300))[c("rsquared", "brier", "times")],
    royston = survival::royston,
    survexp = function(fit) survival::survexp(~1, data = survival::lung, ratetable = fit)$surv,
    detail = survival::coxph.detail
  )
  for (name in names(made)) expect_equal(made[[name]](mine), made[[name]](peer), tolerance = 1e-9, info = name)
  in_function <- function(local) made$brier(fit_cox(Surv(time, status) ~ age + sex, local)) # survival's does not find it
  expect_equal(in_function(survival::lung), made$brier(peer), tolerance = 1e-9)
})
