# Optimal matching on a network against optmatch at a fine tolerance, and against all ways to match.

network_table <- function(seed) {
  set.seed(seed)
  n <- sample(12:40, 1)
  d <- data.frame(t = stats::rbinom(n, 1, 0.35), x = stats::rnorm(n), z = stats::rnorm(n), g = sample(c("a", "b"), n, TRUE))
  d$t[1:4] <- c(0, 1, 0, 1)
  if (seed %% 3 == 0) d[c("x", "z")] <- round(d[c("x", "z")])
  d
}

distances_of <- function(d, focal = 1) {
  m <- as.matrix(stats::dist(d[c("x", "z")]))
  m[d$t == focal, d$t != focal, drop = FALSE]
}

total_of_pairs <- function(m, d) {
  pairs <- which(!is.na(m$match.matrix), arr.ind = TRUE)
  all <- as.matrix(stats::dist(d[c("x", "z")]))
  sum(all[cbind(rownames(m$match.matrix)[pairs[, 1]], m$match.matrix[pairs])])
}

# Sum of the distances to the centre of each set, for an optmatch or our sets.
total_of_sets <- function(sets, t, all) {
  sum(vapply(split(seq_along(sets), sets), function(rows) {
    treated <- rows[t[rows] == 1]
    control <- rows[t[rows] == 0]
    sum(all[treated, control])
  }, 0))
}

test_that("pairs, k controls and variable ratios on covariates have optmatch's totals", {
  skip_if_not_installed("optmatch")
  for (seed in 1:150) {
    d <- network_table(seed)
    ours_first <- sum(d$t)
    others <- sum(d$t == 0)
    variable <- seed %% 2 == 0
    ratio <- if (variable) 1.5 else 1 + seed %% 3 %% 2
    if (ceiling(ratio * ours_first) > others || ours_first * 3 < ratio * ours_first) next
    arguments <- list(t ~ x + z, d, "optimal", distance = "euclidean", ratio = ratio)
    if (variable) arguments[c("min.controls", "max.controls")] <- list(1, 3)
    ours <- suppressWarnings(do.call(match_cohort, arguments))
    peer <- suppressWarnings(if (variable) {
      optmatch::fullmatch(distances_of(d), min.controls = 1, max.controls = 3, mean.controls = ratio, tol = 1e-9, data = d)
    } else {
      optmatch::pairmatch(distances_of(d), controls = ratio, tol = 1e-9, data = d)
    })
    if (all(is.na(peer))) next
    all <- as.matrix(stats::dist(d[c("x", "z")]))
    expect_equal(total_of_pairs(ours, d), total_of_sets(peer, d$t, all), tolerance = 1e-6, info = paste("seed", seed))
    count_comparison("match_cohort optimal", peer_version("optmatch"))
  }
})

test_that("full matching with bounds, omissions and tables has optmatch's totals", {
  skip_if_not_installed("optmatch")
  compared <- 0
  for (seed in 1:250) {
    d <- network_table(seed)
    bounds <- list(
      list(0, Inf, NULL), list(1, 4, NULL), list(1 / 3, 3, NULL), list(0, Inf, 0.2), list(0.5, 2, NULL), list(1 / 4, 1 / 2, NULL),
      list(1, 2, 0.3), list(0, 5, -0.2)
    )[[1 + seed %% 8]]
    all <- as.matrix(stats::dist(d[c("x", "z")]))
    table <- unname(distances_of(d))
    peer <- tryCatch(suppressWarnings(do.call(optmatch::fullmatch, c(
      list(distances_of(d), min.controls = bounds[[1]], max.controls = bounds[[2]], tol = 1e-9, data = d),
      if (!is.null(bounds[[3]])) list(omit.fraction = bounds[[3]])
    ))), error = function(e) NULL)
    if (is.null(peer) || all(is.na(peer))) next
    arguments <- list(t ~ 1, d, "full", distance = table, min.controls = bounds[[1]], max.controls = bounds[[2]])
    if (!is.null(bounds[[3]])) arguments$omit.fraction <- bounds[[3]]
    ours <- do.call(match_cohort, arguments)
    # optmatch relaxes bounds that cannot be kept
    sizes <- vapply(split(d$t, ours$subclass), function(t) sum(t == 0) / sum(t == 1), 0)
    kept <- vapply(split(d$t, peer), function(t) sum(t == 0) / sum(t == 1), 0)
    if (sum(!is.na(peer)) != sum(!is.na(ours$subclass)) || any(kept < bounds[[1]] - 1e-9 | kept > bounds[[2]] + 1e-9)) next
    expect_true(all(sizes >= bounds[[1]] - 1e-9 & sizes <= bounds[[2]] + 1e-9), info = paste("seed", seed))
    expect_equal(
      total_of_sets(ours$subclass, d$t, all), total_of_sets(peer, d$t, all), tolerance = 1e-6, info = paste("seed", seed)
    )
    compared <- compared + 1
  }
  expect_gt(compared, 120)
  count_comparison("match_cohort full", peer_version("optmatch"), compared)
})

