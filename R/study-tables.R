#' Hazard ratios and tests of one endpoint, block by block
#'
#' `tabulate_estimates()` puts the hazard ratios of a study into blocks by estimand: the marginal one (plain and
#' pair-robust are one estimate with two variances), the conditional ones, and beside them restricted means and
#' milestone survival. `tabulate_tests()` holds what ignores the matching and belongs into an appendix.
#'
#' @param study (`study`) from [run_study()].
#' @param endpoint (string) name of the endpoint; default the first.
#' @return A [study_table]; `tidy()` gives the unrounded numbers.
#' @family tables
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' cohort <- as_cohort(breast,
#'   treatment = hormon, covariates = c(age, size, grade, nodes),
#'   endpoints = list(os = Surv(dtime, death)), time_unit = "months", from_unit = "days"
#' )
#' tabulate_estimates(run_study(cohort))
#' @export
tabulate_estimates <- function(study, endpoint = names(study$endpoints)[1]) {
  result <- study$endpoints[[endpoint]]
  roles <- cohort_roles(study$cohort)
  numbers <- rbind(hr_numbers(study, endpoint), difference_numbers(result, roles$time_unit))
  lost <- lost_treated(study)
  new_study_table(
    data.frame(
      estimate = numbers$name,
      events = ifelse(is.na(numbers$events), "", paste0(format_count(numbers$events), "/", format_count(numbers$n))),
      value = numbers$text, p = ifelse(is.na(numbers$p.value), "", format_p(numbers$p.value))
    ),
    caption = paste0(result$label, ": ", roles$arm_labels[2], " v ", roles$arm_labels[1]),
    labels = c(estimate = "Estimate", events = "Events/patients", value = "Value (95% CI)", p = "p"),
    footnotes = c(
      paste0(say_coding(roles), "."),
      if (lost$lost > 0) say_estimand(study),
      paste(
        "Plain and robust variance belong to one marginal hazard ratio. The model stratified on the set and the adjusted",
        "model answer conditional questions: other estimands, not corrections of the first."
      )
    ),
    numeric = numbers[setdiff(names(numbers), "text")]
  )
}

hr_numbers <- function(study, endpoint) {
  rows <- tidy(study)
  rows <- rows[rows$endpoint == endpoint & rows$model != "unmatched", ]
  start <- Filter(nzchar, start_words(study, endpoint))
  names <- c(
    robust = "Marginal HR, robust variance of the sets", plain = "  the same, plain variance",
    stratified = "Conditional HR, stratified on the set",
    adjusted = paste(c("Conditional HR, whole cohort adjusted for covariates", start), collapse = ", ")
  )
  text <- paste0(format_ratio(rows$estimate), " (", format_interval(rows$conf.low, rows$conf.high), ")")
  text[is.na(rows$estimate)] <- "not estimable"
  data.frame(
    name = unname(names[rows$model]), quantity = rows$model, n = rows$n, events = rows$nevent,
    rows[c("estimate", "conf.low", "conf.high", "p.value")], text = text
  )
}

# Restricted means and milestone differences, once there are enough events to speak of them.
difference_numbers <- function(result, unit, least = 10) {
  if (sum(result$counts$events) < least) return(NULL)
  rbind(
    if (is_estimable(result$rmst)) rmst_numbers(result$rmst, unit),
    if (is_estimable(result$milestone)) milestone_numbers(result$milestone, unit)
  )
}

rmst_numbers <- function(rmst, unit) {
  rows <- tidy(rmst)
  rows <- rows[rows$term == "difference", ]
  number_rows(
    rows, paste0("Difference of restricted means to ", format_number(rmst$tau), " ", unit, ", in ", unit), "rmst",
    function(x) format_number(x, 2)
  )
}

milestone_numbers <- function(milestone, unit) {
  rows <- tidy(milestone)
  rows <- rows[rows$term == "difference", ]
  number_rows(
    rows, paste0("Difference of survival at ", format_number(rows$time, 0), " ", unit),
    paste0("milestone ", rows$time), format_percent
  )
}

