#' The propensity score
#'
#' The probability of treatment given the covariates, by logistic regression, with what a reader wants to know of it:
#' how well it tells the arms apart and where they overlap.
#'
#' @param formula (formula) `treatment ~ covariates`; default the formula of a cohort. The treatment is 0/1, logical, or
#'   has two levels, the second being the treated arm.
#' @param data (data frame or `cohort`) one row a patient.
#' @param method (string) `"logistic"`.
#' @param weights (numeric or NULL) case weights, a column or expression of `data`.
#' @return An object of class `propensity`: a list with `coefficients`, `std.error` (named, NA where aliased), `vcov`,
#'   `fitted` (the score, n values), `linear` (its logit), `treat` (n values, 0 or 1), `c_statistic`, `overlap` (data
#'   frame: range and quartiles of the score by arm, patients outside the other arm's range), `deviance`,
#'   `null.deviance`, `aic`, `rank`, `df.residual`, `iter`, `converged`, `separated` (logical), `formula`, `terms`,
#'   `xlevels`, `contrasts`, `weights`, `data`, `call`. `tidy()`, `glance()`, `predict()`, `coef()`, `vcov()`,
#'   `fitted()` and [autoplot()] work.
#' @section Method:
#' Iteratively reweighted least squares with the start, rank and convergence rules of [stats::glm()]: the numbers agree
#' with `glm(family = binomial)`. Covariates that are combinations of others have NA. Missing values are refused: nobody
#' is dropped silently. The c-statistic describes how different the arms are, not how good the score is.
#' @section Errors:
#' `survmatch_error_propensity` (no formula, a treatment without two arms, an unknown method),
#' `survmatch_error_missing`, `survmatch_error_weights`. Warnings: `survmatch_warning_separation` when scores are
#' numerically 0 or 1 or the fit does not converge.
#' @references Rosenbaum PR, Rubin DB (1983). The central role of the propensity score in observational studies for
#' causal effects. Biometrika 70:41-55.
#'
#' Hanley JA, McNeil BJ (1982). The meaning and use of the area under a receiver operating characteristic (ROC) curve.
#' Radiology 143:29-36.
#' @family propensity
#' @examples
#' score <- fit_propensity(hormon ~ age + grade + log1p(nodes), data = survival::rotterdam)
#' score
#' tidy(score)
#' @export
fit_propensity <- function(formula = NULL, data, method = "logistic", weights = NULL) {
  call <- match.call()
  formula <- propensity_formula(formula, data)
  if (!identical(method, "logistic")) {
    sm_abort(
      c(
        "{.arg method} must be {.val logistic}.",
        i = "Other models: fit them and give their score to {.fn match_cohort} as {.arg distance}."
      ),
      "propensity"
    )
  }
  frame <- propensity_frame(formula, data)
  weights <- propensity_weights(rlang::enquo(weights), data)
  treat <- propensity_treat(stats::model.response(frame), cohort_roles(data))
  x <- design_matrix(attr(frame, "terms"), frame, rlang::current_env(), "propensity")
  intercept <- attr(attr(frame, "terms"), "intercept") == 1
  fit <- core_fit_logistic(x, treat, weights %||% numeric(), intercept)
  object <- new_propensity(fit, frame, x, treat, weights, formula, data, call)
  warn_separation(object, fit)
  object
}

propensity_formula <- function(formula, data, call = rlang::caller_env()) {
  if (is.null(formula) && inherits(data, "cohort")) {
    formula <- stats::formula(data)
    environment(formula) <- globalenv()
  }
  if (!inherits(formula, "formula") || length(formula) != 3) {
    sm_abort(
      c("{.arg formula} must be {.code treatment ~ covariates}.", x = "It is {.obj_type_friendly {formula}}."),
      "propensity", call
    )
  }
  if (!is.data.frame(data)) sm_abort(
    c("{.arg data} must be a data frame.", x = "It is {.obj_type_friendly {data}}."), "propensity", call
  )
  formula
}

# The model frame; missing values are refused, with their counts.
propensity_frame <- function(formula, data, call = rlang::caller_env()) {
  frame <- tryCatch(stats::model.frame(
    formula, data = data, na.action = stats::na.pass, drop.unused.levels = TRUE
  ), error = function(e) {
    sm_abort(
      c("The variables of the score must be found in {.arg data}.", x = "{conditionMessage(e)}"), "propensity", call
    )
  })
  if (nrow(frame) == 0) sm_abort("{.arg data} must have rows.", "propensity", call)
  incomplete <- which(!stats::complete.cases(frame))
  if (length(incomplete) > 0) {
    columns <- names(frame)[vapply(frame, anyNA, NA)]
    sm_abort(c(
      "The variables of the score must be complete.",
      x = "{length(incomplete)} row{?s} {?is/are} not, first row {incomplete[1]}: {.field {columns}}.",
      i = "Impute the values, or leave those patients out with their count."
    ), "missing", call)
  }
  infinite <- lapply(frame, function(column) if (is.numeric(column)) which(rowSums(is.infinite(as.matrix(column))) > 0))
  columns <- names(frame)[lengths(infinite) > 0]
  if (length(columns) > 0) {
    rows <- sort(unique(unlist(infinite)))
    sm_abort(c(
      "The variables of the score must be finite.",
      x = "{length(rows)} row{?s} {?is/are} not, first row {rows[1]}: {.field {columns}}."
    ), "propensity", call)
  }
  frame
}

