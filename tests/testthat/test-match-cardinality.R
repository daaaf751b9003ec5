cardinality_table <- function(seed, n = 60) {
  set.seed(seed)
  data.frame(
    t = stats::rbinom(n, 1, 0.35), x = stats::rnorm(n), z = stats::rexp(n), f = sample(c("a", "b", "c"), n, TRUE),
    b = stats::rbinom(n, 1, 0.5)
  )
}

cardinality_arguments <- function(seed) {
  arguments <- list(
    t ~ x + z + f + b, cardinality_table(seed), "cardinality", estimand = c("ATT", "ATC", "ATE")[1 + seed %% 3], tols = 0.25
  )
  if (seed %% 4 == 0) arguments$ratio <- NA
  if (seed %% 4 == 1) arguments$ratio <- 2
  if (seed %% 5 == 0) arguments$exact <- ~b
  if (seed %% 7 == 0) arguments$std.tols <- FALSE
  if (seed %% 9 == 0 && (is.na(arguments$ratio %||% 1) || arguments$estimand == "ATE")) {
    arguments$s.weights <- stats::runif(60, 0.5, 2)
  }
  if (seed %% 8 == 0) arguments$normalize <- FALSE
  arguments
}

test_that("cardinality and profile matches are MatchIt's with the same solver", {
  skip_if_not_installed("Rglpk")
  skip_if_not_installed("MatchIt", "4.7")
  compared <- 0
  for (seed in 1:60) {
    arguments <- c(cardinality_arguments(seed), solver = "glpk", time = 5)
    ours <- tryCatch(do.call(match_cohort, arguments), survmatch_warning_match = function(w) NULL, survmatch_error_match = function(e) NULL)
    if (is.null(ours)) next
    peer <- suppressWarnings(do.call(MatchIt::matchit, arguments))
    expect_equal(ours$weights, peer$weights, tolerance = 1e-10, info = paste("seed", seed))
    expect_equal(ours$info, peer$info)
    expect_true(attr(ours, "solver")$optimal)
    compared <- compared + 1
    count_comparison("match_cohort cardinality", peer_version("MatchIt"))
  }
  expect_gt(compared, 25)
})

# The largest number of pairs whose means differ by at most tols: all ways to choose.
most_pairs <- function(d, tols) {
  treated <- which(d$t == 1)
  control <- which(d$t == 0)
  sd <- stats::sd(d$x[treated])
  for (m in seq(min(length(treated), length(control)), 1)) {
    means <- function(rows) utils::combn(rows, m, function(r) mean(d$x[r]))
    if (min(abs(outer(means(treated), means(control), "-"))) <= tols * sd + 1e-9) return(m)
  }
  0
}

test_that("no larger sample has means as close", {
  solvers <- c("highs", "glpk")[c(requireNamespace("highs", quietly = TRUE), requireNamespace("Rglpk", quietly = TRUE))]
  skip_if(length(solvers) == 0)
  for (seed in 1:12) {
    d <- cardinality_table(seed, 13)
    d$t[1:4] <- c(0, 1, 0, 1)
    for (solver in solvers) {
      m <- match_cohort(t ~ x, d, "cardinality", tols = 0.02, solver = solver)
      expect_identical(sum(m$weights[d$t == 1] > 0), as.integer(most_pairs(d, 0.02)), info = paste("seed", seed, solver))
      worst <- assess_balance(m)$table
      expect_lte(abs(worst$smd[worst$sample == "after"]), 0.02 + 1e-6)
    }
  }
})

test_that("the chosen are paired by mahvars to the least total distance", {
  skip_if_not_installed("Rglpk")
  skip_if_not_installed("optmatch")
  skip_if_not_installed("MatchIt", "4.7")
  for (seed in c(3, 6, 7)) {
    arguments <- list(t ~ x + z + b, cardinality_table(seed), "cardinality", tols = 0.3, solver = "glpk", time = 5, mahvars = ~ x + z)
    ours <- do.call(match_cohort, arguments)
    peer <- do.call(MatchIt::matchit, arguments)
    expect_equal(ours$weights, peer$weights)
    total <- function(m) {
      rows <- which(!is.na(m$match.matrix))
      d <- MatchIt::mahalanobis_dist(t ~ x + z, arguments[[2]])
      sum(d[cbind(rownames(m$match.matrix)[rows], m$match.matrix[rows])])
    }
    expect_equal(total(ours), total(peer), tolerance = 1e-2)
    expect_lte(total(ours), total(peer) + 1e-9)
    expect_identical(nlevels(ours$subclass), sum(ours$weights[ours$treat == 1] > 0))
  }
})

test_that("what cannot be attained, or is not allowed, is refused", {
  skip_if_not_installed("Rglpk")
  d <- data.frame(t = rep(0:1, each = 5), x = c(1:5, 101:105))
  refused <- function(...) expect_error(match_cohort(t ~ x, d, "cardinality", solver = "glpk", ...), class = "survmatch_error_match")
  refused(tols = 0.01)
  refused(tols = c(1, 2, 3))
  refused(tols = -1)
  refused(time = 0)
  refused(s.weights = 1:10)
  refused(mahvars = ~x, ratio = NA)
  expect_error(match_cohort(t ~ x, d, "cardinality", solver = "gurobi"), class = "survmatch_error_match")
})
