# Rank tests against survdiff(), the score tests of coxph(), published tables, and the formula written out.

rank_cohort <- function(seed, ties = TRUE) {
  set.seed(seed)
  n <- sample(c(8:30, 60, 150), 1)
  d <- data.frame(
    group = factor(sample(letters[1:sample(2:4, 1)], n, TRUE)), centre = sample(c("x", "y"), n, TRUE),
    pair = sample(ceiling(n / 2), n, TRUE), w = stats::runif(n, 0.2, 3), status = stats::rbinom(n, 1, 0.7)
  )
  time <- stats::rexp(n)
  d$time <- if (ties) ceiling(time * sample(c(3, 8), 1)) else time
  d$entry <- d$time * stats::runif(n, 0, 0.6) * stats::rbinom(n, 1, 0.5)
  if (ties) d$entry <- floor(d$entry)
  d$status[1:2] <- 1
  d
}

test_that("the trend over two groups is survdiff(), for every rho and with strata", {
  for (seed in 1:200) {
    d <- rank_cohort(seed)
    d <- d[d$group %in% c("a", "b"), ]
    d$group <- factor(d$group)
    if (nlevels(d$group) < 2 || sum(d$status) == 0) next
    rho <- sample(c(0, 0.5, 1), 1)
    formula <- if (seed %% 2) Surv(time, status) ~ group else Surv(time, status) ~ group + strata(centre)
    peer <- tryCatch(survival::survdiff(formula, data = d, rho = rho), error = function(e) NULL)
    if (is.null(peer) || !is.finite(peer$chisq) || peer$chisq == 0) next
    mine <- test_logrank(formula, data = d, rho = rho, trend = TRUE)
    expect_equal(unname(mine$statistic), peer$chisq, tolerance = 1e-9, info = paste("seed", seed))
    expect_equal(mine$score, unname(rowSums(cbind(peer$obs)) - rowSums(cbind(peer$exp))), tolerance = 1e-9)
    count_comparison("test_logrank ranks", peer_version("survival"))
  }
})

test_that("with entry times and no ties it is the score test of coxph()", {
  for (seed in 1:150) {
    d <- rank_cohort(seed, ties = FALSE)
    formula <- if (seed %% 2) Surv(entry, time, status) ~ group else Surv(entry, time, status) ~ group + strata(centre)
    peer <- suppressWarnings(survival::coxph(formula, data = d, init = rep(0, nlevels(d$group) - 1), iter.max = 0))
    if (anyNA(peer$coefficients) || qr(peer$var)$rank < nlevels(d$group) - 1) next
    mine <- tryCatch(test_logrank(formula, data = d), survmatch_error_groups = function(e) NULL)
    if (is.null(mine) || mine$parameter < nlevels(d$group) - 1) next
    expect_equal(unname(mine$statistic), unname(peer$score), tolerance = 1e-7, info = paste("seed", seed))
    count_comparison("test_logrank ranks", peer_version("survival"))
  }
})

test_that("weighted and clustered tests are the robust score test of coxph() with Breslow's ties", {
  for (seed in 1:250) {
    d <- rank_cohort(seed)
    counting <- seed %% 3 == 0
    left <- if (counting) "Surv(entry, time, status)" else "Surv(time, status)"
    formula <- stats::as.formula(paste(left, "~ group", if (seed %% 2) "+ strata(centre)"))
    given <- list(formula = formula, data = d)
    if (seed %% 5 != 0) given$weights <- quote(w)
    if (seed %% 5 < 3) given$cluster <- quote(pair)
    peer <- suppressWarnings(tryCatch(do.call(survival::coxph, c(
      given, list(ties = "breslow", init = rep(0, nlevels(d$group) - 1), iter.max = 0),
      if (is.null(given$cluster)) list(robust = TRUE, cluster = quote(seq_along(time)))
    )), error = function(e) NULL))
    if (is.null(peer) || is.null(peer$rscore)) next
    mine <- tryCatch(do.call(test_logrank, given), survmatch_error_groups = function(e) NULL)
    if (is.null(mine) || mine$parameter < nlevels(d$group) - 1 || qr(mine$variance)$rank < mine$parameter) next
    expect_equal(unname(mine$statistic), as.vector(peer$rscore), tolerance = 1e-7, info = paste("seed", seed))
    count_comparison("test_logrank ranks", peer_version("survival"))
  }
})

# Score and variance of group b, written out event time by event time.
by_hand <- function(d, weight_of) {
  score <- variance <- 0
  survival <- peto <- 1
  for (t in sort(unique(d$time[d$status == 1]))) {
    risk <- sum(d$time >= t)
    deaths <- sum(d$time == t & d$status == 1)
    share <- sum(d$time >= t & d$group == "b") / risk
    peto <- peto * (1 - deaths / (risk + 1))
    w <- weight_of(survival, risk, peto)
    score <- score + w * (sum(d$time == t & d$status == 1 & d$group == "b") - deaths * share)
    if (risk > 1) variance <- variance + w^2 * deaths * (risk - deaths) / (risk - 1) * share * (1 - share)
    survival <- survival * (1 - deaths / risk)
  }
  score^2 / variance
}

