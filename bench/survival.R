# The survival engine beside survival, cmprsk, survRM2, glmnet, coxstream and mets: inst/extdata/bench-survival.csv and bench/survival.png.
#
#   Rscript bench/survival.R [largest n, default 1e6] [smallest n, default 64] [pattern of cases, default all]
#
# What the file has of other sizes and cases stays. `make bench` installs the last three, which no test needs.

source("bench/harness/measure.R")
asked <- bench_arguments()
largest <- asked$largest
smallest <- asked$smallest
pattern <- asked$pattern

make_data <- "
set.seed(1); d <- data.frame(arm = rbinom(n, 1, 0.5), x1 = rnorm(n), x2 = rnorm(n), x3 = rnorm(n), x4 = rnorm(n))
more <- matrix(rnorm(n * 15), n, dimnames = list(NULL, paste0('z', 1:15)))
event <- rexp(n, 0.1 * exp(-0.3 * d$arm + 0.2 * d$x1)); stop <- runif(n, 1, 20)
d$time <- pmin(event, stop); d$status <- as.integer(event <= stop); d$days <- ceiling(30 * d$time)
d$entry <- d$time * runif(n, 0, 0.9); d$w <- runif(n, 0.5, 2); d$pair <- rep(seq_len(n / 2), 2); d$site <- sample(1000, n, TRUE)
d$cause <- factor(d$status * (1 + rbinom(n, 1, 0.4)), 0:2)"
cox_p5 <- "Surv(time, status) ~ arm + x1 + x2 + x3 + x4"

# case, largest n of the peer, our call, the peer's call; `needs`: what the tools need beforehand, an element of `ready`;
# `peer`: when it is not survival
calls <- list(
  list(
    "Kaplan-Meier, 2 arms, continuous", 1e7, "fit_km(Surv(time, status) ~ arm, data = d)",
    "survfit(Surv(time, status) ~ arm, data = d)"
  ),
  list(
    "Kaplan-Meier, 2 arms, days", 1e7, "fit_km(Surv(days, status) ~ arm, data = d)",
    "survfit(Surv(days, status) ~ arm, data = d)"
  ),
  list(
    "Kaplan-Meier, weighted", 1e5, "fit_km(Surv(time, status) ~ arm, data = d, weights = w)",
    "survfit(Surv(time, status) ~ arm, data = d, weights = w)"
  ),
  list(
    "Kaplan-Meier, clustered", 1e5, "fit_km(Surv(time, status) ~ arm, data = d, cluster = pair)",
    "survfit(Surv(time, status) ~ arm, data = d, cluster = pair)"
  ),
  list(
    "Kaplan-Meier, 1000 strata", 1e6, "fit_km(Surv(time, status) ~ site, data = d)",
    "survfit(Surv(time, status) ~ site, data = d)"
  ),
  list(
    "log-rank", 1e7, "test_logrank(Surv(time, status) ~ arm, data = d)", "survdiff(Surv(time, status) ~ arm, data = d)"
  ),
  list(
    "log-rank, pairs as strata", 1e6, "test_logrank(Surv(time, status) ~ arm + strata(pair), data = d)",
    "survdiff(Surv(time, status) ~ arm + strata(pair), data = d)"
  ),
  list("Cox, 5 covariates", 1e7, paste0("fit_cox(", cox_p5, ", data = d)"), paste0("coxph(", cox_p5, ", data = d)")),
  list("Cox, 20 covariates", 1e6,
    "fit_cox(Surv(time, status) ~ arm + x1 + x2 + x3 + x4 + more, data = d)",
    "coxph(Surv(time, status) ~ arm + x1 + x2 + x3 + x4 + more, data = d)"
  ),
  list(
    "Cox, stratified on the pair", 1e6, "fit_cox(Surv(time, status) ~ arm + strata(pair), data = d)",
    "coxph(Surv(time, status) ~ arm + strata(pair), data = d)"
  ),
  list(
    "Cox, clustered on the pair", 1e6, "fit_cox(Surv(time, status) ~ arm, data = d, cluster = pair)",
    "coxph(Surv(time, status) ~ arm, data = d, cluster = pair)"
  ),
  list(
    "Cox, (start, stop]", 1e6, "fit_cox(Surv(entry, time, status) ~ arm + x1, data = d)",
    "coxph(Surv(entry, time, status) ~ arm + x1, data = d)"
  ),
  list("Cox, 5 covariates, beside coxph.fit()", 1e6, paste0("fit_cox(", cox_p5, ", data = d)"),
    "coxph.fit(x, y, NULL, NULL, NULL, coxph.control(), NULL, 'efron', NULL)", needs = "matrix"
  ),
  list("Cox, 20 covariates, beside coxph.fit()", 1e6, "fit_cox(Surv(time, status) ~ arm + x1 + x2 + x3 + x4 + more, data = d)",
    "coxph.fit(cbind(x, more), y, NULL, NULL, NULL, coxph.control(), NULL, 'efron', NULL)", needs = "matrix"
  ),
  list("Cox, 5 covariates, beside coxstream()", 1e6, paste0("fit_cox(", cox_p5, ", data = d)"),
    paste0("coxstream(", cox_p5, ", data = d)"), peer = "coxstream"
  ),
  list("Cox, 5 covariates, beside glmnet()", 1e4, paste0("fit_cox(", cox_p5, ", data = d)"),
    "glmnet(x, y, family = 'cox', lambda = 0, cox.ties = 'breslow')", needs = "matrix", peer = "glmnet"
  ),
  list("proportional hazards test", 1e6, "test_ph(fit)", "cox.zph(peer)", needs = "fits"),
  list("scaled Schoenfeld residuals", 1e5, "residuals(fit, 'scaledsch')", "residuals(peer, 'scaledsch')", needs = "fits"),
  list("survival curve of a Cox fit", 1e6, "survfit(fit)", "survfit(peer)", needs = "fits"),
  list(
    "Aalen-Johansen", 1e5, "fit_km(Surv(time, cause) ~ arm, data = d)", "survfit(Surv(time, cause) ~ arm, data = d)"
  ),
  list("Fine-Gray", 1e4, "fit_finegray(Surv(time, cause) ~ arm + x1, data = d)",
    "coxph(Surv(fgstart, fgstop, fgstatus) ~ arm + x1, data = finegray(Surv(time, cause) ~ arm + x1, data = d), weights = fgwt)"
  ),
  list("Fine-Gray, beside crr()", 1e4, "fit_finegray(Surv(time, cause) ~ arm + x1, data = d)",
    "crr(d$time, as.integer(as.character(d$cause)), cbind(d$arm, d$x1))", peer = "cmprsk"
  ),
  list("Fine-Gray, beside cifregFG()", 1e6, "fit_finegray(Surv(time, cause) ~ arm + x1, data = d)",
    "cifregFG(Event(time, cause) ~ arm + x1, data = d, cause = 1)", peer = "mets", needs = "numbers"
  ),
  list("Gray's test", 1e5, "test_gray(Surv(time, cause) ~ arm, data = d)",
    "cuminc(d$time, d$cause, d$arm, cencode = 0)", peer = "cmprsk"
  ),
  list("restricted means, 2 arms", 1e5, "estimate_rmst(Surv(time, status) ~ arm, data = d, tau = 10)",
    "rmst2(d$time, d$status, d$arm, tau = 10)", peer = "survRM2"
  ),
  list(
    "1000 bootstrap hazard ratios of pairs", 1e4,
    "bootstrap_survival(Surv(time, status) ~ arm, data = d, cluster = pair, quantiles = numeric(), seed = 1)",
    "for (b in 1:1000) coxph(Surv(time, status) ~ arm, data = d[sample(n / 2, n / 2, TRUE) + rep(c(0, n / 2), each = n / 2), ])"
  )
)
matrix_ready <- "x <- as.matrix(d[c('arm', 'x1', 'x2', 'x3', 'x4')]); y <- Surv(d$time, d$status)"
ready <- list(
  fits = c(survmatch = paste0("fit <- fit_cox(", cox_p5, ", data = d)"), survival = paste0("peer <- coxph(", cox_p5, ", data = d)")),
  matrix = c(survmatch = "", survival = matrix_ready, glmnet = matrix_ready),
  numbers = c(survmatch = "", mets = "d$cause <- as.integer(as.character(d$cause))")
)

