#' Covariate balance before and after
#'
#' Standardised mean differences, variance ratios and distances of the distributions of each covariate, before and after
#' matching or weighting, with what perfect randomisation of as many patients would leave: a benchmark, never a reason
#' to accept imbalance. There are no p values.
#'
#' @param x (`matched_cohort`, any `matchit`, `weightit`, or formula `treatment ~ covariates`) what is assessed.
#' @param data (data frame) for a formula.
#' @param weights (numeric or NULL) for a formula: weights of the adjusted sample; 0 leaves a patient out. NULL: there
#'   is no sample after.
#' @param s.weights (numeric or NULL) for a formula: sampling weights.
#' @param estimand (string) for a formula: whose standard deviation standardises: `"ATT"` of the treated, `"ATC"` of the
#'   untreated, `"ATE"` both.
#' @return An object of class `balance`: a list with `table` (one row a term and sample: `term`, `label`, `type`
#'   (`"Distance"`, `"Contin."`, `"Binary"`), `sample` (`"before"`, `"after"`), `mean_treated`, `mean_control`,
#'   `sd_treated`, `sd_control`, `smd`, `variance_ratio`, `ks`, `ecdf_mean`), `sizes` (patients and effective sample
#'   size by arm and sample), `benchmark`, `estimand`. `tidy()` gives the table, `glance()` one row, [autoplot()] the
#'   love plot.
#' @section Method:
#' \eqn{SMD = (\bar x_1 - \bar x_0) / s}{SMD = (m1 - m0) / s} with s before adjustment: of the treated (ATT), of the
#' untreated (ATC), else \eqn{\sqrt{(s_1^2 + s_0^2)/2}}{sqrt((s1^2 + s0^2)/2)}; for a share p the variance is p(1 - p),
#' and shares are standardised too. Categories have a term a level, two-level ones one. Variance ratios are given for
#' numbers only. KS is the largest, `ecdf_mean` the mean, distance of the weighted distribution functions. Under
#' randomisation of n1 and n0 patients an SMD is about normal with standard deviation \eqn{\sqrt{1/n_1 +
#' 1/n_0}}{sqrt(1/n1 + 1/n0)}, which gives the median and the share beyond 0.1. Missing values of a covariate are left
#' out of its terms.
#' @section Errors:
#' `survmatch_error_balance` (nothing to assess, an arm without patients, covariates that are neither numbers nor
#' categories).
#' @references Austin PC (2009). Balance diagnostics for comparing the distribution of baseline covariates between
#' treatment groups in propensity-score matched samples. Statistics in Medicine 28:3083-3107.
#' @family balance
#' @examples
#' matched <- match_cohort(hormon ~ age + grade + size, data = survival::rotterdam)
#' assess_balance(matched)
#' @export
assess_balance <- function(x, data = NULL, weights = NULL, s.weights = NULL, estimand = NULL) {
  if (!is.null(estimand)) check_choice(estimand, "estimand", c("ATT", "ATC", "ATE"), rlang::current_env(), "balance")
  source <- balance_source(x, data, weights, s.weights, estimand)
  table <- do.call(rbind, c(
    if (!is.null(source$distance)) list(
      balance_number("distance", "Propensity score", source$distance, source, "Distance")
    ),
    lapply(names(source$covariates), function(name) balance_variable(name, source$covariates[[name]], source))
  ))
  sizes <- balance_sizes(source)
  structure(
    list(
      table = table, sizes = sizes, benchmark = randomised_benchmark(sizes), estimand = source$estimand,
      samples = colnames(source$weights)
    ),
    class = "balance"
  )
}