test_that("the weights of the event times are those of their formulas", {
  for (seed in 1:40) {
    d <- rank_cohort(seed)
    d <- d[d$group %in% c("a", "b"), ]
    d$group <- factor(d$group)
    if (nlevels(d$group) < 2) next
    statistic <- function(...) unname(test_logrank(Surv(time, status) ~ group, data = d, ...)$statistic)
    expect_equal(statistic(weighting = "gehan"), by_hand(d, function(s, y, p) y), tolerance = 1e-10)
    expect_equal(statistic(weighting = "tarone-ware"), by_hand(d, function(s, y, p) sqrt(y)), tolerance = 1e-10)
    expect_equal(statistic(weighting = "peto"), by_hand(d, function(s, y, p) p), tolerance = 1e-10)
    expect_equal(statistic(rho = 0.5, gamma = 2), by_hand(d, function(s, y, p) sqrt(s) * (1 - s)^2), tolerance = 1e-10)
  }
})

test_that("Table 7.3 of Klein and Moeschberger (2003) comes out, but its Peto-Peto row (1.32; the formula gives 1.40)", {
  # Time to infection of kidney dialysis catheters, their section 1.4
  surgical <- c(1.5, 3.5, 4.5, 4.5, 5.5, 8.5, 8.5, 9.5, 10.5, 11.5, 15.5, 16.5, 18.5, 23.5, 26.5)
  surgical_free <- c(
    2.5, 2.5, 3.5, 3.5, 3.5, 4.5, 5.5, 6.5, 6.5, 7.5, 7.5, 7.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 12.5, 13.5, 14.5, 14.5,
    21.5, 21.5, 22.5, 22.5, 25.5, 27.5
  )
  skin <- c(rep(0.5, 6), 2.5, 2.5, 3.5, 6.5, 15.5)
  skin_free <- c(
    rep(0.5, 10), rep(1.5, 4), rep(2.5, 5), rep(3.5, 5), rep(4.5, 3), rep(5.5, 5), 6.5, rep(7.5, 3), rep(8.5, 3), 9.5, 9.5,
    rep(10.5, 3), 11.5, 11.5, rep(12.5, 4), 14.5, 14.5, 16.5, 16.5, 18.5, rep(19.5, 3), 20.5, 22.5, 24.5, 25.5, 26.5, 26.5,
    28.5
  )
  d <- data.frame(
    time = c(surgical, surgical_free, skin, skin_free),
    status = rep(c(1, 0, 1, 0), c(15, 28, 11, 65)), group = rep(c("a", "b"), c(43, 76))
  )
  statistic <- function(...) round(unname(test_logrank(Surv(time, status) ~ group, data = d, ...)$statistic), 2)
  expect_equal(statistic(trend = TRUE), 2.53)
  expect_equal(round(unname(test_logrank(Surv(time, status) ~ group, data = d, weighting = "gehan")$statistic), 3), 0.002)
  expect_equal(statistic(weighting = "tarone-ware"), 0.40)
  expect_equal(statistic(gamma = 1), 9.67)
  expect_equal(statistic(rho = 1, trend = TRUE), 1.39)
  expect_equal(statistic(rho = 1, gamma = 1), 9.83)
  expect_equal(statistic(rho = 0.5, gamma = 0.5), 9.28)
  expect_equal(statistic(rho = 0.5, gamma = 2), 8.18)
})

test_that("permutations give the p value of all relabellings", {
  d <- data.frame(time = c(1, 2, 3, 4, 5, 6, 7, 8), status = c(1, 1, 1, 0, 1, 1, 0, 1), group = rep(c("a", "b"), 4))
  score <- function(labels) {
    abs(test_logrank(Surv(time, status) ~ labels, data = d, trend = TRUE)$score[2])
  }
  all <- utils::combn(8, 4, function(b) score(ifelse(seq_len(8) %in% b, "b", "a")))
  exact <- mean(all >= score(d$group) - 1e-9)
  mine <- test_logrank(Surv(time, status) ~ group, data = d, permutations = 20000, seed = 1)
  expect_equal(mine$p.value, exact, tolerance = 4 * sqrt(exact * (1 - exact) / 20000) / exact)
  expect_identical(mine$p.value, test_logrank(Surv(time, status) ~ group, data = d, permutations = 20000, seed = 1)$p.value)
  pairs <- data.frame(time = c(1, 5, 2, 6, 3, 9, 4, 8), status = 1, group = rep(c("a", "b"), 4), pair = rep(1:4, each = 2))
  inside <- test_logrank(Surv(time, status) ~ group + strata(pair), data = pairs, permutations = 4000, seed = 2)
  expect_equal(inside$p.value, 2 / 16, tolerance = 0.15)
})

test_that("what is not a test is refused with a sentence", {
  d <- rank_cohort(1)
  d$group <- factor(rep_len(c("a", "b", "c"), nrow(d)))
  test <- function(...) test_logrank(Surv(time, status) ~ group, data = d, ...)
  expect_error(test(gamma = -1), class = "survmatch_error_gamma")
  expect_error(test(weighting = "gehan", rho = 1), class = "survmatch_error_weighting")
  expect_error(test(trend = 1:2), class = "survmatch_error_trend")
  expect_error(test(permutations = 2.5), class = "survmatch_error_permutations")
  expect_error(test(permutations = 10, cluster = d$pair), class = "survmatch_error_permutations")
  expect_error(test(weights = -d$w), class = "survmatch_error_weights")
  expect_output(print(test(weights = d$w, cluster = d$pair)), "robust by cluster")
  expect_equal(nrow(glance(test(gamma = 1))), 1)
  expect_equal(tidy(test(trend = c(1, 5, 2)))$group, paste0("group=", letters[1:3]))
})
