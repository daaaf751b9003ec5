# Total distance and number of pairs of a matched cohort.
match_cost <- function(matched) {
  rows <- row(matched$match.matrix)[!is.na(matched$match.matrix)]
  focal <- rownames(matched$match.matrix)[rows]
  other <- matched$match.matrix[!is.na(matched$match.matrix)]
  c(pairs = length(focal), distance = sum(abs(matched$distance[focal] - matched$distance[other])))
}

score_table <- function(seed, n = sample(20:60, 1)) {
  set.seed(seed)
  n <- n
  data <- data.frame(treat = stats::rbinom(n, 1, 0.35), centre = sample(c("A", "B", "C"), n, TRUE), x = stats::rnorm(n))
  data$treat[1:2] <- 0:1
  data$score <- if (seed %% 3 == 0) round(stats::plogis(data$x), 1) else stats::plogis(data$x + 0.5 * data$treat)
  data
}

# Sum of the distances to the centre of each set.
full_cost <- function(sets, treat, score) {
  sum(vapply(split(seq_along(sets), sets), function(rows) {
    arms <- split(score[rows], treat[rows])
    if (length(arms[[1]]) == 1) sum(abs(arms[[2]] - arms[[1]])) else sum(abs(arms[[1]] - arms[[2]]))
  }, 0))
}

test_that("without a caliper the total is that of optmatch at a fine tolerance", {
  skip_if_not_installed("optmatch")
  for (seed in 1:200) {
    data <- score_table(seed)
    focal <- if (seed %% 4 == 0) 0L else 1L
    ratio <- 1 + seed %% 3
    if (sum(data$treat != focal) < ratio * sum(data$treat == focal)) next
    ours <- suppressWarnings(
      match_cohort(treat ~ x, data, "optimal", data$score, estimand = if (focal == 1) "ATT" else "ATC", ratio = ratio)
    )
    gaps <- abs(outer(data$score[data$treat == focal], data$score[data$treat != focal], "-"))
    dimnames(gaps) <- list(rownames(data)[data$treat == focal], rownames(data)[data$treat != focal])
    peer <- optmatch::fullmatch(
      gaps, min.controls = ratio, max.controls = ratio, mean.controls = ratio, tol = 1e-8, data = data
    )
    cost <- match_cost(ours)
    expect_equal(cost[["pairs"]], ratio * sum(data$treat == focal), info = seed)
    expect_lte(cost[["distance"]], full_cost(peer, as.integer(data$treat == focal), data$score) + 1e-6)
    count_comparison("match_cohort optimal", peer_version("optmatch"))
  }
})

test_that("unrestricted full matching has optmatch's total", {
  skip_if_not_installed("optmatch")
  for (seed in 1:200) {
    data <- score_table(seed)
    ours <- match_cohort(treat ~ x, data, "full", data$score, estimand = c("ATT", "ATC", "ATE")[1 + seed %% 3])
    gaps <- abs(outer(data$score[data$treat == 1], data$score[data$treat == 0], "-"))
    dimnames(gaps) <- list(rownames(data)[data$treat == 1], rownames(data)[data$treat == 0])
    peer <- optmatch::fullmatch(gaps, tol = 1e-8, data = data)
    expect_false(anyNA(ours$subclass))
    expect_equal(
      full_cost(ours$subclass, data$treat, data$score), full_cost(peer, data$treat, data$score), tolerance = 1e-6,
      info = seed
    )
    count_comparison("match_cohort full", peer_version("optmatch"))
  }
})

test_that("weights of full matching are MatchIt's for the same sets", {
  skip_if_not_installed("MatchIt")
  for (estimand in c("ATT", "ATC", "ATE")) {
    data <- score_table(7)
    ours <- match_cohort(treat ~ x, data, "full", data$score, estimand = estimand)
    peer <- MatchIt::matchit(treat ~ x, data, "full", data$score, estimand = estimand, tol = 1e-9)
    if (identical(
      unname(tapply(rank(data$score), ours$subclass, range)), unname(tapply(rank(data$score), peer$subclass, range))
    )) {
      expect_equal(ours$weights, peer$weights)
    }
    expect_equal(tapply(ours$weights, data$treat, mean), tapply(peer$weights, data$treat, mean))
    expect_s3_class(ours, "matchit")
    expect_equal(nrow(MatchIt::match_data(ours, data = data)), sum(ours$weights > 0))
  }
})

