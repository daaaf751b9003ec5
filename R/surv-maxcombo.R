#' MaxCombo test
#'
#' The largest of several weighted log-rank statistics of two groups, with a p value that knows how they go together: a
#' test for differences that may come early, late or all along, when that cannot be said beforehand.
#'
#' @inheritParams test_logrank
#' @param weightings (list of pairs of numbers) rho and gamma of each Fleming-Harrington weighting; by default (0, 0),
#'   (1, 0), (0, 1) and (1, 1).
#' @param alternative (string) `"two.sided"`; `"less"`: the second group has fewer events (the usual one-sided MaxCombo,
#'   when it is the treated one); `"greater"`: it has more.
#' @return An object of class `c("sm_logrank", "htest")` with `statistic` (the largest Z, in size or in the direction of
#'   the alternative), `p.value`, `z` (of each weighting), `correlation`, `which` (the weighting of the largest), and the
#'   other fields of [test_logrank()].
#' @section Method: The Z are jointly normal when the hazards are equal, with the covariance of the scores (robust by
#'   cluster where there are weights or clusters); the p value is the probability that the largest is as large, from
#'   `mvtnorm::pmvnorm()` with a fixed seed (Karrison 2016; Roychoudhury et al. 2023). A hazard ratio does not
#'   belong to this test: show a difference of restricted means or of survival with it.
#' @section Errors: those of [test_logrank()]; `survmatch_error_groups` when there are not two groups,
#'   `survmatch_error_weighting` for weightings that are no pairs. Needs the package mvtnorm.
#' @references Karrison TG (2016). Versatile tests for comparing survival curves based on weighted log-rank statistics.
#'   *Stata Journal* 16:678-690.
#'
#' Roychoudhury S, Anderson KM, Ye J, Mukhopadhyay P (2023). Robust design and analysis of clinical trials with
#' nonproportional hazards: a straw man guidance from a cross-pharma working group. *Statistics in Biopharmaceutical
#' Research* 15:280-294.
#' @family estimators
#' @examplesIf requireNamespace("mvtnorm", quietly = TRUE)
#' test_maxcombo(Surv(time, status) ~ sex, data = survival::lung)
#' @export
test_maxcombo <- function(formula, data, weights, subset, na.action, cluster,
                          weightings = list(c(0, 0), c(1, 0), c(0, 1), c(1, 1)),
                          alternative = c("two.sided", "less", "greater"), timefix = TRUE, ...) {
  here <- environment()
  env <- parent.frame()
  if (missing(formula)) sm_abort("{.arg formula} is needed.", "formula")
  rlang::check_dots_empty()
  rlang::check_installed("mvtnorm", "for the p value of the MaxCombo test.")
  check_timefix(timefix, here)
  alternative <- pick_choice(alternative)
  weightings <- maxcombo_weightings(weightings, here)
  call <- match.call()
  design <- design_call(call, env, takes = character())
  frame <- survival_frame(design, env, c("subset", "weights", "cluster"), here)
  y <- rank_response(frame, call, here)
  groups <- logrank_groups(frame, stats::terms(design$formula, specials = "strata", data = design$data), here)
  if (nlevels(groups$group) != 2) {
    sm_abort(c("There must be two groups.", x = "There are {nlevels(groups$group)}."), "groups", here)
  }
  test <- largest_of_scores(rank_scores(y, groups, frame, weightings, timefix, here), weightings, alternative, here)
  test$n <- count_table(groups$group, "groups")
  result <- finish_rank_test(test, frame, design, "test_maxcombo")
  result$statistic <- c("Z" = test$statistic)
  result[c("parameter", "correlation", "which", "alternative")] <- list(NULL, test$correlation, test$which, alternative)
  result
}

maxcombo_weightings <- function(weightings, error_call) {
  pairs <- is.list(weightings) && length(weightings) > 0 &&
    all(vapply(weightings, function(w) is.numeric(w) && length(w) == 2 && all(is.finite(w)) && w[2] >= 0, NA))
  if (!pairs) {
    sm_abort("{.arg weightings} must be a list of pairs of numbers, rho and gamma (0 or more).", "weighting", error_call)
  }
  lapply(weightings, function(w) list(weighting = "fh", rho = w[1], gamma = w[2]))
}

# Scores of the second group: positive when it has more events than expected.
largest_of_scores <- function(scores, weightings, alternative, error_call) {
  second <- 2 * seq_along(weightings)
  covariance <- scores$variance[second, second, drop = FALSE]
  if (!all(diag(covariance) > 0)) {
    sm_abort("The test needs event times at which both groups are at risk.", "groups", error_call)
  }
  z <- scores$score[second] / sqrt(diag(covariance))
  correlation <- stats::cov2cor(covariance)
  size <- switch(alternative, two.sided = abs(z), less = -z, greater = z)
  largest <- max(size)
  lower <- if (alternative == "two.sided") -largest else -Inf
  inside <- with_seed(1, mvtnorm::pmvnorm(
    rep(lower, length(z)), rep(largest, length(z)), sigma = correlation,
    algorithm = mvtnorm::GenzBretz(maxpts = 1e6, abseps = 1e-6)
  ))
  labels <- vapply(weightings, function(w) paste0("(", w$rho, ", ", w$gamma, ")"), "")
  names(z) <- labels
  dimnames(correlation) <- list(labels, labels)
  list(
    statistic = largest, p.value = max(0, 1 - as.vector(inside)), z = z, correlation = correlation,
    which = labels[which.max(size)], observed = scores$observed, expected = scores$expected,
    score = scores$score[second], variance = covariance, df = NA,
    method = paste(c("MaxCombo test", if (scores$robust) "robust variance"), collapse = ", ")
  )
}
