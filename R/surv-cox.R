#' Cox regression
#'
#' `survival::coxph()` with its arguments, its object and its numbers, computed in C++ in linear time after one sort.
#' With a matched or weighted cohort as `data` the weights and the matched sets of the design are used.
#'
#' @param formula (formula) a [Surv()] response, right-censored or `(start, stop]`, and the covariates. `strata()`,
#'   `cluster()` and `offset()` mean what they mean in [survival::coxph()].
#' @param data (data frame, or a cohort that [match_cohort()] or another design made) where the variables are found. With
#'   [match_imputations()] the model is fitted in every imputed table and pooled, see [pooled-cox].
#' @param weights,cluster,id (expressions, n values) case weights (> 0), groups of correlated rows, and the person that
#'   a row belongs to, found in `data`.
#' @param subset (expression) the rows to use.
#' @param na.action (function) what happens to rows with missing values; by default `getOption("na.action")`.
#' @param init (numeric, one a coefficient) starting values; 0 by default.
#' @param control (list) of [survival::coxph.control()]. Its elements can also be given as `...`.
#' @param ties,method (string) `"efron"`, `"breslow"` or `"exact"`. `method` is an older name of the same argument.
#' @param singular.ok (flag) `FALSE`: a redundant covariate is an error, and not an `NA` coefficient.
#' @param robust (flag) the sandwich variance; by default when there are clusters, weights that are not whole numbers or
#'   an `id` with more than one event.
#' @param model,x,y (flag) keep the model frame, the model matrix, the response in the fit.
#' @param tt,istate,statedata refused: [survival::coxph()] does time transforms and multi-state models. For a
#'   coefficient that changes with time see [test_ph_robust()].
#' @param nocenter (numeric) columns that hold only these values keep their origin in `means` and the linear predictor.
#' @param penalty (string) `"firth"`: maximise the likelihood times the root of the determinant of its information,
#'   which has a finite maximum also when a group has no events.
#' @param ... elements of `control`.
#'
#' @return An object of class `c("sm_coxph", "coxph")` with the fields of survival 3.8: `coefficients` (named, log
#'   hazard ratios, `NA` for redundant columns), `var`, `naive.var` (if robust), `loglik` (at the start, at the end),
#'   `score`, `rscore`, `wald.test`, `iter`, `linear.predictors`, `residuals` (martingale), `means`, `concordance`, `n`,
#'   `nevent`, `terms`, `y`, `formula`, `call` and so on. Functions for a `coxph` take it. A model without covariates
#'   has class `c("sm_coxph", "coxph.null", "coxph")`. The attribute `survmatch` holds the evaluated formula, the roles
#'   of a cohort's columns, and the rule for the variance. With a [survival::ridge()] term the class is
#'   `c("sm_coxph", "coxph.penal", "coxph")`, with `var2`, `df`, `penalty`, `history` and the other fields of survival's
#'   penalised fits.
#'
#' @section Errors:
#' Classed `survmatch_error_*`: a response that is not a right-censored or `(start, stop]` [Surv()]; `tt()`,
#' `frailty()`, `pspline()` and multi-state models, with the function that does them; weights that are not
#' positive; infinite covariates; no rows left. Classed `survmatch_warning_*`: no convergence, and coefficients that may
#' be infinite.
#'
#' @section Method:
#' The log partial likelihood is maximised by Newton's method with step halving; a fit that does not converge, and one
#' in which columns are redundant, end in the same state as survival's. Tied deaths share their risk set by Efron's
#' rule, which takes them out one after the other with the mean of their risks, or by Breslow's; `"exact"` is the
#' conditional likelihood over all subsets. With `penalty = "firth"` `loglik`, and with it the likelihood ratio test, is
#' that of the penalised likelihood, `var` the inverse of the information, [confint()] and `tidy(conf.int = TRUE)` give
#' the limits of the penalised profile likelihood, and the variance is never robust, as with `ridge()`, which takes half
#' the sum of theta times the squared coefficients (times the variance of each column where `scale = TRUE`) from the log
#' likelihood: `theta` is given, or found for degrees of freedom (Gray 1992). Times that differ by a rounding
#' error are tied first ([survival::aeqSurv()]). The robust variance is that of Lin and Wei, with score residuals summed
#' by cluster. Rows with missing values are left out as `na.action` says, and counted in the print. A data set without
#' any event gives `NA` coefficients.
#'
#' @references
#' Cox DR (1972). Regression models and life-tables. *J R Stat Soc B* 34:187-220.
#'
#' Heinze G, Schemper M (2001). A solution to the problem of monotone likelihood in Cox regression. *Biometrics*
#' 57:114-119.
#'
#' Efron B (1977). The efficiency of Cox's likelihood function for censored data. *J Am Stat Assoc* 72:557-565.
#'
#' Gray RJ (1992). Flexible methods for analyzing survival data using splines, with applications to breast cancer prognosis.
#' *J Am Stat Assoc* 87:942-951.
#'
#' Lin DY, Wei LJ (1989). The robust inference for the Cox proportional hazards model. *J Am Stat Assoc* 84:1074-1078.
#'
#' Therneau TM, Grambsch PM (2000). *Modeling Survival Data: Extending the Cox Model*. Springer.
#' @family survival estimators
#' @examples
#' fit_cox(Surv(time, status) ~ age + strata(sex), data = survival::lung)
#' @export
fit_cox <- function(formula, data, weights, subset, na.action, init, control, ties = c("efron", "breslow", "exact"),
                    singular.ok = TRUE, robust, model = FALSE, x = FALSE, y = TRUE, tt, method = ties, id, cluster,
                    istate, statedata, nocenter = c(-1, 0, 1), penalty = c("none", "firth"), ...) {
  call <- match.call()
  imputations <- imputations_of(call, parent.frame())
  if (!is.null(imputations)) return(pool_fits(call, imputations, parent.frame()))
  ties <- cox_ties(pick_choice(ties, partial = TRUE), if (missing(method)) NULL else method)
  if (missing(formula)) sm_abort("{.arg formula} is required.", "formula")
  penalty <- pick_choice(penalty, partial = TRUE)
  for (flag in c("model", "x", "y", "singular.ok")) check_flag(get(flag), flag, rlang::current_env(), "argument")
  cox_refuse_arguments(call)
  control <- cox_control(if (missing(control)) NULL else control, list(...), penalty)
  design <- cox_design(call, parent.frame())
  frame <- cox_frame(
    design, na.action = if (missing(na.action)) NULL else na.action, timefix = control$timefix, keep = model
  )
  design <- frame$design
  robust <- if ("robust" %in% names(design$call)) design_flag(design, if (!missing(robust)) robust)
  variance <- cox_clusters(frame, robust, penalty)
  matrix <- cox_matrix(frame, keep = x)

  if (frame$events == 0) {
    fit <- cox_without_events(frame, matrix, ties)
  } else {
    init <- cox_init(if (missing(init)) NULL else init, matrix)
    check_cox_numbers(frame, matrix$x, ties, variance)
    problem <- cox_problem(frame, matrix$x, ties, nocenter)
    fit <- cox_estimate(frame, matrix, problem, variance, init, control, singular.ok, penalty)
    fit$concordance <- core_concordance(problem$data, fit$linear.predictors, variance$code, variance$count)
    fit <- cox_keep(fit, frame, matrix, model = model, x = x, y = y, control = control)
  }
  new_sm_coxph(fit, frame, design, penalty)
}