# The most pairs, and of all ways to have as many the least total, by trying everything.
best_by_trying <- function(cost) {
  best <- c(pairs = 0, total = 0)
  try_row <- function(i, used, pairs, total) {
    if (i > nrow(cost)) {
      if (pairs > best[1] || (pairs == best[1] && total < best[2])) best <<- c(pairs = pairs, total = total)
      return(invisible())
    }
    try_row(i + 1, used, pairs, total)
    for (j in which(is.finite(cost[i, ]) & !used)) try_row(i + 1, replace(used, j, TRUE), pairs + 1, total + cost[i, j])
  }
  try_row(1, rep(FALSE, ncol(cost)), 0, 0)
  best
}

test_that("with calipers, exact and antiexact columns it is the most pairs at the least total, of all ways there are", {
  for (seed in 1:150) {
    set.seed(seed)
    d <- data.frame(t = rep(1:0, c(5, 6)), x = stats::rnorm(11), z = stats::rnorm(11), g = sample(c("a", "b"), 11, TRUE),
      s = stats::rnorm(11)
    )
    kind <- seed %% 4
    arguments <- switch(kind + 1,
      list(distance = "euclidean", caliper = c(x = 0.8), std.caliper = FALSE),
      list(distance = "euclidean", exact = "g"),
      list(distance = "euclidean", antiexact = "g"),
      list(distance = d$s, mahvars = ~ x + z, caliper = 0.7, std.caliper = FALSE)
    )
    ours <- tryCatch(
      suppressWarnings(do.call(match_cohort, c(list(t ~ x + z, d, "optimal"), arguments))),
      survmatch_error_match = function(e) NULL
    )
    gap <- function(v) abs(outer(d[[v]][1:5], d[[v]][6:11], "-"))
    same <- outer(d$g[1:5], d$g[6:11], "==")
    cost <- if (kind == 3) {
      prep <- list(treat = d$t, s.weights = NULL, discarded = rep(FALSE, 11))
      points <- mahalanobis_points(as.matrix(d[c("x", "z")]), rep(TRUE, 11), prep)
      as.matrix(stats::dist(points))[1:5, 6:11]
    } else {
      as.matrix(stats::dist(d[c("x", "z")]))[1:5, 6:11]
    }
    cost[switch(kind + 1, gap("x") > 0.8, !same, same, gap("s") > 0.7)] <- Inf
    best <- best_by_trying(cost)
    if (best[["pairs"]] == 0) {
      expect_null(ours)
      next
    }
    pairs <- which(!is.na(ours$match.matrix[, 1]))
    expect_equal(length(pairs), best[["pairs"]], info = paste("seed", seed))
    total <- sum(cost[cbind(pairs, as.integer(ours$match.matrix[pairs, 1]) - 5)])
    expect_equal(total, best[["total"]], tolerance = 1e-10, info = paste("seed", seed))
  }
})

