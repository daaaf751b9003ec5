# Proofs of an optimum: the prices hold for all pairs, groups that are short are Hall's, and what is not optimal is told.

proof_table <- function(seed, n = sample(6:30, 1)) {
  set.seed(seed)
  d <- data.frame(
    t = stats::rbinom(n, 1, 0.4), x = stats::rnorm(n), z = stats::rnorm(n), g = sample(c("a", "b"), n, TRUE),
    row.names = sample(paste0("p", seq_len(n)))
  )
  d$t[1:4] <- c(0, 1, 0, 1)
  d$g[1:4] <- c("a", "a", "b", "b")
  d$s <- if (seed %% 2 == 0) round(2 * d$x) / 2 else d$x
  d
}

# All pairs that may be made: rows of treated and controls, and their distances.
pairs_allowed <- function(d, caliper, exact, distance = outer(d$s, d$s, function(a, b) abs(a - b))) {
  all <- expand.grid(i = which(d$t == 1), j = which(d$t == 0))
  all$distance <- distance[cbind(all$i, all$j)]
  all <- all[all$distance <= caliper, ]
  if (exact) all <- all[d$g[all$i] == d$g[all$j], ]
  all
}

expect_prices <- function(proof, allowed, info) {
  pairs <- proof$prices$pairs[allowed$i] + proof$prices$pairs[allowed$j]
  distance <- proof$prices$distance[allowed$i] + proof$prices$distance[allowed$j]
  expect_true(all(pairs > 1 | (pairs == 1 & distance >= -allowed$distance - 1e-12)), info = info)
}

test_that("prices of an optimal match on a score hold for every pair and give its total", {
  for (seed in 1:400) {
    d <- proof_table(seed)
    caliper <- c(Inf, 0.3, 1)[1 + seed %% 3]
    exact <- seed %% 5 == 0
    m <- try(suppressWarnings(match_cohort(
      t ~ x, d, "optimal", d$s, caliper = if (is.finite(caliper)) caliper, std.caliper = FALSE, exact = if (exact) ~g
    )), silent = TRUE)
    if (inherits(m, "try-error")) next
    proof <- verify_match(m)
    info <- paste("seed", seed)
    expect_true(proof$optimal && proof$valid, info = info)
    expect_identical(c(proof$contradiction, proof$gap), numeric(4), info = info)
    expect_prices(proof, pairs_allowed(d, caliper, exact), info)
    expect_true(all(proof$prices$pairs >= 0), info = info)
    expect_equal(sum(proof$prices$pairs), proof$pairs, info = info)
    expect_equal(-sum(proof$prices$distance), proof$distance, tolerance = 1e-12, info = info)
  }
})

test_that("prices with several partners, in strata and with a penalty prove the optimum", {
  for (seed in 1:200) {
    d <- proof_table(seed, 25)
    arguments <- list(t ~ x, d, "optimal", d$s, ratio = 1 + seed %% 4, std.caliper = FALSE)
    if (seed %% 3 == 0) arguments$caliper <- 0.8
    if (seed %% 5 == 0) arguments$exact <- ~g
    if (seed %% 7 == 0) arguments$penalty <- 0.3
    m <- suppressWarnings(do.call(match_cohort, arguments))
    proof <- verify_match(m)
    expect_true(proof$optimal && proof$valid, info = paste("seed", seed))
    expect_identical(c(proof$contradiction, proof$gap[1]), numeric(3), info = paste("seed", seed))
    expect_lt(abs(proof$gap[2]), 1e-12)
  }
})

test_that("in full matching the prices are shares of the distance", {
  for (seed in 1:200) {
    d <- proof_table(seed)
    caliper <- c(Inf, 0.5)[1 + seed %% 2]
    m <- try(match_cohort(
      t ~ x, d, "full", d$s, caliper = if (is.finite(caliper)) caliper, std.caliper = FALSE
    ), silent = TRUE)
    if (inherits(m, "try-error")) next
    proof <- verify_match(m)
    allowed <- pairs_allowed(d, caliper, FALSE)
    share <- proof$prices$distance
    expect_true(proof$optimal && proof$valid, info = paste("seed", seed))
    expect_true(all(share[allowed$i] + share[allowed$j] <= allowed$distance + 1e-12), info = paste("seed", seed))
    expect_equal(sum(share), proof$distance, tolerance = 1e-12)
    lonely <- setdiff(seq_len(nrow(d)), c(allowed$i, allowed$j))
    expect_identical(sum(proof$short$patients), length(lonely), info = paste("seed", seed))
  }
})

test_that("the flow's prices hold for every pair of points", {
  for (seed in 1:150) {
    d <- proof_table(seed)
    points <- as.matrix(stats::dist(d[c("x", "z")]))
    m <- suppressWarnings(match_cohort(t ~ x + z, d, "optimal", "euclidean", exact = if (seed %% 3 == 0) ~g))
    proof <- verify_match(m)
    expect_true(proof$optimal && proof$valid, info = paste("seed", seed))
    expect_prices(proof, pairs_allowed(d, Inf, seed %% 3 == 0, points), paste("seed", seed))
    expect_equal(-sum(proof$prices$distance), proof$distance, tolerance = 1e-10)
    whole <- verify_match(match_cohort(t ~ x + z, d, "full", "euclidean"))
    share <- whole$prices$distance
    allowed <- pairs_allowed(d, Inf, FALSE, points)
    expect_true(whole$optimal && all(share[allowed$i] + share[allowed$j] <= allowed$distance + 1e-10))
    expect_equal(sum(share), whole$distance, tolerance = 1e-10)
    bounded <- verify_match(suppressWarnings(match_cohort(t ~ x + z, d, "optimal", points[d$t == 1, d$t == 0])),
      distance = points[d$t == 1, d$t == 0]
    )
    expect_true(bounded$optimal && bounded$valid)
  }
})