cox_ties <- function(ties, method, error_call = rlang::caller_env()) {
  if (is.null(method)) return(ties)
  known <- c("efron", "breslow", "exact")
  found <- if (is.character(method)) pmatch(method[1], known) else NA
  if (is.na(found)) sm_abort("{.arg method} must be one of {.val {known}}.", "ties", error_call)
  known[found]
}

cox_refuse_arguments <- function(call, error_call = rlang::caller_env()) {
  refused <- intersect(c("tt", "istate", "statedata"), names(call))
  if (length(refused) == 0) return(invisible())
  what <- if ("tt" %in% refused) "time transforms" else "multi-state models"
  sm_abort(c(
    "{.fn fit_cox} does not fit {what}.",
    x = "You gave {.arg {refused}}.",
    i = "Use {.fn survival::coxph}; for a coefficient that changes with time see {.fn test_ph_robust}."
  ), "unsupported", error_call)
}

cox_control <- function(control, dots, penalty, error_call = rlang::caller_env()) {
  if (penalty == "firth" && is.null(control$iter.max) && is.null(dots$iter.max)) dots$iter.max <- 200
  known <- names(formals(survival::coxph.control))
  unknown <- names(dots)[is.na(pmatch(names(dots), known, duplicates.ok = TRUE))]
  if (length(dots) > 0 && (is.null(names(dots)) || length(unknown) > 0)) {
    sm_abort(c("Unknown argument {.arg {unknown}}.", i = "{.arg ...} takes elements of {.fn survival::coxph.control}."),
      "argument", error_call
    )
  }
  if (!is.null(control) && !is.list(control)) sm_abort("{.arg control} must be a list.", "control", error_call)
  tryCatch(
    do.call(survival::coxph.control, if (is.null(control)) dots else control[names(control) %in% known]),
    error = function(e) sm_abort(c("{.arg control} is not valid.", x = conditionMessage(e)), "control", error_call)
  )
}

