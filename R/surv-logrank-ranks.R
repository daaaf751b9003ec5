# Rank tests beyond survdiff(): other weights of the event times, case weights, clusters, entry times, a trend,
# permutations.

rank_options <- function(weighting, trend, permutations, error_call) {
  check_gamma(weighting$gamma, error_call)
  if (weighting$weighting != "fh" && (weighting$rho != 0 || weighting$gamma != 0)) {
    sm_abort("{.arg rho} and {.arg gamma} are of {.code weighting = \"fh\"}.", "weighting", error_call)
  }
  if (!rlang::is_bool(trend) && !(is.numeric(trend) && all(is.finite(trend)))) {
    sm_abort("{.arg trend} must be TRUE, FALSE, or one finite number a group.", "trend", error_call)
  }
  whole <- is.numeric(permutations) && length(permutations) == 1 && is.finite(permutations) && permutations >= 0 &&
    permutations == floor(permutations)
  if (!whole) sm_abort("{.arg permutations} must be a whole number, 0 or more.", "permutations", error_call)
  c(weighting, list(trend = trend, permutations = permutations))
}

check_gamma <- function(gamma, error_call) {
  if (!is.numeric(gamma) || length(gamma) != 1 || !is.finite(gamma) || gamma < 0) {
    sm_abort("{.arg gamma} must be one finite number, 0 or more.", "gamma", error_call)
  }
}

rank_response <- function(frame, call, error_call) {
  y <- survival_response(frame, as.character(call[[1]])[length(as.character(call[[1]]))], error_call)
  if (!attr(y, "type") %in% c("right", "counting")) {
    sm_abort(c(
      "{.fn test_logrank} needs right-censored or (start, stop] times with one kind of event.",
      x = "The response is of type {.val {attr(y, 'type')}}.",
      i = if (attr(y, "type") == "mright") "For competing risks see {.fn test_gray}."
    ), "response", error_call)
  }
  y
}

# Whether more is asked for than survdiff() has.
is_rank_test <- function(y, options, call) {
  options$gamma != 0 || options$weighting != "fh" || !isFALSE(options$trend) || options$permutations > 0 ||
    ncol(y) == 3 || any(c("weights", "cluster") %in% names(call))
}

rank_kinds <- c(fh = 0L, gehan = 1L, "tarone-ware" = 2L, peto = 3L)

# The core's scores for some weightings (lists of weighting, rho, gamma), with a robust variance where it is due.
rank_scores <- function(y, groups, frame, weightings, timefix, error_call, with_rows = FALSE) {
  weights <- rank_weights(frame, error_call)
  cluster <- stats::model.extract(frame, "cluster")
  robust <- !is.null(weights) || !is.null(cluster)
  response <- double_matrix(y)
  if (timefix) response <- join_tied_times(response, error_call, class = "times")
  strata <- if (!is.null(groups$strata)) as.integer(drop_empty_levels(groups$strata))
  pick <- function(name) vapply(weightings, `[[`, weightings[[1]][[name]], name)
  core <- from_core(core_rank_tests(
    response, weights %||% numeric(), as.integer(groups$group), nlevels(groups$group), strata %||% integer(),
    max(1L, strata), unname(rank_kinds[pick("weighting")]), as.double(pick("rho")), as.double(pick("gamma")),
    robust || with_rows
  ), "times", error_call)
  if (robust) {
    rows <- core$row_scores
    core$variance <- crossprod(if (is.null(cluster)) rows else rowsum(rows, group_code(cluster), reorder = FALSE))
  }
  c(core, list(robust = robust, clustered = !is.null(cluster), weighted = !is.null(weights), strata = strata))
}

rank_weights <- function(frame, error_call) {
  weights <- stats::model.weights(frame)
  if (is.null(weights)) return(NULL)
  bad <- !is.numeric(weights) | !is.finite(weights) | weights < 0
  if (any(bad)) sm_abort(
    c("Case weights must be finite and 0 or more.", x = "{sum(bad)} {?is/are} not, first in row {which(bad)[1]}."),
    "weights", error_call
  )
  as.double(weights)
}

