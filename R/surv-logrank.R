#' Log-rank test
#'
#' Compares the survival of groups with the numbers and the object of [survival::survdiff()], in time linear in the
#' rows, also with hundreds of thousands of strata such as matched pairs.
#'
#' @param formula (formula) `Surv(time, status) ~ group`; add `strata(s)` to compare inside strata. With only an
#'   `offset(p)` on the right side, p the survival probability of each patient at its time, observed events are compared
#'   with expected ones.
#' @param data (data frame, cohort, matched cohort) where the variables are found. A matched cohort gives its matched
#'   rows; its pairs count only when `strata(subclass)` is in the formula.
#' @inheritParams fit_km
#' @param rho,gamma (numbers) weight of each event time, S(t-)^rho (1 - S(t-))^gamma with S the Kaplan-Meier estimate of
#'   the stratum: 0 and 0 is the log-rank test, `rho = 1` the Peto & Peto modification of the Gehan-Wilcoxon test,
#'   `gamma = 1` weighs late differences.
#' @param weighting (string) other weights: `"gehan"` the number at risk Y, `"tarone-ware"` its root, `"peto"` the
#'   product over event times up to t of 1 - d / (Y + 1).
#' @param weights (expression, n values, >= 0) case weights, such as those of a weighted or a k:1 matched cohort; the
#'   variance is then robust.
#' @param cluster (expression, n values) groups of rows whose outcomes belong together, such as matched sets; the
#'   variance is then robust. It tests the marginal hypothesis; `strata(subclass)` tests inside the sets.
#' @param trend (`TRUE`, or one number a group) test for a trend over the groups, with scores 1, 2, ... or these, in the
#'   order of the levels.
#' @param permutations (whole number) p value from as many random relabellings of the rows (inside strata) instead of
#'   the chi-squared distribution; 0 for none.
#' @param seed (whole number or NULL) of the permutations; the caller's random numbers stay as they were.
#' @param ... must be empty.
#' @return With only `rho`: an object of class `c("sm_survdiff", "survdiff")` with fields `n` (table of group sizes),
#'   `obs`, `exp` (weighted observed and expected events by group; a column a stratum when there are strata), `var`
#'   (matrix), `chisq`, `pvalue`, `strata` (table of their sizes), `na.action`, `call`.
#'
#'   With any of the other options or a `(start, stop]` response: an object of class `c("sm_logrank", "htest")` with
#'   `statistic`, `parameter` (degrees of freedom), `p.value`, `method`, `data.name`, `n`, `observed` and `expected`
#'   (events by group, without the weighting), `score` (weighted observed minus expected), `variance` (of the score),
#'   `z` (two groups: the signed root of the statistic, above 0 when the second group has more events), `na.action`,
#'   `call`.
#' @section Method: Mantel & Haenszel (1959), G-rho family of Harrington & Fleming (1982) and the weights of Fleming &
#'   Harrington (1991), Gehan (1965), Tarone & Ware (1977), Peto & Peto (1972). The variance is hypergeometric; with
#'   `weights` or `cluster` it is the sum over clusters of the squared influence of their rows on the score, under equal
#'   hazards and with the case weights taken as known (Lin & Wei 1989). A permutation p value is (1 + how many
#'   relabellings give as large a statistic) / (1 + `permutations`). Rows with a missing value are handled by
#'   `na.action`.
#' @section Errors:
#' `survmatch_error_response` when the response has several kinds of event, `survmatch_error_groups` when there are not
#' two groups, `survmatch_error_formula`, `survmatch_error_data`, `survmatch_error_offset`, `survmatch_error_weights`,
#' and others named after the argument.
#' @references Harrington DP, Fleming TR (1982). A class of rank test procedures for censored survival data. Biometrika
#'   69:553-566.
#'
#' Fleming TR, Harrington DP (1991). *Counting Processes and Survival Analysis*. Wiley.
#'
#' Tarone RE, Ware J (1977). On distribution-free tests for equality of survival distributions. *Biometrika* 64:156-160.
#' @family estimators
#' @examples
#' test_logrank(Surv(time, status) ~ sex, data = survival::lung)
#' test_logrank(Surv(time, status) ~ sex + strata(inst), data = survival::lung)$pvalue
#' test_logrank(Surv(time, status) ~ sex, data = survival::lung, gamma = 1)
#' @export
test_logrank <- function(formula, data, subset, na.action, rho = 0, timefix = TRUE, ..., gamma = 0,
                         weighting = c("fh", "gehan", "tarone-ware", "peto"), weights, cluster, trend = FALSE,
                         permutations = 0, seed = NULL) {
  here <- environment()
  env <- parent.frame()
  if (missing(formula)) sm_abort("{.arg formula} is needed.", "formula")
  rlang::check_dots_empty()
  check_timefix(timefix, here)
  check_rho(rho, here)
  call <- match.call()
  design <- design_call(call, env, takes = character())
  frame <- survival_frame(design, env, c("subset", "weights", "cluster"), here)
  options <- rank_options(list(weighting = pick_choice(weighting), rho = rho, gamma = gamma), trend, permutations, here)
  y <- rank_response(frame, call, here)
  terms <- stats::terms(design$formula, specials = "strata", data = design$data)
  if (is_rank_test(y, options, call) && is.null(attr(terms, "offset"))) {
    test <- compare_ranks(y, logrank_groups(frame, terms, here), frame, options, timefix, seed, here)
    return(finish_rank_test(test, frame, design))
  }
  test <- if (is.null(attr(terms, "offset"))) {
    groups <- logrank_groups(frame, terms, here)
    compare_groups(y, groups, rho, timefix, here)
  } else {
    compare_with_expected(y, frame, terms, rho, here)
  }
  finish_survdiff(test, frame, design)
}