test_that("a variable ratio on a score, and estimands of the other arm", {
  d <- network_table(5)
  d$s <- d$x
  m <- suppressWarnings(match_cohort(t ~ x, d, "optimal", distance = d$s, ratio = 1.4, min.controls = 1, max.controls = 3))
  controls <- rowSums(!is.na(m$match.matrix))
  expect_true(all(controls >= 1 & controls <= 3))
  expect_equal(sum(controls), min(sum(d$t == 0), round(1.4 * sum(d$t))))
  turned <- suppressWarnings(match_cohort(t ~ x + z, d, "full", distance = "euclidean", estimand = "ATC", max.controls = 2))
  expect_false(anyNA(turned$subclass))
  expect_error(
    match_cohort(t ~ x, d, "full", distance = d$s, omit.fraction = 2), class = "survmatch_error_match"
  )
  expect_error(
    match_cohort(t ~ x, d, "full", distance = d$s, mean.controls = 50), class = "survmatch_error_match"
  )
})

test_that("the order of the rows changes nothing, also with ties", {
  for (seed in 1:60) {
    set.seed(seed)
    n <- 40
    d <- data.frame(t = stats::rbinom(n, 1, 0.4), x = sample(0:2, n, TRUE), z = sample(0:1, n, TRUE), g = sample(c("a", "b"), n, TRUE))
    if (seed %% 2 == 0) row.names(d) <- sample(paste0("id", seq_len(n)))
    again <- d[sample(n), ]
    sets <- function(m) {
      codes <- m$subclass[order(names(m$subclass))]
      match(codes, unique(codes))
    }
    arguments <- list(t ~ x + z, method = c("optimal", "full")[1 + seed %% 2], distance = "mahalanobis")
    if (seed %% 3 == 0) arguments$exact <- ~g
    made <- function(data) suppressWarnings(do.call(match_cohort, c(arguments, list(data = data))))
    expect_identical(sets(made(d)), sets(made(again)), info = paste("seed", seed))
    far <- as.matrix(stats::dist(d[c("x", "z")]))
    given <- function(data) suppressWarnings(match_cohort(t ~ x + z, data, "optimal", far))
    expect_identical(sets(given(d)), sets(given(again)), info = paste("seed", seed))
  }
})

# Over all ways to choose partners for all treated: the least imbalance, then the least distance.
best_fine <- function(far, wanted, category) {
  best <- c(Inf, Inf)
  walk <- function(i, free, used, total) {
    if (i > nrow(far)) {
      here <- c(sum(pmax(tabulate(category[used], length(wanted)) - wanted, 0)), total)
      if (here[1] < best[1] || (here[1] == best[1] && here[2] < best[2])) best <<- here
      return(invisible())
    }
    for (j in free) walk(i + 1, setdiff(free, j), c(used, j), total + far[i, j])
  }
  walk(1, seq_len(ncol(far)), integer(), 0)
  best
}

test_that("fine balance is met where it can be, at the least distance", {
  inexact <- 0
  for (seed in 1:40) {
    set.seed(seed)
    d <- data.frame(t = rep(1:0, c(4, 6)), x = stats::rnorm(10), z = stats::rnorm(10), stage = sample(c("I", "II", "III"), 10, TRUE))
    m <- match_cohort(t ~ x + z, d, "optimal", "euclidean", fine.balance = ~stage)
    far <- unname(as.matrix(stats::dist(d[c("x", "z")])))[1:4, 5:10]
    codes <- as.integer(factor(d$stage))
    best <- best_fine(far, tabulate(codes[1:4], max(codes)), codes[5:10])
    proof <- verify_match(m)
    expect_true(proof$optimal && proof$valid, info = paste("seed", seed))
    expect_equal(c(proof$imbalance, proof$distance), best, info = paste("seed", seed))
    inexact <- inexact + (best[1] > 0)
    # on a score, in a caliper: the network, too
    on_score <- suppressWarnings(try(
      match_cohort(t ~ x, d, "optimal", d$x, caliper = 1, std.caliper = FALSE, fine.balance = "stage"), silent = TRUE
    ))
    if (!inherits(on_score, "try-error")) {
      expect_true(verify_match(on_score)$optimal)
      plain <- match_cohort(t ~ x, d, "optimal", d$x, caliper = 1, std.caliper = FALSE)
      expect_identical(sum(on_score$weights > 0), sum(plain$weights > 0))
    }
  }
  expect_true(inexact > 3 && inexact < 37)
  expect_error(match_cohort(t ~ x, d, "optimal", fine.balance = ~stage, penalty = 1), class = "survmatch_error_match")
  expect_error(match_cohort(t ~ x, d, "optimal", fine.balance = ~nobody))
})
