# The largest difference of many weightings at once beside the tables of assess_balance(), one weighting at a time.

test_that("the largest difference is that of the table of each weighting", {
  for (seed in 1:30) {
    set.seed(seed)
    n <- 60
    d <- data.frame(
      t = rep(0:1, n / 2), x = stats::rnorm(n), k = sample(3, n, TRUE), two = sample(c(1.5, 4), n, TRUE),
      g = factor(sample(c("a", "b", "c"), n, TRUE)), h = sample(c("u", "v"), n, TRUE), l = stats::runif(n) < 0.4
    )
    weights <- replicate(5, stats::rexp(n) * stats::rbinom(n, 1, 0.8))
    for (estimand in c("ATT", "ATC", "ATE")) {
      terms <- survmatch:::balance_terms(d[-1], d$t, rep(1, n), estimand)
      ours <- survmatch:::worst_differences(terms, weights)
      for (j in seq_len(ncol(weights))) {
        table <- tidy(assess_balance(t ~ x + k + two + g + h + l, d, weights = weights[, j], estimand = estimand))
        smd <- abs(table$smd[table$sample == "after"])
        expect_equal(ours$smd[j], max(smd), tolerance = 1e-9, info = paste(seed, estimand, j))
      }
    }
  }
})

test_that("matrices have a term a column, factors one a level, two values one", {
  columns <- survmatch:::term_columns("m", cbind(a = 1:4, b = c(0, 1, 0, 1)))
  expect_identical(colnames(columns), c("m_a", "m_b"))
  expect_identical(colnames(survmatch:::term_columns("g", factor(c("u", "v", "w")))), c("g_u", "g_v", "g_w"))
  expect_identical(colnames(survmatch:::term_columns("g", factor(c("u", "v", "v")))), "g_v")
  expect_identical(colnames(survmatch:::term_columns("x", c(2, 5, 5))), "x_5")
})

test_that("an arm without weight has no difference", {
  terms <- survmatch:::balance_terms(data.frame(x = c(1, 2, 3, 4)), c(0, 0, 1, 1), rep(1, 4), "ATT")
  found <- survmatch:::worst_differences(terms, cbind(c(1, 1, 0, 0), c(1, 1, 1, 1)))
  expect_true(is.na(found$smd[1]))
  expect_equal(found$smd[2], 2 / stats::sd(c(3, 4)))
})