# design_call() with the formula made ready: `cluster()` moved to the argument, survival's functions and whatever the
# call names visible from the formula, so that the fit can be evaluated again anywhere.
cox_design <- function(call, env, head = "fit_cox", error_call = rlang::caller_env()) {
  user_formula <- eval(call$formula, env)
  if (is.list(user_formula) && !inherits(user_formula, "formula")) {
    sm_abort(
      c("{.fn fit_cox} does not fit multi-state models.", i = "Use {.fn survival::coxph}."), "unsupported", error_call
    )
  }
  design <- design_call(call, env, error_call = error_call)
  design$formula <- formula_with_survival(formula_seeing_call(design, env))
  design$call[[1L]] <- if (is.call(call[[1L]]) && identical(
    call[[1L]][[1L]], quote(`::`)
  )) call[[1L]] else as.name(head)
  cox_cluster_term(design, error_call)
}

# `cluster(g)` in the formula means `cluster = g`.
cox_cluster_term <- function(design, error_call) {
  terms <- cox_terms(design, "cluster")
  where <- attr(terms, "specials")$cluster
  if (length(where) == 0) return(design)
  if (length(where) > 1) sm_abort("A formula can have only one {.fn cluster} term.", "formula", error_call)
  if (sum(attr(terms, "factors")[where, ] > 0) > 1 || !all(
    attr(terms, "order")[attr(terms, "factors")[where, ] > 0] == 1
  )) {
    sm_abort("{.fn cluster} cannot be in an interaction.", "formula", error_call)
  }
  if (attr(terms, "response") == 0) sm_abort("{.arg formula} needs a {.fn Surv} response.", "formula", error_call)
  if (is.null(design$call$cluster)) {
    design$call$cluster <- attr(terms, "variables")[[1 + where]][[2]]
  } else {
    sm_warn("{.arg cluster} is given in the formula and as an argument: the term is not used.", "cluster", error_call)
  }
  labels <- attr(terms, "term.labels")
  labels <- labels[labels != rownames(attr(terms, "factors"))[where]]
  labels <- c(labels, rownames(attr(terms, "factors"))[attr(terms, "offset")])
  design$formula <- stats::reformulate(if (length(labels) > 0) labels else "1", design$formula[[2]],
    intercept = attr(terms, "intercept") == 1, env = environment(design$formula)
  )
  design$call$formula <- design$formula
  design
}

cox_terms <- function(design, specials) {
  if (is.null(design$data)) stats::terms(design$formula, specials) else stats::terms(
    design$formula, specials, data = design$data
  )
}

# An argument that design_call() may have set for the cohort.
design_flag <- function(design, given, error_call = rlang::caller_env()) {
  value <- if (is.null(given)) design$call$robust else given
  if (is.null(value) || rlang::is_bool(value)) return(value)
  sm_abort("{.arg robust} must be TRUE or FALSE.", "argument", error_call)
}

# Finishes the object: what survival's own fit has last, then our class.
new_sm_coxph <- function(fit, frame, design, penalty) {
  fit$call <- design$call
  class(fit) <- c(
    "sm_coxph", if (!is.null(fit$pterms)) "coxph.penal", if (is.null(fit$coefficients)) "coxph.null", "coxph"
  )
  roles <- if (inherits(design$data, "cohort")) cohort_roles(design$data)
  attr(fit, "survmatch") <- list(formula = design$formula, roles = roles, rule = design$rule)
  if (penalty == "firth") {
    attr(fit, "survmatch")[c("penalty", "rule")] <- list(
      "firth", "Firth's penalty: model-based variance, profile limits."
    )
  }
  fit
}
