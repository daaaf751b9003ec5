test_that("many small strata are tested in a time that grows with the rows", {
  set.seed(1)
  n <- 4000
  d <- data.frame(
    time = stats::rexp(n), status = 1, x = stats::rbinom(n, 1, 0.5), z = stats::rnorm(n), pair = rep(seq_len(n / 2), 2)
  )
  fit <- fit_cox(Surv(time, status) ~ x + z + strata(pair), d)
  expect_lt(system.time(ph <- test_ph(fit))[["elapsed"]], 2)
  peer <- survival::cox.zph(fit)
  expect_equal(ph$y, peer$y, tolerance = 1e-9)
  expect_equal(ph$var, peer$var, tolerance = 1e-9)
})

test_that("a column that is constant in a stratum has no residual there", {
  d <- survival::lung
  fit <- fit_cox(Surv(time, status) ~ age + sex + strata(sex), d[order(d$sex), ], singular.ok = TRUE)
  expect_identical(colnames(test_ph(fit)$y), "age")
  d$x <- ifelse(d$sex == 1, d$ph.karno, 80)
  ph <- test_ph(fit_cox(Surv(time, status) ~ age + x + strata(sex), d))
  expect_true(all(is.na(ph$y[ph$strata == "sex=2", "x"])))
  expect_false(anyNA(ph$y[, "age"]))
})
