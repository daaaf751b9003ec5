# Newcombe (1998) Statistics in Medicine 17:873, Table II: 56/70 - 48/80 and 9/10 - 3/10, methods 10 and 6.
test_that("intervals of differences are the published ones", {
  expect_equal(round(core_risk_difference(56, 70, 48, 80, 0.95, FALSE)[2:3], 4), c(lower = 0.0524, upper = 0.3339))
  expect_equal(round(core_risk_difference(56, 70, 48, 80, 0.95, TRUE)[2:3], 4), c(lower = 0.0528, upper = 0.3382))
  expect_equal(round(core_risk_difference(9, 10, 3, 10, 0.95, FALSE)[2:3], 4), c(lower = 0.1705, upper = 0.8090))
})

test_that("exact limits are those of binom.test, also for nobody and everybody", {
  for (n in c(1, 7, 32)) for (x in 0:n) for (level in c(0.9, 0.95)) {
    peer <- stats::binom.test(x, n, conf.level = level)$conf.int
    expect_equal(unname(core_clopper_pearson(x, n, level)[2:3]), as.vector(peer), tolerance = 1e-9)
  }
})

test_that("McNemar's exact test is the binomial test of the discordant pairs", {
  for (b in 0:8) for (c in 0:8) {
    peer <- if (b + c == 0) 1 else stats::binom.test(b, b + c)$p.value
    expect_equal(core_mcnemar_exact(b, c), peer, tolerance = 1e-9)
  }
})

# Tango's limits are where his score statistic, with the nuisance parameter fitted by direct maximisation, is the normal
# quantile.
test_that("paired limits invert the score statistic", {
  score <- function(b, c, n, d) {
    loglik <- function(q) {
      term <- function(k, p) if (k == 0) 0 else k * log(p)
      term(b, q + d) + term(c, q) + term(n - b - c, 1 - 2 * q - d)
    }
    range <- c(max(0, -d), (1 - d) / 2)
    q <- stats::optimize(loglik, range, maximum = TRUE, tol = 1e-12)$maximum
    (b - c - n * d) / sqrt(n * (2 * q + d - d^2))
  }
  for (case in list(c(5, 2, 30), c(1, 9, 44), c(3, 3, 12), c(10, 1, 50))) {
    limits <- core_tango(case[1], case[2], case[3], 0.95)
    expect_equal(score(case[1], case[2], case[3], limits[["lower"]]), stats::qnorm(0.975), tolerance = 1e-5)
    expect_equal(score(case[1], case[2], case[3], limits[["upper"]]), -stats::qnorm(0.975), tolerance = 1e-5)
  }
})

test_that("complete pairs are compared as pairs, other arms as independent", {
  study <- run_study(small_cohort(100, seed = 22, toxicity = TRUE))
  rows <- matched_data(study$matched)
  numbers <- tidy(study$tables$toxicity)
  any_grade <- numbers[numbers$grades == "Any grade", ]
  expect_identical(any_grade$test, "McNemar, exact")
  pairs <- split(rows, rows$subclass)
  only <- function(treated) {
    sum(
      vapply(pairs, function(p) any(p$pneumonia[p$rt == treated] > 0) && !any(p$pneumonia[p$rt != treated] > 0), NA)
    )
  }
  expect_equal(c(any_grade$treated_only, any_grade$control_only), c(only(1), only(0)))
  whole <- tidy(tabulate_toxicity(study$cohort))
  peer <- stats::fisher.test(table(study$cohort$rt, study$cohort$pneumonia > 0))$p.value
  expect_equal(whole$p.value[1], peer, tolerance = 1e-9)
})

test_that("grade groups are always shown, also when nobody had them", {
  data <- data.frame(arm = rep(0:1, 10), rash = 0)
  table <- tabulate_toxicity(arm ~ rash, data = data)
  expect_identical(trimws(table$term), c("rash", "Any grade", "Grade 1-2", "Grade 3 or above", "Grade 5"))
  expect_true(all(tidy(table)$treated_high > 0))
})

test_that("with one row an event the worst grade of each patient and term counts", {
  events <- data.frame(
    arm = c(0, 0, 0, 1, 1, 1), who = c(1, 1, 2, 3, 3, 4), what = c(
      "rash", "rash", NA, "rash", "fever", NA
    ), grade = c(1, 3, NA, 2, 1, NA)
  )
  numbers <- tidy(tabulate_toxicity(arm ~ grade, data = events, id = "who", term = "what"))
  rash <- numbers[numbers$term == "rash", ]
  expect_equal(rash$control_events, c(1, 0, 1, 0))
  expect_equal(rash$treated_events, c(1, 1, 0, 0))
  expect_equal(unique(rash$treated_n), 2)
})

test_that("a grade that is not known is not a 0", {
  data <- data.frame(arm = rep(0:1, 10), rash = c(NA, NA, rep(0:1, 9)), pair = rep(1:10, each = 2))
  numbers <- tidy(tabulate_toxicity(arm ~ rash, data = data, pair = "pair"))
  expect_equal(numbers$pairs[1], 9)
  expect_equal(numbers$pairs_left_out[1], 1)
  expect_error(
    tabulate_toxicity(arm ~ rash, data = transform(data, rash = 6)), "first in row 1",
    class = "survmatch_error_toxicity"
  )
})
