random_table <- function(seed) {
  set.seed(seed)
  n <- sample(40:120, 1)
  data <- data.frame(
    a = round(stats::rnorm(n, 60, 10)), b = stats::rexp(n), g = factor(
      sample(letters[1:4], n, TRUE), letters[1:5]
    ), s = sample(c("IVA", "IVB"), n, TRUE),
    l = stats::runif(n) < 0.4, k = sample(c(2, 5), n, TRUE)
  )
  data$t <- stats::rbinom(n, 1, stats::plogis(-0.8 + (data$a - 60) / 20))
  data$t[1:2] <- 0:1
  data
}

peer_rows <- function(tab, terms) {
  rows <- tab[terms, ]
  list(
    rows$Diff.Un, rows$Diff.Adj, rows$V.Ratio.Un, rows$V.Ratio.Adj, rows$KS.Un, rows$KS.Adj, rows$M.1.Adj, rows$M.0.Adj
  )
}

test_that("differences, variance ratios and KS are those of cobalt", {
  skip_if_not_installed("cobalt")
  skip_if_not_installed("MatchIt")
  for (seed in 1:500) {
    data <- random_table(seed)
    matched <- suppressWarnings(
      match_cohort(
        t ~ a + b + g + s + l + k, data = data, estimand = if (seed %% 2) "ATT" else "ATC", replace = seed %% 3 == 0
      )
    )
    peer <- cobalt::bal.tab(
      matched, un = TRUE, binary = "std", continuous = "std", stats = c("m", "v", "ks"), disp = "m"
    )$Balance
    ours <- tidy(assess_balance(matched))
    after <- ours[ours$sample == "after", ]
    before <- ours[ours$sample == "before", ]
    count_comparison("assess_balance", peer_version("cobalt"))
    expect_setequal(after$term, rownames(peer))
    expected <- peer_rows(peer, after$term)
    found <- list(
      before$smd, after$smd, before$variance_ratio, after$variance_ratio, before$ks, after$ks, after$mean_treated,
      after$mean_control
    )
    for (i in seq_along(found)) {
      same <- abs(found[[i]] - expected[[i]]) <= 1e-9 * pmax(1, abs(expected[[i]]))
      finite <- is.finite(expected[[i]]) & is.finite(found[[i]])
      expect_true(all(same[finite]), info = paste(seed, i, paste(after$term[finite & !same], collapse = " ")))
    }
  }
})

test_that("distances of the distribution functions are those of MatchIt's summary", {
  skip_if_not_installed("MatchIt")
  for (seed in 1:100) {
    data <- random_table(seed)
    matched <- suppressWarnings(match_cohort(t ~ a + b + s, data = data))
    peer <- summary(matched)
    ours <- tidy(assess_balance(matched))
    count_comparison("assess_balance", peer_version("MatchIt"))
    for (term in c("a", "b")) {
      expect_equal(
        ours$ecdf_mean[ours$term == term], c(peer$sum.all[term, "eCDF Mean"], peer$sum.matched[term, "eCDF Mean"]),
        tolerance = 1e-9, ignore_attr = TRUE, info = seed
      )
      expect_equal(
        ours$ks[ours$term == term], c(peer$sum.all[term, "eCDF Max"], peer$sum.matched[term, "eCDF Max"]),
        tolerance = 1e-9, ignore_attr = TRUE, info = seed
      )
    }
  }
})

test_that("by hand: weighted means over the standard deviation before", {
  data <- random_table(3)
  w <- stats::runif(nrow(data), 0.2, 3)
  for (estimand in c("ATT", "ATC", "ATE")) {
    ours <- tidy(assess_balance(t ~ a + l, data = data, weights = w, estimand = estimand))
    v <- tapply(data$a, data$t, var)
    scale <- sqrt(switch(estimand, ATT = v[2], ATC = v[1], mean(v)))
    gap <- weighted.mean(data$a[data$t == 1], w[data$t == 1]) - weighted.mean(data$a[data$t == 0], w[data$t == 0])
    expect_equal(ours$smd[ours$term == "a" & ours$sample == "after"], unname(gap / scale), tolerance = 1e-12)
  }
})

test_that("missing values are left out of their term only", {
  data <- random_table(4)
  data$b[3] <- NA
  ours <- tidy(assess_balance(t ~ a + b, data = data))
  expect_equal(ours$mean_treated[ours$term == "b"], mean(data$b[data$t == 1], na.rm = TRUE))
  expect_equal(ours$mean_treated[ours$term == "a"], mean(data$a[data$t == 1]))
})

test_that("what cannot be assessed is refused", {
  data <- random_table(5)
  expect_error(assess_balance(1), class = "survmatch_error_balance")
  expect_error(assess_balance(t ~ a, data = data, weights = as.double(data$t == 1)), class = "survmatch_error_balance")
  expect_error(assess_balance(t ~ nothing, data = data), class = "survmatch_error_balance")
})

# With 32 patients an arm randomisation leaves 31% of covariates below 0.1 and a median of 0.17.
test_that("the benchmark is that of a randomised trial of this size", {
  data <- data.frame(t = rep(0:1, each = 32), x = 1:64)
  benchmark <- assess_balance(t ~ x, data = data)$benchmark
  expect_equal(round(benchmark$median, 2), 0.17)
  expect_equal(round(1 - benchmark$above, 2), 0.31)
  set.seed(1)
  drawn <- replicate(4000, {
    x <- stats::rnorm(64)
    diff(tapply(x, data$t, mean)) / sqrt(mean(tapply(x, data$t, var)))
  })
  expect_equal(stats::median(abs(drawn)), benchmark$median, tolerance = 0.05)
})
