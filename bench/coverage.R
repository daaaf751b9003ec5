# Do the variances that are ours hold? Size of tests and coverage of intervals by simulation: inst/extdata/coverage.csv.
#
#   Rscript bench/coverage.R [replicates, default 2000]

suppressMessages(library(survmatch))
replicates <- as.integer(c(commandArgs(trailingOnly = TRUE), 2000)[1])

# Pairs that share a frailty; the treatment does nothing.
pairs <- function(n) {
  frailty <- rep(stats::rgamma(n / 2, 2, 2), each = 2)
  time <- stats::rexp(n, 0.1 * frailty)
  censored <- stats::runif(n, 4, 20)
  data.frame(arm = rep(0:1, n / 2), pair = rep(seq_len(n / 2), each = 2), time = pmin(time, censored), event = +(time <= censored))
}

# A covariate drives treatment and death; weights are inverse probabilities of a fitted model; the treatment does nothing.
weighted <- function(n) {
  x <- stats::rnorm(n)
  arm <- stats::rbinom(n, 1, stats::plogis(0.7 * x))
  time <- stats::rexp(n, 0.1 * exp(0.6 * x))
  censored <- stats::runif(n, 4, 20)
  score <- stats::fitted(stats::glm(arm ~ x, family = stats::binomial()))
  data.frame(arm = arm, w = ifelse(arm == 1, 1 / score, 1 / (1 - score)), time = pmin(time, censored), event = +(time <= censored))
}

inside <- function(row, truth) row$conf.low <= truth & truth <= row$conf.high
rmst_row <- function(fit) {
  row <- tidy(fit)
  row[row$term == "difference", ]
}

checks <- list(
  "log-rank, inverse-probability weights: rejections at 5%" = function(seed) {
    unname(test_logrank(Surv(time, event) ~ arm, data = weighted(200), weights = w)$p.value < 0.05)
  },
  "log-rank, clustered on pairs: rejections at 5%" = function(seed) {
    unname(test_logrank(Surv(time, event) ~ arm, data = pairs(200), cluster = pair)$p.value < 0.05)
  },
  "Fleming-Harrington (0, 1), clustered on pairs: rejections at 5%" = function(seed) {
    unname(test_logrank(Surv(time, event) ~ arm, data = pairs(200), cluster = pair, gamma = 1)$p.value < 0.05)
  },
  "MaxCombo, clustered on pairs: rejections at 5%" = function(seed) {
    test_maxcombo(Surv(time, event) ~ arm, data = pairs(200), cluster = pair)$p.value < 0.05
  },
  "RMST difference, 100 pairs: coverage of 95% limits" = function(seed) {
    inside(rmst_row(estimate_rmst(Surv(time, event) ~ arm, data = pairs(200), cluster = pair, tau = 8)), 0)
  },
  "RMST difference, 32 pairs: coverage of 95% limits" = function(seed) {
    inside(rmst_row(estimate_rmst(Surv(time, event) ~ arm, data = pairs(64), cluster = pair, tau = 8)), 0)
  },
  "bootstrap of 100 pairs, hazard ratio: coverage of 95% percentile limits" = function(seed) {
    inside(bootstrap_survival(
      Surv(time, event) ~ arm, data = pairs(200), cluster = pair, quantiles = numeric(), replicates = 400, seed = seed
    )[1, ], 1)
  },
  "bootstrap of 32 pairs, hazard ratio: coverage of 95% percentile limits" = function(seed) {
    inside(bootstrap_survival(
      Surv(time, event) ~ arm, data = pairs(64), cluster = pair, quantiles = numeric(), replicates = 400, seed = seed
    )[1, ], 1)
  }
)

rows <- lapply(names(checks), function(name) {
  set.seed(20)
  hits <- vapply(seq_len(replicates), function(seed) isTRUE(checks[[name]](seed)), NA)
  message(name, ": ", round(mean(hits), 4))
  data.frame(check = name, share = round(mean(hits), 4), monte_carlo_se = round(sqrt(mean(hits) * (1 - mean(hits)) / replicates), 4), replicates)
})
utils::write.csv(do.call(rbind, rows), "inst/extdata/coverage.csv.new", row.names = FALSE)
invisible(file.rename("inst/extdata/coverage.csv.new", "inst/extdata/coverage.csv"))
