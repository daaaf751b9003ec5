#' Test proportional hazards
#'
#' `survival::cox.zph()` with its arguments, its object and its numbers: for each term the score test of a coefficient
#' for its product with a function of time, and the scaled Schoenfeld residuals that show how the coefficient changes.
#'
#' @param fit (coxph) a fit of [fit_cox()] or [survival::coxph()].
#' @param transform (string or function) the function of time: `"km"`, `"rank"`, `"identity"`, `"log"`, or a function
#'   that takes all times at once.
#' @param terms (flag) one test a term of the formula; `FALSE`: one a coefficient.
#' @param singledf (flag) test a term of several coefficients with one degree of freedom, along its fitted effect.
#' @param global (flag) add the test of all terms together.
#'
#' @return An object of class `c("sm_zph", "cox.zph")`: `table` (matrix, a row a term and `GLOBAL`: `chisq`, `df`, `p`),
#'   `x` (transformed times of the events), `time`, `strata` (if any), `y` (matrix, scaled Schoenfeld residuals plus the
#'   coefficient, a row an event), `var`, `transform`, `call`. `tidy()` gives `term`, `statistic`, `df`, `p.value`.
#'
#' @section Errors:
#' Class `survmatch_error_ph`: a fit without covariates or without events, with penalised or `tt()` terms, or
#' multi-state.
#'
#' @section Method:
#' The score test of `gamma = 0` in a model with `x (beta + gamma g(t))` for each covariate, with the information at
#' `gamma = 0` exact. Tied deaths as in the fit. The case weights count in the score and the information as if they were
#' numbers of patients, and clusters not at all: after matching or weighting use [test_ph_robust()].
#'
#' @references
#' Grambsch PM, Therneau TM (1994). Proportional hazards tests and diagnostics based on weighted residuals. *Biometrika*
#' 81:515-526.
#' @family survival estimators
#' @examples
#' test_ph(fit_cox(Surv(time, status) ~ age + sex, data = survival::lung))
#' @export
test_ph <- function(fit, transform = "km", terms = TRUE, singledf = FALSE, global = TRUE) {
  call <- match.call()
  name <- ph_transform_name(transform, substitute(transform))
  for (flag in c("terms", "singledf", "global")) check_flag(get(flag), flag, rlang::current_env(), "ph")
  check_ph_fit(fit)
  parts <- cox_parts(fit)
  time <- ph_time(parts, transform)
  data <- ph_data(parts)
  efron <- fit$method == "efron"
  derivatives <- core_zph(data, parts$predictor, efron, time - mean(time[parts$status == 1]))
  groups <- ph_terms(fit, terms)
  table <- ph_table(derivatives, groups, fit$coefficients[parts$kept], singledf && terms, global)
  new_sm_zph(ph_residuals(parts, data, derivatives, groups, terms, time, efron), table, name, call, parts)
}

check_ph_fit <- function(fit, error_call = rlang::caller_env()) {
  problem <- if (!inherits(fit, "coxph")) {
    "It is {.obj_type_friendly {fit}}."
  } else if (inherits(fit, "sm_finegray")) {
    "It is a Fine-Gray fit: use {.fn survival::cox.zph} on {.fn survival::finegray} data."
  } else if (inherits(fit, c("coxphms", "coxph.penal")) || length(attr(stats::terms(fit), "specials")$tt) > 0) {
    "It has several states, penalised terms or time transforms: use {.fn survival::cox.zph}."
  } else if (inherits(fit, "coxph.null") || length(fit$coefficients) == 0) {
    "It has no covariates."
  } else if (fit$nevent == 0) {
    "There were no events."
  } else if (all(is.na(fit$coefficients))) {
    "None of its coefficients could be estimated."
  }
  if (!is.null(problem)) sm_abort(
    c("{.arg fit} must be a Cox model with covariates and events.", x = problem), "ph", error_call
  )
}

ph_transform_name <- function(transform, expression, error_call = rlang::caller_env()) {
  known <- c("km", "rank", "identity", "log")
  if (is.function(transform)) {
    name <- deparse(expression)
    return(if (length(name) > 1) "user" else name)
  }
  if (is.character(transform) && length(transform) == 1 && transform %in% known) return(transform)
  sm_abort("{.arg transform} must be a function or one of {.val {known}}.", "ph", error_call)
}

