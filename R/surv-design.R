# How fit_km(), fit_cox() and test_logrank() see their data: a plain data frame as survival does, a matched or
# weighted cohort with the weights and pairs of its design.

# `call` is the verb's matched call, `env` the user's frame. Returns
#   call     what the fit prints and re-evaluates: data = matched_data(mc), weights = weights, cluster = subclass
#   formula  the evaluated formula; its environment sees what `call$data` names
#   data     the data frame, or NULL when none was given
#   rule     one sentence on the variance that the design asks for, or NULL for plain data
design_call <- function(call, env, takes = c("weights", "cluster"), error_call = rlang::caller_env()) {
  formula <- eval(call$formula, env)
  if (!inherits(formula, "formula")) {
    sm_abort(c("{.arg formula} must be a formula.", x = "It is {.obj_type_friendly {formula}}."), "formula", error_call)
  }
  data <- eval(call$data, env)
  check_formula_data(data, error_call)
  if (!inherits(data, c("matched_cohort", "weighted_cohort"))) {
    return(list(call = call, formula = formula, data = data, rule = NULL))
  }
  design_from_cohort(call, formula, data, takes, error_call)
}

design_from_cohort <- function(call, formula, cohort, takes, error_call) {
  pieces <- !is.null(cohort$stay)
  if (pieces && !"weights" %in% takes && is.null(call$weights)) refuse_unweighted(error_call)
  rows <- matched_data(cohort)
  source <- call$data
  if (!is.symbol(source)) {
    source <- quote(matched_cohort)
  }
  formula <- formula_that_sees(formula, as.character(source), cohort)
  call$data <- as.call(list(quote(matched_data), source))

  paired <- "subclass" %in% names(rows)
  own <- intersect(c("weights", "cluster"), names(call))
  if ("weights" %in% takes && is.null(call$weights)) call$weights <- quote(weights)
  if ("cluster" %in% takes && is.null(call$cluster) && paired) call$cluster <- quote(subclass)
  if ("cluster" %in% takes && !paired && is.null(call$robust)) call$robust <- TRUE
  if ("id" %in% takes && pieces && is.null(call$id)) call$id <- quote(use)
  if (length(own) > 0) {
    sm_inform("Your {.arg {own}} replace{?s/} what the matched cohort would have used.", "own_design")
  }
  rule <- design_rule(paired, own)
  if (pieces) rule <- paste(rule, "Dependent censoring: controls leave at their own treatment, and are weighted for it.")
  list(call = call, formula = formula, data = rows, rule = rule)
}

refuse_unweighted <- function(call) {
  sm_abort(c(
    "Risk sets with {.code later = \"censor\"} are estimated with weights only.",
    x = "Censoring a control at its own treatment depends on what drives treatment and outcome.",
    i = "Use {.fn fit_cox} or {.fn fit_km}, or {.fn test_logrank} with {.code weights = weights, cluster = subclass}."
  ), "time_zero", call)
}

design_rule <- function(paired, own) {
  if ("cluster" %in% own) return("Variance: robust, with the clusters that you gave.")
  if (paired) "Variance: robust, clustered on the matched set (subclass)." else "Variance: robust, one row a patient with matching weights."
}

# The formula in an environment from which both `name` and matched_data() can be found when the fit is evaluated again.
formula_that_sees <- function(formula, name, value) {
  home <- environment(formula)
  seen <- identical(get0(name, envir = home), value) &&
    is.function(get0("matched_data", envir = home, mode = "function"))
  if (seen) return(formula)
  inner <- new.env(parent = home)
  assign(name, value, envir = inner)
  assign("matched_data", matched_data, envir = inner)
  environment(formula) <- inner
  formula
}