# covariates (named list), treat (0/1), weights (matrix, a column a sample), estimand, distance, labels.
balance_source <- function(x, data, weights, s.weights, estimand, call = rlang::caller_env()) {
  if (inherits(x, "formula")) return(balance_from_formula(x, data, weights, s.weights, estimand %||% "ATE", call))
  if (!inherits(x, c("matchit", "weightit", "matched_cohort", "weighted_cohort"))) {
    sm_abort(
      c("{.arg x} must be a matched or weighted cohort, or a formula.", x = "It is {.obj_type_friendly {x}}."),
      "balance", call
    )
  }
  if (inherits(x, "risk_set_cohort")) return(balance_from_risk_sets(x, estimand, call))
  covariates <- x$X %||% x$covs
  roles <- cohort_roles(x)
  distance <- x$distance %||% x$ps
  if (is.null(distance) || all(is.na(distance)) || !is.numeric(distance)) distance <- NULL
  s_weights <- as.double(x$s.weights %||% rep(1, length(x$treat)))
  new_balance_source(
    covariates, as_zero_one(x$treat), balance_samples(s_weights, x$weights), estimand %||% x$estimand %||% "ATE",
    if (is.null(distance)) NULL else core_plain_doubles(distance), roles, call
  )
}

balance_from_risk_sets <- function(x, estimand, call) {
  stack <- stack_uses(x)
  columns <- intersect(matching_covariates(x), names(stack$data))
  new_balance_source(
    stack$data[columns], stack$treat, stack$weights, estimand %||% "ATT", NULL, cohort_roles(x), call
  )
}

as_zero_one <- function(treat) if (is.numeric(treat)) as.integer(treat != min(treat)) else as.integer(factor(treat)) - 1L

balance_from_formula <- function(formula, data, weights, s.weights, estimand, call) {
  if (!is.data.frame(data)) sm_abort("A formula needs {.arg data}, a data frame.", "balance", call)
  frame <- tryCatch(stats::model.frame(formula, data, na.action = stats::na.pass), error = function(e) {
    sm_abort(
      c("The variables of the formula must be found in {.arg data}.", x = "{conditionMessage(e)}"), "balance", call
    )
  })
  treat <- propensity_treat(stats::model.response(frame), cohort_roles(data), call)
  s_weights <- as.double(s.weights %||% rep(1, length(treat)))
  new_balance_source(
    frame[-1], treat, balance_samples(s_weights, weights), estimand, NULL, cohort_roles(data), call
  )
}

# A column of weights for each sample: before and, with weights, after.
balance_samples <- function(s_weights, weights) {
  samples <- list(before = s_weights)
  if (!is.null(weights)) samples$after <- core_plain_doubles(weights) * s_weights
  core_bind_columns(samples, length(s_weights), names(samples))
}

new_balance_source <- function(covariates, treat, weights, estimand, distance, roles, call) {
  present <- core_arms_present(treat, weights)
  for (s in seq_len(ncol(weights))) {
    if (!all(present[, s])) {
      sm_abort(
        c("Both arms must have patients.", x = "In the sample {.val {colnames(weights)[s]}} one has none."), "balance",
        call
      )
    }
  }
  if (is.null(covariates) || length(covariates) == 0) sm_abort("There must be a covariate to assess.", "balance", call)
  list(
    covariates = as.list(covariates), treat = treat, weights = weights, estimand = estimand, distance = distance,
    roles = roles
  )
}

# One variable: a number, a share, or the levels of a category; the columns of a matrix each.
balance_variable <- function(name, values, source, call = rlang::caller_env(2)) {
  if (is.matrix(values)) {
    columns <- colnames(values) %||% seq_len(ncol(values))
    return(do.call(
      rbind,
      lapply(seq_along(columns), function(j) balance_variable(paste0(name, "_", columns[j]), values[, j], source, call))
    ))
  }
  label <- balance_label(name, values, source$roles)
  if (is.logical(values)) return(balance_levels(
    name, label, as.integer(values) + 1L, c(FALSE, TRUE), source, only_last = TRUE, suffix = FALSE
  ))
  if (is.character(values) || is.factor(values)) {
    values <- droplevels(factor(values))
    return(balance_levels(name, label, as.integer(values), levels(values), source, only_last = nlevels(values) == 2))
  }
  if (!is.numeric(values)) {
    sm_abort(
      c("Covariates must be numbers, logicals or categories.", x = "{.field {name}} is {.obj_type_friendly {values}}."),
      "balance", call
    )
  }
  two <- two_values(values)
  if (!is.null(two)) {
    return(balance_levels(
      name, label, match(values, two, nomatch = 0L), two, source, only_last = TRUE, suffix = !all(two == 0:1)
    ))
  }
  balance_number(name, label, values, source)
}

