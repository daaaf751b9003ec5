# What a study fixes before it reads an outcome.

# Designs that were fixed in this R session, by the hash of the table they were fixed on.
fixed_designs <- new.env(parent = emptyenv())

# Completes the design on the table without its endpoints, and hashes it.
fix_design <- function(cohort, choices) {
  blind <- blind_table(cohort)
  roles <- cohort_roles(cohort)
  choices$exact <- exact_strata(blind, roles, choices$exact_centre)
  choices$exact_centre <- NULL
  choices$formula_text <- paste(deparse(choices$formula, width.cutoff = 500L), collapse = " ")
  described <- choices
  described$formula <- NULL
  choices$hash <- rlang::hash(described)
  choices$changes <- record_design(rlang::hash(blind), choices$hash)
  choices
}

# The cohort's table without endpoints and the columns that they were made of.
blind_table <- function(cohort) {
  roles <- cohort_roles(cohort)
  outcome <- unique(c(roles$endpoints, unlist(roles$source_columns, use.names = FALSE), roles$toxicity))
  table <- as.data.frame(cohort)
  table[setdiff(names(table), outcome)]
}

# How many other designs were fixed on this table before, in this session.
record_design <- function(table_hash, design_hash) {
  before <- fixed_designs[[table_hash]]
  fixed_designs[[table_hash]] <- unique(c(before, design_hash))
  length(setdiff(fixed_designs[[table_hash]], design_hash))
}

# The centre, when asked for, or when every centre has enough patients in each arm to find partners at home.
exact_strata <- function(table, roles, asked, least = 5L, call = rlang::caller_env(2)) {
  if (is.null(roles$centre)) {
    if (isTRUE(asked)) {
      sm_abort(
        c("{.code exact_centre = TRUE} needs a centre.", i = "Give {.arg centre} to {.fn as_cohort}."), "study", call
      )
    }
    return(NULL)
  }
  arms <- table(table[[roles$centre]], is_treated(table[[roles$treatment]], roles))
  enough <- ncol(arms) == 2 && all(arms[rowSums(arms) > 0, ] >= least)
  if (asked %||% enough) roles$centre else NULL
}

is_treated <- function(treatment, roles) as.character(treatment) == as.character(roles$treated)

# Score, matching and balance without an outcome in sight; the outcomes come back when all three are done.
match_blind <- function(cohort, design) {
  home <- new.env(parent = environment(design$formula))
  home$cohort <- structure(blind_table(cohort), roles = attr(cohort, "roles"), class = class(cohort))
  formula <- design$formula
  environment(formula) <- home

  home$match_cohort <- match_cohort
  home$propensity <- propensity <- fit_propensity(formula, data = home$cohort)
  width <- caliper_width(propensity, design$caliper)
  arguments <- list(
    formula, data = quote(cohort), method = design$method, distance = quote(propensity), link = "linear.logit",
    estimand = design$estimand, exact = design$exact, ratio = design$ratio, caliper = width, std.caliper = FALSE
  )
  if (design$method == "nearest") arguments <- c(arguments, list(replace = design$replace, m.order = design$m.order))
  # who finds no partner is counted by check_lost_treated()
  matched <- withCallingHandlers(
    eval(as.call(c(quote(match_cohort), arguments[!vapply(arguments, is.null, NA)])), home),
    survmatch_warning_few_controls = function(w) tryInvokeRestart("muffleWarning")
  )
  balance <- assess_balance(matched)
  home$cohort <- cohort
  matched$data <- cohort
  list(propensity = propensity, matched = matched, balance = balance, width = width)
}

# Austin (2011): a multiple of the pooled within-arm standard deviation of the logit.
caliper_width <- function(propensity, caliper) {
  if (is.null(caliper)) return(NULL)
  spread <- tapply(propensity$linear, propensity$treat, stats::var)
  caliper * sqrt(mean(spread))
}
