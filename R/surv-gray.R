#' Gray's test of cumulative incidences
#'
#' Compares the cumulative incidence of each kind of event between groups, with the numbers of `cmprsk::cuminc()`.
#'
#' @param formula (formula) `Surv(time, status) ~ group` with a factor as status, its first level for the censored; add
#'   `strata(s)` to compare inside strata.
#' @inheritParams test_logrank
#' @param data (data frame, cohort, matched cohort) where the variables are found. A matched cohort gives its matched
#'   rows; its pairs count only when `strata(subclass)` is in the formula.
#' @param etype (character) the kinds of event to test; by default all.
#' @param rho (number) weight of each event time, (1 - F(t-))^rho with F the pooled incidence: 0 weighs all alike.
#' @return An object of class `c("sm_gray", "htest")`. With one kind of event: `statistic` (chi-squared), `parameter`
#'   (degrees of freedom), `p.value`, `method`, `data.name`. With several, these of the first kind; `tests` is a data
#'   frame with a row a kind: `etype`, `statistic`, `df`, `p.value`. Besides, `n` (table of group sizes), `score` and
#'   `variance` (lists by kind), `na.action`, `call`.
#' @section Method:
#' The score of a group is the sum over event times of weight times (its events of the kind minus all of them times its
#' share of the subdistribution risk set). Its covariance is Gray's, with the correction for tied events of the
#' programme by Gray. Strata add scores and covariances; statistic = score' variance^-1 score over all groups but the
#' last. Rows count once: case weights are refused.
#' @section Errors: as [test_logrank()]; `survmatch_error_response` when there is one kind of event,
#'   `survmatch_error_etype` for an unknown kind.
#' @references Gray RJ (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk.
#'   Annals of Statistics 16:1141-1154.
#' @family competing risks
#' @examples
#' patients <- survival::mgus2
#' patients$time <- ifelse(patients$pstat == 1, patients$ptime, patients$futime)
#' kind <- ifelse(patients$pstat == 1, 1, 2 * patients$death)
#' patients$state <- factor(kind, 0:2, c("censored", "pcm", "death"))
#' test_gray(Surv(time, state) ~ sex, data = patients)
#' @export
test_gray <- function(formula, data, subset, na.action, etype = NULL, rho = 0, timefix = TRUE, ...) {
  here <- environment()
  env <- parent.frame()
  if (missing(formula)) sm_abort("{.arg formula} is needed.", "formula")
  rlang::check_dots_empty()
  check_timefix(timefix, here)
  check_rho(rho, here)
  design <- design_call(match.call(), env, takes = character())
  frame <- survival_frame(design, env, "subset", here)
  y <- survival_response(frame, "test_gray", here)
  check_competing_response(y, here)
  if (attr(y, "type") == "mcounting") sm_abort(c(
    "{.fn test_gray} takes no entry times.", i = "{.fn fit_finegray} of the groups does."
  ), "unsupported", here)
  kinds <- kinds_of_event(y, etype, here)
  terms <- stats::terms(design$formula, specials = "strata", data = design$data)
  groups <- logrank_groups(frame, terms, here)
  tests <- lapply(kinds, function(kind) gray_of_kind(y, groups, kind, rho, timefix, here))
  finish_gray(stats::setNames(tests, kinds), groups, frame, design)
}

kinds_of_event <- function(y, etype, error_call) {
  if (is.null(etype)) return(attr(y, "states"))
  vapply(etype, function(kind) event_kind(y, kind, error_call), "", USE.NAMES = FALSE)
}

gray_of_kind <- function(y, groups, kind, rho, timefix, error_call) {
  strata <- if (!is.null(groups$strata)) as.integer(drop_empty_levels(groups$strata))
  k <- nlevels(groups$group)
  core <- from_core(core_gray(
    as.double(unclass(y)[, "time"]), kind_codes(y, kind), as.integer(groups$group), k, strata %||% integer(),
    max(1L, strata), rho, timefix
  ), "times", error_call)
  variance <- matrix(core$variance, k, k)
  c(list(score = core$score, variance = variance), gray_statistic(core$score, variance))
}

gray_statistic <- function(score, variance) {
  used <- seq_len(length(score) - 1)
  inner <- variance[used, used, drop = FALSE]
  solved <- tryCatch(solve(inner, score[used]), error = function(e) NULL)
  # a group that nobody can compare with the others leaves no statistic
  statistic <- if (is.null(solved)) NA_real_ else sum(solved * score[used])
  list(statistic = statistic, df = length(used), p.value = stats::pchisq(statistic, length(used), lower.tail = FALSE))
}

finish_gray <- function(tests, groups, frame, design) {
  rows <- data.frame(
    etype = names(tests), statistic = vapply(tests, `[[`, 0, "statistic"),
    df = vapply(tests, `[[`, 0L, "df"), p.value = vapply(tests, `[[`, 0, "p.value"), row.names = NULL
  )
  result <- list(
    statistic = c("chi-squared" = rows$statistic[1]), parameter = c(df = rows$df[1]), p.value = rows$p.value[1],
    method = paste0("Gray's test of cumulative incidence", if (!is.null(groups$strata)) ", stratified"),
    data.name = deparse1(design$formula), tests = rows, n = count_table(groups$group, "groups"),
    score = lapply(tests, `[[`, "score"), variance = lapply(tests, `[[`, "variance")
  )
  omitted <- attr(frame, "na.action")
  if (length(omitted) > 0) result$na.action <- omitted
  result$call <- fit_call(design, "test_gray")
  structure(result, class = c("sm_gray", "htest"), survmatch = survmatch_notes(design))
}

#' @rdname test_gray
#' @param x (sm_gray) what `test_gray()` returned.
#' @export
print.sm_gray <- function(x, ...) {
  cat(x$method, "\n", x$data.name, "\n\n", sep = "")
  shown <- x$tests
  shown$statistic <- format_number(shown$statistic, 3)
  shown$p.value <- format_p(shown$p.value)
  print(shown, row.names = FALSE)
  if (length(x$na.action) > 0) cat(length(x$na.action), " rows with missing values are left out\n", sep = "")
  print_rule(x)
  invisible(x)
}

#' @rdname test_gray
#' @export
tidy.sm_gray <- function(x, ...) x$tests