# The two values of a binary number, found without sorting a million of them.
two_values <- function(values) {
  some <- unique(utils::head(values, 100))
  if (sum(!is.na(some)) > 2) return(NULL)
  all <- sort(unique(values))
  if (length(all) == 2) all
}

balance_label <- function(name, values, roles) {
  labels <- roles$labels
  if (name %in% names(labels)) return(labels[[name]])
  attr(values, "label", exact = TRUE) %||% name
}

balance_number <- function(name, label, values, source, type = "Contin.") {
  complete <- !anyNA(values)
  seen <- if (!complete) !is.na(values)
  x <- core_plain_doubles(if (complete) values else values[seen])
  treat <- if (complete) source$treat else source$treat[seen]
  weights <- if (complete) source$weights else source$weights[seen, , drop = FALSE]
  found <- core_column_balance(x, treat, weights)
  balance_rows(name, label, type, source, found[, 1], found[, 2], found[, 3], found[, 4], found[, 5], found[, 6])
}

balance_levels <- function(name, label, code, levels, source, only_last, suffix = TRUE) {
  code[is.na(code)] <- 0L
  shares <- core_level_shares(code, length(levels), source$treat, source$weights)
  shown <- if (only_last) length(levels) else seq_along(levels)
  do.call(rbind, lapply(shown, function(k) {
    control <- shares[k, c(TRUE, FALSE)]
    treated <- shares[k, c(FALSE, TRUE)]
    gap <- abs(treated - control)
    balance_rows(
      if (suffix) paste0(name, "_", levels[k]) else name, if (suffix) paste0(label, ": ", levels[k]) else label,
      "Binary", source,
      treated, control, treated * (1 - treated), control * (1 - control), gap, gap
    )
  }))
}

# One row a sample; the first sample's spread standardises all.
balance_rows <- function(name, label, type, source, treated, control, var_treated, var_control, ks, ecdf_mean) {
  scale <- sqrt(
    switch(source$estimand, ATT = var_treated[1], ATC = var_control[1], (var_treated[1] + var_control[1]) / 2)
  )
  difference <- treated - control
  difference[abs(difference) < 1e-14 * pmax(1, abs(treated))] <- 0
  data.frame(
    term = name, label = label, type = type, sample = colnames(source$weights), mean_treated = treated,
    mean_control = control,
    sd_treated = sqrt(var_treated), sd_control = sqrt(var_control), smd = ifelse(
      difference == 0, 0, difference / scale
    ),
    variance_ratio = if (type == "Binary") NA_real_ else var_treated / var_control, ks = ks, ecdf_mean = ecdf_mean,
    row.names = NULL
  )
}

# Patients with a weight, and Kish's effective sample size, by sample and arm.
balance_sizes <- function(source) {
  rows <- lapply(colnames(source$weights), function(sample) {
    w <- source$weights[, sample]
    do.call(rbind, lapply(0:1, function(arm) {
      mine <- w[source$treat == arm & w > 0]
      data.frame(sample = sample, treat = arm, n = length(mine), effective = sum(mine)^2 / sum(mine^2))
    }))
  })
  do.call(rbind, rows)
}

randomised_benchmark <- function(sizes) {
  last <- sizes[sizes$sample == sizes$sample[nrow(sizes)], ]
  sd <- sqrt(sum(1 / last$n))
  list(sd = sd, median = stats::qnorm(0.75) * sd, above = 2 * stats::pnorm(-0.1 / sd))
}