test_that("a caliper binds, keeps the most pairs, and widening it never loses one", {
  for (seed in 1:100) {
    data <- score_table(seed)
    last <- 0
    for (caliper in c(0.02, 0.05, 0.2, 0.6)) {
      ours <- tryCatch(
        match_cohort(treat ~ x, data, "optimal", data$score, caliper = caliper, std.caliper = FALSE),
        survmatch_error_match = function(e) NULL
      )
      greedy <- tryCatch(
        suppressWarnings(match_cohort(treat ~ x, data, "nearest", data$score, caliper = caliper, std.caliper = FALSE)),
        survmatch_error_match = function(e) NULL
      )
      expect_identical(is.null(ours), is.null(greedy), info = seed)
      if (is.null(ours)) next
      cost <- match_cost(ours)
      gaps <- abs(ours$distance[rownames(ours$match.matrix)] - ours$distance[ours$match.matrix])
      expect_lte(max(gaps, na.rm = TRUE), caliper)
      expect_gte(cost[["pairs"]], match_cost(greedy)[["pairs"]])
      if (cost[["pairs"]] == match_cost(greedy)[["pairs"]]) expect_lte(
        cost[["distance"]], match_cost(greedy)[["distance"]] + 1e-12
      )
      expect_gte(cost[["pairs"]], last)
      last <- cost[["pairs"]]
    }
  }
})

test_that("the order of the rows, a shift, a scale and a reflection of the score change no pair", {
  pairs <- function(matched) sort(paste(rownames(matched$match.matrix), matched$match.matrix[, 1]))
  for (seed in 1:60) {
    data <- score_table(seed)
    args <- list(treat ~ x, method = "optimal", caliper = 0.4)
    fit <- function(data, score) {
      pairs(
        suppressWarnings(do.call(match_cohort, c(args, list(data = data, distance = score))))
      )
    }
    rownames(data) <- paste0("p", sample(nrow(data)))
    base <- fit(data, data$score)
    shuffled <- data[sample(nrow(data)), ]
    expect_identical(fit(shuffled, shuffled$score), base, info = seed)
    if (seed %% 3 == 0) next
    expect_identical(fit(data, 5 + 3 * data$score), base, info = seed)
    expect_identical(fit(data, -data$score), base, info = seed)
  }
})

test_that("exact strata are matched as if each stood alone", {
  for (seed in 1:40) {
    data <- score_table(seed)
    if (any(table(data$centre, data$treat) == 0)) next
    whole <- match_cost(
      match_cohort(treat ~ x, data, "optimal", data$score, exact = ~centre, caliper = 0.1, std.caliper = FALSE)
    )
    parts <- lapply(split(data, data$centre), function(part) {
      tryCatch(
        match_cost(match_cohort(treat ~ x, part, "optimal", part$score, caliper = 0.1, std.caliper = FALSE)),
        survmatch_error_match = function(e) c(pairs = 0, distance = 0)
      )
    })
    expect_equal(whole, Reduce(`+`, parts), info = seed)
  }
})

test_that("cobalt reads an optimal match", {
  skip_if_not_installed("cobalt")
  data <- score_table(11)
  matched <- match_cohort(treat ~ x + centre, data, "optimal", caliper = 0.5)
  expect_s3_class(cobalt::bal.tab(matched), "bal.tab")
})

test_that("what it cannot do is refused", {
  data <- score_table(5)
  refused <- function(...) expect_error(match_cohort(treat ~ x, data, ...), class = "survmatch_error_match")
  refused("optimal", data$score, estimand = "ATE")
  refused("full", data$score, omit.fraction = 0.1, mean.controls = 1.2)
  expect_warning(
    match_cohort(treat ~ x, data, "optimal", data$score, m.order = "data"), class = "survmatch_warning_match"
  )
})