check_rho <- function(rho, error_call) {
  if (!is.numeric(rho) || length(rho) != 1 || !is.finite(rho)) {
    sm_abort("{.arg rho} must be one finite number.", "rho", error_call)
  }
}

# The groups to compare and the strata inside which they are compared.
logrank_groups <- function(frame, terms, error_call) {
  labels <- attr(terms, "term.labels")
  variables <- rownames(attr(terms, "factors"))
  strata <- variables[attr(terms, "specials")$strata]
  groups <- unquoted(setdiff(labels, strata))
  if (length(groups) == 0) {
    sm_abort(c("{.arg formula} must name the groups to compare.", x = "Its right side has none."), "groups", error_call)
  }
  unknown <- setdiff(groups, names(frame))
  if (length(unknown) > 0) {
    sm_abort(c("Groups must be single variables.", x = "{.val {unknown[1]}} is an interaction.",
      i = "All combinations of the variables are compared anyway."), "formula", error_call)
  }
  group <- strata_of_columns(frame[groups])
  if (nlevels(group) < 2) {
    sm_abort(c("There must be at least two groups.", x = "There is only {.val {levels(group)}}."), "groups", error_call)
  }
  list(group = group, strata = logrank_strata(frame, strata))
}

logrank_strata <- function(frame, names) {
  if (length(names) == 0) return(NULL)
  if (length(names) == 1) return(frame[[names]])
  strata_of_columns(frame[names], shortlabel = TRUE)
}

compare_groups <- function(y, groups, rho, timefix, error_call) {
  group <- groups$group
  strata <- groups$strata
  used <- if (!is.null(strata)) drop_empty_levels(strata)
  n_strata <- max(1L, nlevels(used))
  core <- from_core(core_logrank(y, group, nlevels(group), used, n_strata, rho, timefix), "times", error_call)
  observed <- core$observed
  expected <- core$expected
  variance <- core$variance
  difference <- if (n_strata > 1) rowSums(observed) - rowSums(expected) else observed - expected
  informative <- (if (n_strata > 1) rowSums(expected) else expected) > 0
  chisq <- logrank_chisq(difference, variance, informative, error_call)
  test <- list(
    n = count_table(group, "groups"), obs = observed, exp = expected, var = variance, chisq = chisq,
    pvalue = stats::pchisq(chisq, sum(informative) - 1, lower.tail = FALSE)
  )
  if (!is.null(strata)) test$strata <- count_table(strata, "strata.keep")
  test
}

drop_empty_levels <- function(f) if (all(tabulate(f, nlevels(f)) > 0)) f else factor(f)

# Groups that could not have had an event give no degree of freedom; one of the others follows from the rest.
logrank_chisq <- function(difference, variance, informative, error_call) {
  if (sum(informative) < 2) return(0)
  d <- difference[informative][-1]
  v <- variance[informative, informative][-1, -1, drop = FALSE]
  solved <- tryCatch(solve(v, d), error = function(e) {
    sm_abort(c(
      "The test needs event times at which more than one group is at risk.",
      x = "The variance of observed minus expected events is singular."
    ), "groups", error_call)
  })
  sum(solved * d)
}

# table(f) without pasting its levels.
count_table <- function(f, name) {
  dims <- stats::setNames(list(levels(f)), name)
  structure(tabulate(f, nlevels(f)), dim = nlevels(f), dimnames = dims, class = "table")
}

# One sample against a reference: the offset is each patient's expected survival at its own time.
compare_with_expected <- function(y, frame, terms, rho, error_call) {
  if (length(attr(terms, "factors")) > 0 && length(attr(terms, "term.labels")) > 0) {
    sm_abort("{.arg formula} must not have both an offset and groups.", "offset", error_call)
  }
  p <- as.numeric(frame[[attr(terms, "offset")]])
  if (any(p < 0 | p > 1)) {
    bad <- which(p < 0 | p > 1)
    sm_abort(c("The offset must be a survival probability, from 0 to 1.",
      x = "{length(bad)} value{?s} {?is/are} not, first in row {bad[1]}."), "offset", error_call)
  }
  status <- y[, 2]
  expected <- sum(-log(p))
  observed <- sum(status)
  if (rho == 0) {
    variance <- expected
    difference <- observed - expected
  } else {
    difference <- sum(1 / rho - (1 / rho + status) * p^rho)
    variance <- sum(1 - p^(2 * rho)) / (2 * rho)
  }
  chisq <- difference^2 / variance
  list(
    n = nrow(y), obs = observed, exp = expected, var = variance, chisq = chisq,
    pvalue = stats::pchisq(chisq, df = 1, lower.tail = FALSE)
  )
}

finish_survdiff <- function(test, frame, design) {
  omitted <- attr(frame, "na.action")
  if (length(omitted) > 0) test$na.action <- omitted
  test$call <- fit_call(design, "test_logrank")
  class(test) <- c("sm_survdiff", "survdiff")
  attr(test, "survmatch") <- survmatch_notes(design)
  test
}
