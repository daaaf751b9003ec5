test_that("pairs of scores are those of match_cohort()", {
  for (seed in 1:100) {
    set.seed(seed)
    n <- sample(c(10, 80), 1)
    d <- data.frame(t = stats::rbinom(n, 1, 0.4), s = if (seed %% 2) stats::rnorm(n) else sample(0:9, n, TRUE), g = sample(3, n, TRUE))
    d$t[1:4] <- c(0, 1, 0, 1)
    d$g[1:4] <- 1
    arguments <- list(ratio = 1 + seed %% 3)
    if (seed %% 4 > 0) arguments$caliper <- 0.7
    if (seed %% 5 == 0) arguments$exact <- ~g
    m <- try(suppressWarnings(do.call(match_cohort, c(list(t ~ s, d, "optimal", d$s, std.caliper = FALSE), arguments))), silent = TRUE)
    if (seed %% 5 == 0) arguments$exact <- d$g
    pairs <- do.call(match_scores, c(list(d$s, d$t), arguments))
    if (inherits(m, "try-error")) {
      expect_identical(nrow(pairs), 0L)
      next
    }
    rows <- t(m$match.matrix)
    expect_identical(as.vector(pairs[, "control"]), as.integer(rows[!is.na(rows)]), info = paste("seed", seed))
    expect_identical(as.vector(pairs[, "treated"]), as.integer(rep(rownames(m$match.matrix), each = ncol(m$match.matrix)))[!is.na(rows)])
  }
})

test_that("scores and arms are checked", {
  refused <- function(...) expect_error(match_scores(...), class = "survmatch_error_match")
  refused(c(1, NA), 0:1)
  refused("a", 1)
  refused(1:3, c(0, 1, 2))
  refused(1:3, c(0, 1, NA))
  refused(1:3, c(0, 1, 0), caliper = -1)
  refused(1:3, c(0, 1, 0), ratio = 0.5)
  refused(1:3, c(0, 1, 0), exact = 1:2)
  expect_identical(nrow(match_scores(numeric(), logical())), 0L)
})
