# Everything that is estimated for one endpoint.

analyse_endpoint <- function(endpoint, matched, cohort, design) {
  roles <- cohort_roles(cohort)
  rows <- matched_data(matched)
  formula <- endpoint_formula(endpoint, roles$treatment, list(matched = matched, cohort = cohort, rows = rows))
  result <- list(
    endpoint = endpoint,
    label = unname(roles$endpoint_labels[endpoint]),
    counts = arm_counts(rows, endpoint, roles),
    km = fit_km(formula, data = matched),
    km_unmatched = fit_km(formula, data = cohort),
    cox = endpoint_models(formula, matched, cohort, rows, design),
    logrank = attempt(test_logrank(formula, data = rows)),
    followup = estimate_followup(formula, data = matched),
    tau = design$tau, units = counted_units(matched)
  )
  # split rows are no cohort, but their curves have the arms of one
  attr(result$km_unmatched, "survmatch")$roles <- roles
  result$rmst <- attempt(estimate_rmst(formula, data = matched, tau = design$tau))
  result$times <- design$times %||% milestone_times(rows[[endpoint]], roles$time_unit)
  result$milestone <- attempt(estimate_milestone(formula, data = matched, times = result$times))
  result$ph <- attempt(test_ph(result$cox$robust))
  result$ph_robust <- attempt(test_ph_robust(result$cox$robust))
  result$medians <- median_table(result$km, roles)
  result$table <- without_sparse_warning(
    tabulate_cox(matched, endpoint = endpoint, covariates = c(roles$treatment, design$adjust))
  )
  result
}

# A study says this in its checks, check_events_per_parameter().
without_sparse_warning <- function(expr) {
  withCallingHandlers(expr, survmatch_warning_events_per_parameter = function(w) rlang::cnd_muffle(w))
}

# `endpoint ~ treatment`, in an environment that sees the tables of the study.
endpoint_formula <- function(endpoint, terms, tables) {
  right <- Reduce(function(a, b) call("+", a, b), lapply(terms, function(t) if (is.character(t)) as.name(t) else t))
  stats::as.formula(call("~", as.name(endpoint), right), env = list2env(tables, parent = globalenv()))
}

# One estimand a block: plain and robust are the same marginal HR with two variances; stratified on the pair and
# adjusted for covariates are conditional ones.
endpoint_models <- function(formula, matched, cohort, rows, design) {
  with_terms <- function(terms) {
    wider <- formula
    for (term in terms) wider[[3]] <- call("+", wider[[3]], term)
    wider
  }
  covariates <- lapply(design$adjust, as.name)
  # of the whole cohort those who progressed are not treated
  progression <- if (identical(design$primary, "risk_set")) progression_strata(cohort, as.character(formula[[2]]))
  weighted <- any(rows$weights != 1)
  list(
    robust = fit_cox(formula, data = matched),
    plain = if (weighted) fit_cox(
      formula, data = rows, weights = rows$weights, robust = FALSE
    ) else fit_cox(formula, data = rows),
    stratified = if (!is.null(rows$subclass)) fit_cox(with_terms(list(quote(strata(subclass)))), data = rows),
    adjusted = fit_cox(with_terms(c(covariates, progression)), data = cohort),
    unmatched = fit_cox(with_terms(progression), data = cohort)
  )
}

# An estimate that the data do not allow is a sentence in the report, not the end of the study.
attempt <- function(expr) {
  tryCatch(
    expr,
    survmatch_error = function(e) structure(list(why = cli::ansi_strip(conditionMessage(e))), class = "not_estimable")
  )
}

is_estimable <- function(x) !is.null(x) && !inherits(x, "not_estimable")

arm_counts <- function(rows, endpoint, roles) {
  treated <- is_treated(rows[[roles$treatment]], roles)
  event <- rows[[endpoint]][, "status"] == 1
  data.frame(
    arm = roles$arm_labels, n = c(sum(!treated), sum(treated)),
    events = c(sum(event[!treated]), sum(event[treated]))
  )
}

# What a row of the matched data is, in words.
counted_units <- function(matched) {
  if (!inherits(matched, "risk_set_cohort")) return("matched patients")
  paste0("places in the matched sets (", matched$counts[["persons"]], " patients)")
}

milestone_times <- function(response, unit) {
  year <- c(days = 365.25, months = 12, years = 1)[[unit]]
  times <- c(1, 2, 3, 5) * year
  reached <- times[times <= max(response[, "time"])]
  if (length(reached) > 0) reached else stats::median(response[, "time"])
}

# Medians with limits, and how many were still at risk there: an unreached median keeps its lower limit.
median_table <- function(km, roles) {
  labels <- curve_labels(km, roles, NULL)
  medians <- curve_medians(km)
  counts <- fit_counts(km)
  curve <- curve_of_row(km)
  at_risk <- vapply(seq_along(labels), function(k) {
    t <- medians$median[k]
    if (is.na(t)) return(NA_real_)
    c(counts$risk[curve == k], 0)[findInterval(t, km$time[curve == k], left.open = TRUE) + 1]
  }, 0)
  table <- data.frame(arm = labels, medians, at_risk = at_risk)
  table[match(roles$arm_labels, labels), ]
}

# Smallest hazard ratio detectable with 80% power, two-sided 5%, both directions (Schoenfeld 1981, Biometrika 68:316).
# A restatement of precision: it depends on the number of events only.
detectable_hr <- function(events, share = 0.5, power = 0.8, alpha = 0.05) {
  log_hr <- (stats::qnorm(1 - alpha / 2) + stats::qnorm(power)) / sqrt(events * share * (1 - share))
  exp(c(-1, 1) * log_hr)
}