number_rows <- function(rows, name, quantity, format) {
  data.frame(
    name = name, quantity = quantity, n = NA_integer_, events = NA_integer_, rows[c(
      "estimate", "conf.low", "conf.high", "p.value"
    )],
    text = paste0(format(rows$estimate), " (", format_interval(rows$conf.low, rows$conf.high, format), ")")
  )
}

#' @rdname tabulate_estimates
#' @export
tabulate_tests <- function(study, endpoint = names(study$endpoints)[1]) {
  result <- study$endpoints[[endpoint]]
  ph <- if (is_estimable(result$ph)) result$ph$table
  rows <- rbind(
    if (is_estimable(result$logrank)) {
      data.frame(
        name = "Log-rank test, ignores matching", statistic = result$logrank$chisq, p.value = result$logrank$pvalue
      )
    },
    if (!is.null(ph)) {
      data.frame(
        name = "Proportional hazards (Schoenfeld residuals), ignores matching", statistic = ph["GLOBAL", "chisq"],
        p.value = ph["GLOBAL", "p"]
      )
    },
    unmatched_row(study, endpoint)
  )
  new_study_table(
    data.frame(
      test = rows$name, statistic = ifelse(
        is.na(rows$statistic), "", format_number(rows$statistic, 2)
      ), p = format_p(rows$p.value)
    ),
    caption = paste0(result$label, ": for the record"),
    labels = c(test = "Test", statistic = "Statistic", p = "p"),
    footnotes = "The p value that belongs to the study's estimate is the one in the results.",
    numeric = rows
  )
}

unmatched_row <- function(study, endpoint) {
  row <- tidy(study)
  row <- row[row$endpoint == endpoint & row$model == "unmatched", ]
  text <- if (is.na(row$estimate)) "not estimable" else format_estimate(row$estimate, row$conf.low, row$conf.high)
  who <- if (in_risk_sets(study)) paste0("Everybody, ", start_words(study, endpoint), ", unadjusted HR ") else "Unmatched, unadjusted HR "
  data.frame(name = paste0(who, text), statistic = NA_real_, p.value = row$p.value)
}

# Who of the focal arm was left out, beside who was kept: mean or share of each covariate term.
tabulate_unmatched <- function(study) {
  lost <- lost_treated(study)
  if (lost$lost == 0) return(NULL)
  if (in_risk_sets(study)) return(tabulate_unmatched_starts(study))
  focal <- if (study$design$estimand == "ATC") 0L else 1L
  mine <- study$matched$treat == focal
  rows <- study$cohort[mine, ]
  group <- factor(study$matched$weights[mine] > 0, c(TRUE, FALSE), c("Matched", "Not matched"))
  describe_unmatched(rows, group, study, focal)
}

# The treated of a risk-set match, as they were at time zero.
tabulate_unmatched_starts <- function(study) {
  line <- study$matched$line
  starts <- line$first[is.finite(line$start)]
  kept <- line$patient[study$matched$uses$row[study$matched$uses$treated == 1]]
  group <- factor(line$patient[starts] %in% kept, c(TRUE, FALSE), c("Matched", "Not matched"))
  describe_unmatched(study$cohort[starts, ], group, study, 1L)
}

describe_unmatched <- function(rows, group, study, focal) {
  data <- as.data.frame(rows)
  data$.group <- group
  covariates <- cohort_roles(study$cohort)$covariates
  formula <- stats::as.formula(
    call("~", quote(.group), Reduce(function(a, b) call("+", a, b), lapply(covariates, as.name)))
  )
  labels <- cohort_roles(study$cohort)$labels
  for (column in intersect(covariates, names(labels))) attr(data[[column]], "label") <- unname(labels[column])
  table <- tabulate_baseline(formula, data = data)
  attr(table, "caption") <- paste0(cohort_roles(study$cohort)$arm_labels[focal + 1], ": matched and not matched")
  table
}