# Response, covariates, strata, weights and clusters of a fit, kept ones taken from it and the others made again.
cox_parts <- function(fit) {
  stratified <- length(attr(fit$terms, "specials")$strata) > 0
  clustered <- !is.null(fit$call$cluster) || !is.null(fit$call$id)
  needed <- is.null(fit$y) || (stratified && is.null(fit$strata)) || clustered || !is.null(attr(fit$terms, "offset"))
  x <- fit[["x"]] %||% if (!needed) plain_covariates(fit)
  frame <- if (needed || is.null(x)) stats::model.frame(fit)
  y <- if (is.null(fit$y)) stats::model.response(frame) else fit$y
  if (is.null(fit$y) && !isFALSE(fit$timefix)) y <- join_tied_times(y)
  kept <- !is.na(fit$coefficients)
  x <- x %||% stats::model.matrix(fit, data = frame)
  strata <- if (stratified) fit$strata %||% strata_of_frame(fit$terms, frame)
  cluster <- if (!is.null(frame)) stats::model.extract(frame, "cluster") %||% stats::model.extract(frame, "id")
  list(
    y = y, counting = ncol(y) == 3, time = response_column(y, ncol(y) - 1L), status = response_column(y, ncol(y)), x = x[, kept, drop = FALSE],
    kept = kept,
    coefficients = fit$coefficients[kept],
    strata = strata, weights = fit$weights %||% rep(1, nrow(y)), weighted = !is.null(fit$weights),
    group = cluster, cluster = if (!is.null(fit$naive.var)) cluster, robust = !is.null(fit$naive.var),
    predictor = as.double(fit$linear.predictors - mean(fit$linear.predictors)),
    competing = attr(fit, "survmatch")$competing, frame = frame
  )
}

# The columns of the data when all terms are plain numeric ones and no row was left out: what model.matrix() gives.
plain_covariates <- function(fit) {
  labels <- attr(fit$terms, "term.labels")
  plain <- all(attr(fit$terms, "order") == 1) && is.null(fit$na.action) && is.null(fit$call$subset)
  if (!plain || is.null(fit$call$data)) return(NULL)
  data <- tryCatch(eval(fit$call$data, environment(fit$terms)), error = function(e) NULL)
  if (!is.data.frame(data) || nrow(data) != fit$n[1] || !all(labels %in% names(data))) return(NULL)
  x <- bind_numeric(unclass(data)[labels])
  if (is.null(x) || has_missing(x)) NULL else x
}

strata_of_frame <- function(terms, frame) {
  strata_of_columns(frame[survival::untangle.specials(terms, "strata", 1)$vars], shortlabel = TRUE)
}

ph_data <- function(parts, offset = double(), centred = 0L) {
  if (!is.null(parts$competing)) return(finegray_data(parts, parts$x, offset, rep(centred, ncol(parts$x))))
  core_cox_data(
    double_matrix(parts$y), NULL, as.integer(parts$strata), as.double(parts$weights), offset, parts$x,
    rep(centred, ncol(parts$x))
  )
}

transformed_time <- function(transform, time, error_call = rlang::caller_env(2)) {
  values <- transform(time)
  if (is.numeric(values) && length(values) == length(time)) return(values)
  sm_abort(c(
    "{.arg transform} must take all times at once and return as many numbers.",
    x = "It returned {.obj_type_friendly {values}} of length {length(values)} for {length(time)} times."
  ), "ph", error_call)
}

ph_time <- function(parts, transform) {
  time <- parts$time
  if (is.function(transform)) return(transformed_time(transform, time))
  switch(transform,
    identity = time,
    rank = rank(time),
    log = log(time),
    km = core_km_scale(
      if (parts$counting) response_column(parts$y, 1L) else double(), time, as.integer(parts$status)
    )
  )
}

# The columns of each term among the coefficients that were estimated.
ph_terms <- function(fit, terms) {
  kept <- which(!is.na(fit$coefficients))
  groups <- if (terms) fit$assign else stats::setNames(as.list(seq_along(fit$coefficients)), names(fit$coefficients))
  groups <- lapply(groups, function(columns) which(kept %in% columns))
  groups[lengths(groups) > 0]
}

# One score test a group of added coefficients, the covariates' own coefficients free.
ph_table <- function(derivatives, groups, coefficients, singledf, global) {
  p <- length(coefficients)
  own <- seq_len(p)
  one <- function(columns, singledf = FALSE) {
    at <- c(own, columns + p)
    information <- derivatives$imat[at, at]
    score <- derivatives$u[columns + p]
    if (singledf && length(columns) > 1) {
      b <- coefficients[columns]
      variance <- solve_information(information)[-own, -own]
      return(c(sum(b * score)^2 * drop(b %*% variance %*% b), 1))
    }
    full <- c(rep(0, p), score)
    c(drop(solve_information(information, full) %*% full), length(columns))
  }
  tests <- vapply(groups, one, c(chisq = 0, df = 0), singledf = singledf)
  if (global) tests <- cbind(tests, GLOBAL = one(own))
  cbind(t(tests), p = stats::pchisq(tests["chisq", ], tests["df", ], lower.tail = FALSE))
}

# solve(), or why there is no test.
solve_information <- function(information, ..., call = rlang::caller_env(2)) {
  tryCatch(solve(information, ...), error = function(e) {
    sm_abort(c(
      "The events must carry information about a change with time.", x = "Its matrix is singular: {conditionMessage(e)}"
    ), "ph", call)
  })
}

new_sm_zph <- function(residuals, table, name, call, parts) {
  result <- c(list(table = table), residuals, list(transform = name, call = call))
  ignored <- c(if (parts$robust) "clusters", if (parts$weighted) "case weights")
  structure(result, class = c("sm_zph", "cox.zph"), survmatch = list(ignored = ignored))
}
