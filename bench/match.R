# The matching engine beside MatchIt and optmatch, and the limit of a plain sort: inst/extdata/bench-match.csv and bench/match.png.
#
#   Rscript bench/match.R [largest n, default 1e6] [smallest n, default 64] [pattern of cases, default all]
#
# What the file has of other sizes and cases stays.

source("bench/harness/measure.R")
asked <- bench_arguments()
largest <- asked$largest
smallest <- asked$smallest
pattern <- asked$pattern

make_data <- "
set.seed(1)
d <- as.data.frame(matrix(rnorm(n * 4), n, dimnames = list(NULL, paste0('x', 1:4))))
d$t <- rbinom(n, 1, plogis(0.6 * d$x1 + 0.3 * d$x2 - 1.3)); d$t[1:4] <- 0:1
d$s <- plogis(0.6 * d$x1 + 0.3 * d$x2 + rnorm(n, 0, 0.1)); d$g <- sample(c('a', 'b', 'c'), n, TRUE); d$k <- round(d$x3)
f <- t ~ x1 + x2 + x3 + x4"
quiet <- function(code) paste0("suppressWarnings(", code, ")")

# case, largest n of the peers, arguments of both; `limit`: our largest n where we are limited, too; `optmatch`: its call
calls <- list(
  list("nearest 1:1, caliper, given score", 1e7, "f, d, distance = d$s, caliper = 0.2"),
  list("nearest 1:1, caliper, fitted score", 1e6, "f, d, caliper = 0.2"),
  list("nearest 3:1, given score", 1e5, "f, d, distance = d$s, ratio = 3"),
  list("nearest, Mahalanobis in a caliper", 1e5, "f, d, distance = d$s, mahvars = ~ x1 + x2 + x3, caliper = 0.2"),
  list("nearest, Mahalanobis", 1e5, "f, d, distance = 'mahalanobis'"),
  list("optimal pairs, given score", 1e3, "f, d, distance = d$s, method = 'optimal'",
    optmatch = "pairmatch(match_on(t ~ s, data = d, method = 'euclidean'), data = d)"
  ),
  list("optimal pairs in a caliper", 0, "f, d, distance = d$s, method = 'optimal', caliper = 0.2"),
  list("full, given score", 1e3, "f, d, distance = d$s, method = 'full'",
    optmatch = "fullmatch(match_on(t ~ s, data = d, method = 'euclidean'), data = d)"
  ),
  list("optimal pairs, Mahalanobis", 1e3, "f, d, distance = 'mahalanobis', method = 'optimal'", limit = 1e4,
    optmatch = "pairmatch(match_on(f, data = d), data = d)"
  ),
  list("full, Mahalanobis", 1e3, "f, d, distance = 'mahalanobis', method = 'full'", limit = 1e4,
    optmatch = "fullmatch(match_on(f, data = d), data = d)"
  ),
  list("generalized full, by quickmatch", 1e5, "f, d, distance = d$s, method = 'quick'", limit = 1e5),
  list("exact", 1e6, "t ~ g + k, d, method = 'exact'"),
  list("coarsened exact, 3 bins", 1e6, "f, d, method = 'cem', cutpoints = 3"),
  list("subclasses", 1e6, "f, d, distance = d$s, method = 'subclass'")
)

rows <- lapply(Filter(function(call) grepl(pattern, call[[1]]), calls), function(call) {
  sizes <- c(64, 1e3, 1e4, 1e5, 1e6, 1e7)
  sizes <- sizes[sizes >= smallest]
  one <- function(tool, code, sizes) {
    if (length(sizes) == 0) return(NULL)
    data.frame(
      case = call[[1]], n = sizes, tool = tool, package = tool, setup = make_data,
      warm = paste0("library(", tool, ")\n", make_data), run = quiet(code)
    )
  }
  rbind(
    one("survmatch", paste0("match_cohort(", call[[3]], ")"), sizes[sizes <= min(largest, call$limit)]),
    one("MatchIt", paste0("matchit(", call[[3]], ")"), sizes[sizes <= min(largest, call[[2]])]),
    if (!is.null(call$optmatch)) one("optmatch", call$optmatch, sizes[sizes <= min(largest, call[[2]])])
  )
})
# A vector of scores and one of arms in, the optimal pairs in a caliper out, beside a plain sort of the same scores.
plain <- list("scores in, optimal pairs out" = "match_scores(d$s, d$t, caliper = 0.2)", "sort of the score (limit)" = "order(d$s)")
limit <- do.call(rbind, lapply(names(plain), function(case) {
  data.frame(
    case = case, n = c(1e4, 1e5, 1e6, 1e7), tool = "survmatch", package = "survmatch", setup = make_data,
    warm = paste0("library(survmatch)\n", make_data), run = plain[[case]]
  )
}))
limit <- limit[limit$n <= largest & limit$n >= smallest & grepl(pattern, limit$case), ]
results <- measure(do.call(rbind, c(rows, list(limit))), "inst/extdata/bench-match.csv", keep = TRUE)

library(ggplot2)
plot <- ggplot(results[!is.na(results$seconds), ], aes(n, seconds, colour = tool)) +
  geom_line() + geom_point(size = 1) + facet_wrap(~case, ncol = 4) + scale_x_log10(breaks = 10^c(2, 4, 6)) + scale_y_log10() +
  scale_colour_manual(values = c(survmatch = "#0072B2", MatchIt = "#D55E00", optmatch = "#009E73")) +
  labs(
    x = "Patients", y = "Seconds, median of 3 runs", colour = NULL
  ) + theme_minimal(base_size = 9) + theme(legend.position = "top")
ggsave("bench/match.png", plot, width = 10, height = 7, dpi = 110, bg = "white")
