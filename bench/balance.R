# Balance of a match of 10 covariates beside cobalt and MatchIt: inst/extdata/bench-balance.csv.
#
#   Rscript bench/balance.R [largest n, default 1e6]

source("bench/harness/measure.R")
largest <- as.numeric(c(commandArgs(trailingOnly = TRUE), 1e6)[1])
make_match <- "
set.seed(1)
d <- as.data.frame(matrix(rnorm(n * 10), n, dimnames = list(NULL, paste0('x', 1:10))))
d$t <- rbinom(n, 1, plogis(0.6 * d$x1 + 0.3 * d$x2 - 1.3)); d$t[1:4] <- 0:1
d$x9 <- as.integer(d$x9 > 0); d$x10 <- cut(d$x10, 4)
m <- survmatch::match_cohort(reformulate(paste0('x', 1:10), 't'), d, distance = plogis(0.6 * d$x1 + 0.3 * d$x2), caliper = 0.2)"
sizes <- c(64, 1e4, 1e5, 1e6)
rows <- lapply(
  list(
    c("survmatch", "assess_balance(m)"), c("cobalt", "bal.tab(m, stats = c('m', 'v', 'ks'), un = TRUE)"),
    c("MatchIt", "summary(m)")
  ),
  function(one) data.frame(
    case = "balance of a match, 10 covariates", n = sizes[sizes <= largest], tool = one[1], package = one[1], setup = make_match,
    warm = paste0("library(", one[1], ")\n", make_match), run = one[2]
  )
)
print(measure(do.call(rbind, rows), "inst/extdata/bench-balance.csv"))