rows <- lapply(Filter(function(call) grepl(pattern, call[[1]]), calls), function(call) {
  sizes <- c(64, 1e4, 1e5, 1e6, 1e7)
  sizes <- sizes[sizes >= smallest]
  one <- function(tool, code, sizes) {
    if (length(sizes) == 0) return(NULL)
    setup <- paste(c(make_data, if (!is.null(call$needs)) ready[[call$needs]][[tool]]), collapse = "\n")
    data.frame(
      case = call[[1]], n = sizes, tool = tool, package = tool, setup = setup,
      warm = paste0("library(survival)\nlibrary(", tool, ")\n", setup), run = code
    )
  }
  rbind(
    one("survmatch", call[[3]], sizes[sizes <= largest]),
    one(if (is.null(call$peer)) "survival" else call$peer, call[[4]], sizes[sizes <= min(largest, call[[2]])])
  )
})
results <- measure(do.call(rbind, rows), "inst/extdata/bench-survival.csv", keep = TRUE)

library(ggplot2)
plot <- ggplot(results[!is.na(results$seconds), ], aes(n, seconds, colour = tool)) +
  geom_line() + geom_point(size = 1) + facet_wrap(~case, ncol = 4) +
  scale_x_log10(breaks = 10^c(2, 4, 6), labels = c("100", "10,000", "1 million"), expand = expansion(mult = 0.12)) +
  scale_y_log10(labels = function(x) format(x, scientific = FALSE, drop0trailing = TRUE, trim = TRUE)) +
  scale_colour_manual(values = c(
    survmatch = "#0072B2", survival = "#D55E00", cmprsk = "#009E73", survRM2 = "#CC79A7", glmnet = "#E69F00",
    coxstream = "#56B4E9", mets = "#000000"
  )) +
  labs(
    x = "Patients", y = "Seconds, median of 3 runs", colour = NULL
  ) + guides(colour = guide_legend(nrow = 1)) + theme_minimal(base_size = 9) +
  theme(legend.position = "top", panel.spacing.x = unit(1, "lines"))
ggsave("bench/survival.png", plot, width = 10, height = 12, dpi = 110, bg = "white")