# The groups as Hall has them: nobody else in reach, too few of them, nobody without a partner outside.
expect_hall <- function(d, m, proof, allowed, ratio, info) {
  lacking <- which(d$t == 1 & rowSums(!is.na(m$match.matrix))[match(rownames(d), rownames(m$match.matrix))] < ratio)
  expect_identical(sum(proof$short$missing), as.numeric(ratio * sum(d$t) - sum(!is.na(m$match.matrix))), info = info)
  expect_true(all(proof$short$missing > 0), info = info)
  for (k in seq_len(nrow(proof$short))) {
    row <- proof$short[k, ]
    if (row$partners == 0) next
    inside <- which(d$t == 1 & d$s >= row$score_from & d$s <= row$score_to)
    reach <- unique(allowed$j[allowed$i %in% inside])
    expect_identical(length(reach), row$partners, info = info)
  }
  if (length(lacking) == 0) expect_identical(nrow(proof$short), 0L, info = info)
}

test_that("groups that are short have nobody else in reach", {
  short <- 0
  for (seed in 1:200) {
    d <- proof_table(seed, 40)
    d$t <- stats::rbinom(40, 1, 0.55)
    ratio <- 1 + seed %% 2
    m <- try(suppressWarnings(match_cohort(
      t ~ x, d, "optimal", d$s, caliper = 0.2, std.caliper = FALSE, ratio = ratio
    )), silent = TRUE)
    if (inherits(m, "try-error")) next
    proof <- verify_match(m)
    expect_hall(d, m, proof, pairs_allowed(d, 0.2, FALSE), ratio, paste("seed", seed))
    short <- short + nrow(proof$short)
    # the same groups from the flow, which sees the score as a point
    table <- unname(as.matrix(stats::dist(d$s)))[d$t == 1, d$t == 0]
    flow <- suppressWarnings(match_cohort(t ~ x, d, "optimal", table, caliper = 0.2, std.caliper = FALSE, ratio = ratio))
    other <- verify_match(flow, table)
    columns <- c("patients", "partners", "missing")
    sorted <- function(rows) rows[do.call(order, unname(as.list(rows))), ]
    expect_equal(sorted(other$short[columns]), sorted(proof$short[columns]), ignore_attr = TRUE, info = paste("seed", seed))
  }
  expect_gt(short, 200)
})

test_that("matches that are not optimal, or break their rules, are told", {
  d <- data.frame(t = c(1, 1, 0, 0), s = c(0, 1, 0.9, 1.5))
  greedy <- match_cohort(t ~ s, d, "nearest", d$s, m.order = "closest")
  proof <- verify_match(greedy)
  expect_false(proof$optimal)
  expect_equal(c(proof$distance, proof$least_distance), c(1.6, 1.4))
  greedy$match.matrix[] <- rev(greedy$match.matrix)
  expect_true(verify_match(greedy)$optimal)
  twice <- match_cohort(t ~ s, d, "optimal", d$s)
  twice$match.matrix[] <- "3"
  expect_false(verify_match(twice)$valid)
  outside <- match_cohort(t ~ s, d, "optimal", d$s, caliper = 1, std.caliper = FALSE)
  outside$caliper[] <- 0.01
  expect_false(verify_match(outside)$valid)
})

test_that("optimal matches of MatchIt are judged too", {
  skip_if_not_installed("MatchIt")
  skip_if_not_installed("optmatch")
  d <- proof_table(3, 60)
  loose <- suppressWarnings(MatchIt::matchit(t ~ x, d, method = "optimal", distance = d$x))
  fine <- suppressWarnings(MatchIt::matchit(t ~ x, d, method = "optimal", distance = d$x, tol = 1e-10))
  expect_lte(verify_match(fine)$distance, verify_match(loose)$distance + 1e-12)
  expect_equal(verify_match(fine)$distance, verify_match(fine)$least_distance, tolerance = 1e-6)
  expect_true(verify_match(MatchIt::matchit(t ~ x, d, method = "full", distance = d$x, tol = 1e-10))$valid)
})

test_that("what cannot be proved is refused", {
  d <- proof_table(4, 30)
  named <- as.matrix(stats::dist(d$x))
  expect_error(match_cohort(t ~ x, d, distance = named), "row names", class = "survmatch_error_match")
  refused <- function(m) expect_error(verify_match(m), class = "survmatch_error_match")
  refused(match_cohort(t ~ x, d, replace = TRUE))
  refused(match_cohort(t ~ x, d, "subclass", subclass = 2))
  refused(suppressWarnings(match_cohort(t ~ x, d, "optimal", unname(as.matrix(stats::dist(d$x))))))
})

test_that("the print names who is short", {
  d <- data.frame(t = c(1, 1, 1, 0, 0, 1), s = c(0.1, 0.11, 0.12, 0.1, 0.5, 0.9))
  proof <- verify_match(suppressWarnings(match_cohort(t ~ s, d, "optimal", d$s, caliper = 0.05, std.caliper = FALSE)))
  text <- paste(utils::capture.output(print(proof)), collapse = "\n")
  expect_match(text, "3 treated share 1 control within the caliper")
  expect_match(text, "1 treated has no control within the caliper")
  expect_match(text, "Yes")
})