compare_ranks <- function(y, groups, frame, options, timefix, seed, error_call) {
  k <- nlevels(groups$group)
  scores <- rank_scores(y, groups, frame, list(options), timefix, error_call, options$permutations > 0)
  trend <- trend_scores(options$trend, k, error_call)
  test <- list(
    n = count_table(groups$group, "groups"), observed = scores$observed, expected = scores$expected,
    score = scores$score, variance = scores$variance
  )
  if (is.null(trend)) {
    informative <- scores$expected > 0
    test$statistic <- logrank_chisq(scores$score, scores$variance, informative, error_call)
    test$df <- max(0, sum(informative) - 1)
  } else {
    test$statistic <- sum(trend * scores$score)^2 / drop(trend %*% scores$variance %*% trend)
    test$df <- 1
  }
  if (k == 2) test$z <- sign(scores$score[2]) * sqrt(test$statistic)
  test$p.value <- stats::pchisq(test$statistic, test$df, lower.tail = FALSE)
  if (options$permutations > 0) test$p.value <- permutation_p(scores, groups$group, trend, options, seed, error_call)
  test$method <- rank_method(options, scores, !is.null(trend))
  test
}

trend_scores <- function(trend, k, error_call) {
  if (isFALSE(trend)) return(NULL)
  if (isTRUE(trend)) return(seq_len(k))
  if (length(trend) != k) {
    sm_abort(c("{.arg trend} needs one score a group.", x = "There are {k} groups and {length(trend)} scores."), "trend",
      error_call
    )
  }
  trend
}

# Relabelling moves what a row adds to its group's score to another group.
permutation_p <- function(scores, group, trend, options, seed, error_call) {
  if (scores$clustered) sm_abort(c(
    "Permutations are of rows, not of clusters.",
    i = "Put the sets into the formula, {.code strata(subclass)}: labels are then exchanged inside them."
  ), "permutations", error_call)
  total <- scores$row_totals[, 1]
  strata <- scores$strata %||% rep(1L, length(total))
  by_stratum <- order(strata)
  total <- total[by_stratum]
  strata <- strata[by_stratum]
  group <- as.integer(group)[by_stratum]
  statistic <- permutation_statistic(total, strata, group, trend)
  observed <- statistic(group)
  with_seed(seed, {
    as_large <- 0
    for (b in seq_len(options$permutations)) {
      as_large <- as_large + (statistic(group[order(strata, stats::runif(length(strata)))]) >= observed * (1 - 1e-10))
    }
    (1 + as_large) / (1 + options$permutations)
  })
}

# The quadratic form of the group sums in their permutation covariance, or of the trend.
permutation_statistic <- function(total, strata, group, trend) {
  k <- max(group)
  size <- tabulate(strata)
  centred <- total - (rowsum(total, strata)[, 1] / size)[strata]
  spread <- rowsum(centred^2, strata)[, 1] / pmax(size - 1, 1)
  n <- unclass(table(strata, factor(group, seq_len(k))))
  covariance <- diag(colSums(spread * n), k) - crossprod(n, spread / size * n)
  contrast <- if (is.null(trend)) diag(k)[, -1, drop = FALSE] else cbind(trend)
  middle <- tryCatch(solve(crossprod(contrast, covariance %*% contrast)), error = function(e) NULL)
  sums <- function(group) drop(crossprod(contrast, vapply(seq_len(k), function(g) sum(centred[group == g]), 0)))
  if (is.null(middle)) return(function(group) 0)
  function(group) {
    score <- sums(group)
    sum(score * (middle %*% score))
  }
}

rank_method <- function(options, scores, trend) {
  name <- switch(options$weighting,
    fh = if (options$rho == 0 && options$gamma == 0) {
      "Log-rank test"
    } else {
      paste0("Fleming-Harrington test (rho = ", options$rho, ", gamma = ", options$gamma, ")")
    },
    gehan = "Gehan's test", "tarone-ware" = "Tarone-Ware test", peto = "Peto and Peto's test"
  )
  details <- c(
    if (trend) "for trend", if (scores$weighted) "weighted", if (!is.null(scores$strata)) "stratified",
    if (scores$clustered) "variance robust by cluster" else if (scores$robust) "robust variance",
    if (options$permutations > 0) paste(options$permutations, "permutations")
  )
  paste(c(name, details), collapse = ", ")
}

finish_rank_test <- function(test, frame, design, verb = "test_logrank") {
  groups <- names(test$n)
  result <- list(
    statistic = c("X-squared" = test$statistic), parameter = c(df = test$df), p.value = test$p.value,
    method = test$method, data.name = deparse1(design$formula), n = test$n, observed = stats::setNames(test$observed, groups),
    expected = stats::setNames(test$expected, groups), score = test$score, variance = test$variance, z = test$z
  )
  omitted <- attr(frame, "na.action")
  if (length(omitted) > 0) result$na.action <- omitted
  result$call <- fit_call(design, verb)
  structure(result, class = c("sm_logrank", "htest"), survmatch = survmatch_notes(design))
}
