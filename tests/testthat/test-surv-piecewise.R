piecewise_table <- function(seed, n = 200) {
  set.seed(seed)
  d <- data.frame(arm = sample(c("A", "B", "C")[seq_len(2 + seed %% 2)], n, TRUE), pair = sample(60, n, TRUE), w = stats::runif(n, 0.5, 2))
  d$time <- round(stats::rexp(n, 0.1), seed %% 3)
  d$status <- stats::rbinom(n, 1, 0.8)
  d$entry <- pmin(stats::runif(n, 0, 3), d$time / 2) - (d$time == 0)
  d
}

test_that("periods are coxph() on survSplit() rows, and the test is Wald's", {
  for (seed in 1:40) {
    d <- piecewise_table(seed)
    late <- seed %% 4 == 0
    cuts <- c(3, 8)
    formula <- if (late) Surv(entry, time, status) ~ arm + pair + w else Surv(time, status) ~ arm + pair + w
    split <- survival::survSplit(formula, data = d, cut = cuts, episode = "period", start = "begin", zero = -1)
    if (late) names(split)[names(split) == "entry"] <- "begin"
    for (arm in unique(d$arm)[unique(d$arm) != "A"]) for (p in 1:3) {
      split[[paste0("z", arm, p)]] <- as.numeric(split$arm == arm & split$period == p)
    }
    names <- as.vector(outer(1:3, setdiff(sort(unique(d$arm)), "A"), function(p, a) paste0("z", a, p)))
    names(split)[names(split) == "time"] <- "end"
    right <- stats::reformulate(names, quote(survival::Surv(begin, end, status)))
    robust <- seed %% 3 == 0
    peer <- if (robust) survival::coxph(right, split, weights = w, cluster = pair) else survival::coxph(right, split)
    response <- if (late) quote(Surv(entry, time, status)) else quote(Surv(time, status))
    formula <- stats::as.formula(call("~", response, quote(arm)))
    ours <- if (robust) {
      estimate_piecewise(formula, data = d, cuts = cuts, weights = w, cluster = pair)
    } else {
      estimate_piecewise(formula, data = d, cuts = rev(cuts))
    }
    expect_equal(log(ours$periods$estimate), unname(stats::coef(peer)), tolerance = 1e-8, info = paste("seed", seed))
    expect_equal(ours$periods$std.error, unname(sqrt(diag(stats::vcov(peer)))), tolerance = 1e-8)
    b <- stats::coef(peer)[1:3]
    contrast <- rbind(c(1, -1, 0), c(0, 1, -1))
    wald <- t(contrast %*% b) %*% solve(contrast %*% stats::vcov(peer)[1:3, 1:3] %*% t(contrast)) %*% (contrast %*% b)
    expect_equal(ours$tests$statistic[1], drop(wald), tolerance = 1e-7)
    expect_identical(sum(ours$periods$events_arm) + sum(ours$periods$events_reference[1:3]), as.integer(sum(d$status)))
    count_comparison("estimate_piecewise", peer_version("survival"))
  }
})

test_that("periods without events of an arm have no estimate", {
  d <- data.frame(arm = rep(0:1, each = 20), time = c(1:20, 11:30), status = 1)
  ours <- estimate_piecewise(Surv(time, status) ~ arm, data = d, cuts = 10)
  expect_identical(is.na(ours$periods$estimate), c(TRUE, FALSE))
  expect_identical(ours$tests$df, 0)
  expect_output(print(ours), "not estimable")
  refused <- function(cuts) expect_error(estimate_piecewise(Surv(time, status) ~ arm, data = d, cuts = cuts), class = "survmatch_error_piecewise")
  refused(numeric())
  refused(c(1, 1))
  refused(-1)
  expect_error(estimate_piecewise(Surv(time, status) ~ 1, data = d, cuts = 3), class = "survmatch_error_piecewise")
})

test_that("matched cohorts bring their sets to the periods", {
  m <- match_cohort(hormon ~ age + nodes, data = survival::rotterdam[1:600, ], caliper = 0.2)
  ours <- estimate_piecewise(Surv(dtime, death) ~ hormon, data = m, cuts = 1000)
  rows <- as.data.frame(matched_data(m))
  by_hand <- estimate_piecewise(Surv(dtime, death) ~ hormon, data = rows, cuts = 1000, weights = weights, cluster = subclass)
  expect_equal(ours$periods$std.error, by_hand$periods$std.error)
  expect_match(ours$rule, "clustered on the matched set")
})
