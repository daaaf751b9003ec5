test_that("generalized full matching is MatchIt's, set by set", {
  skip_if_not_installed("quickmatch")
  skip_if_not_installed("MatchIt", "4.7")
  for (seed in 1:80) {
    set.seed(seed)
    n <- sample(c(40, 120), 1)
    d <- data.frame(
      t = stats::rbinom(n, 1, 0.35), x = stats::rnorm(n), z = stats::rexp(n), f = sample(c("a", "b", "c"), n, TRUE),
      b = stats::rbinom(n, 1, 0.5)
    )
    arguments <- list(t ~ x + z + f + b, d, "quick", estimand = c("ATT", "ATC", "ATE")[1 + seed %% 3])
    if (seed %% 4 == 0) arguments$distance <- "mahalanobis"
    if (seed %% 4 == 1) arguments$caliper <- 0.5
    if (seed %% 4 == 2) arguments$mahvars <- ~ x + z
    if (seed %% 5 == 0) arguments$exact <- ~b
    if (seed %% 7 == 0) arguments$size_constraint <- 3L
    if (seed %% 6 == 0 && is.null(arguments$distance)) arguments$discard <- "both"
    if (seed %% 9 == 0) arguments$s.weights <- stats::runif(n)
    peer <- try(suppressWarnings(do.call(MatchIt::matchit, arguments)), silent = TRUE)
    if (inherits(peer, "try-error")) next
    ours <- suppressWarnings(do.call(match_cohort, arguments))
    expect_equal(ours$weights, peer$weights, tolerance = 1e-12, info = paste("seed", seed))
    expect_identical(as.character(ours$subclass), as.character(peer$subclass), info = paste("seed", seed))
    expect_equal(ours$info, peer$info)
    expect_identical(setdiff(names(ours), "data"), names(peer))
    count_comparison("match_cohort quick", peer_version("MatchIt"))
  }
})

test_that("what generalized full matching has not is refused", {
  skip_if_not_installed("quickmatch")
  set.seed(1)
  d <- data.frame(t = rep(0:1, 20), x = stats::rnorm(40), z = stats::rnorm(40))
  refused <- function(...) expect_error(match_cohort(t ~ x + z, d, "quick", ...), class = "survmatch_error_match")
  refused(caliper = c(x = 1))
  refused(caliper = 0.2, mahvars = ~x)
  refused(size_constraint = 1000L)
  refused(data = d)
})