propensity_weights <- function(quo, data, call = rlang::caller_env()) {
  weights <- rlang::eval_tidy(quo, data)
  if (is.null(weights)) return(NULL)
  wrong <- if (is.numeric(weights)) which(is.na(weights) | weights < 0 | is.infinite(weights)) else 1L
  if (length(wrong) > 0 || length(weights) != nrow(data)) {
    sm_abort(
      c(
        "{.arg weights} must be one finite number a patient, not negative.",
        x = "{length(wrong)} {?is/are} not, of {length(weights)}."
      ),
      "weights", call
    )
  }
  as.double(weights)
}

# 0 and 1 as integers; a cohort knows its treated arm, else it is the second level.
propensity_treat <- function(response, roles, call = rlang::caller_env()) {
  if (!is.atomic(response) || length(response) == 0) {
    sm_abort(c("The treatment must be a column with rows.", x = "It is {.obj_type_friendly {response}}."), "propensity", call)
  }
  if (anyNA(response)) sm_abort(c(
    "The treatment must not be missing.",
    x = "{sum(is.na(response))} value{?s} {?is/are} missing, first in row {which(is.na(response))[1]}."
  ), "propensity", call)
  values <- if (is.factor(response)) levels(droplevels(response)) else sort(unique(response))
  if (length(values) != 2 || !is.null(dim(response))) {
    sm_abort(c("The treatment must have two arms with patients.", x = "It has {length(values)}."), "propensity", call)
  }
  treated <- if (!is.null(roles) && as.character(roles$treated) %in% as.character(values)) as.character(roles$treated) else as.character(values[2])
  if (is.numeric(response)) return(as.integer(response == as.numeric(treated)))
  as.integer(as.character(response) == treated)
}

new_propensity <- function(fit, frame, x, treat, weights, formula, data, call) {
  rows <- as.character(attr(frame, "row.names"))
  blank <- function(values) replace(values, fit$aliased, NA)
  vcov <- fit$covariance
  vcov[fit$aliased, ] <- NA
  vcov[, fit$aliased] <- NA
  dimnames(vcov) <- list(colnames(x), colnames(x))
  object <- list(
    coefficients = stats::setNames(blank(fit$coefficients), colnames(x)), std.error = stats::setNames(
      blank(sqrt(diag(fit$covariance))), colnames(x)
    ), vcov = vcov,
    fitted = stats::setNames(fit$fitted, rows), linear = stats::setNames(fit$linear, rows),
    treat = stats::setNames(treat, rows),
    c_statistic = core_c_statistic(fit$linear, treat), overlap = score_overlap(fit$fitted, treat),
    deviance = fit$deviance, null.deviance = fit$null_deviance, rank = sum(!fit$aliased),
    df.residual = sum(weights %||% 1 > 0) * (if (is.null(weights)) nrow(frame) else 1) - sum(!fit$aliased),
    iter = fit$iterations, converged = fit$converged,
    separated = fit$on_the_boundary > 0 || !fit$converged, formula = formula, terms = attr(frame, "terms"),
    xlevels = stats::.getXlevels(attr(frame, "terms"), frame), contrasts = attr(x, "contrasts"), weights = weights,
    data = data, call = call
  )
  object$aic <- binomial_aic(treat, fit$fitted, weights) + 2 * object$rank
  structure(object, class = "propensity")
}

# stats::binomial()$aic for one trial a patient.
binomial_aic <- function(y, mu, weights) {
  if (is.null(weights)) return(-2 * sum(log(ifelse(y == 1, mu, 1 - mu))))
  used <- weights > 0
  -2 * sum(suppressWarnings(stats::dbinom(round(weights * y)[used], round(weights)[used], mu[used], log = TRUE)))
}

score_overlap <- function(score, treat) {
  by_arm <- split(score, factor(treat, 0:1))
  outside <- function(mine, other) sum(mine < min(other) | mine > max(other))
  rows <- lapply(1:2, function(k) {
    q <- stats::quantile(by_arm[[k]], c(0, 0.25, 0.5, 0.75, 1), names = FALSE)
    data.frame(
      treat = k - 1L, n = length(by_arm[[k]]), min = q[1], q1 = q[2], median = q[3], q3 = q[4], max = q[5],
      outside = outside(by_arm[[k]], by_arm[[3 - k]])
    )
  })
  do.call(rbind, rows)
}

warn_separation <- function(object, fit, call = rlang::caller_env()) {
  if (!object$separated) return(invisible())
  extreme <- sum(object$fitted < 1e-8 | object$fitted > 1 - 1e-8)
  sm_warn(c(
    "The covariates separate the arms.",
    x = if (extreme > 0) "{extreme} score{?s} {?is/are} numerically 0 or 1." else "The fit did not converge in {object$iter} iterations.",
    i = "Some patients were certain to be treated, or not: look for the covariate that decides, and leave it out or restrict the cohort."
  ), "separation", call)
}
