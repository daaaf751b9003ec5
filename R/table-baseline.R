#' Baseline characteristics by arm
#'
#' For a matched cohort the arms stand side by side before and after matching, with the standardised mean difference of
#' each row; there are no p values, since balance is a property of this sample and not of a population.
#'
#' @param x (`matched_cohort`, `cohort` or formula) a matched cohort; a cohort; or `group ~ a + b` with `data`.
#' @param data (data frame) for a formula.
#' @param covariates (character) which columns; default the covariates of the cohort or of the score.
#' @param statistic (string) how continuous variables are described: `"mean"` (SD), `"median"` (quartiles) or `"both"`.
#' @param digits (integer) decimals of continuous variables.
#' @return A [study_table]. `tidy()` gives one row a variable, level, sample and group: `variable`, `level`, `sample`
#'   (`"before"`, `"after"` or `"all"`), `group`, `n` (not missing), `missing`, `mean`, `sd`, `median`, `q1`, `q3`
#'   (continuous), `count`, `share` (levels), `smd`.
#' @section Method:
#' After matching, means, standard deviations and shares carry the matching weights; counts are patients. The difference
#' of means or shares is divided by the standard deviation before matching: of the treated for the ATT, of the untreated
#' for the ATC, else the root of the mean of both variances; for a share p it is \eqn{\sqrt{p(1-p)}}{sqrt(p(1-p))}. With
#' more than two groups there is no SMD. Missing values have a row of their own and do not enter the other rows.
#' @section Errors:
#' `survmatch_error_table` (unknown column, a group without patients, columns that are neither numbers nor categories).
#' @references Austin PC (2009). Balance diagnostics for comparing the distribution of baseline covariates between
#' treatment groups in propensity-score matched samples. Statistics in Medicine 28:3083-3107.
#' @family tables
#' @examples
#' tabulate_baseline(sex ~ age + ph.ecog, data = survival::lung)
#' @export
tabulate_baseline <- function(x, data = NULL, covariates = NULL, statistic = c("mean", "median", "both"), digits = 1) {
  statistic <- pick_choice(statistic)
  source <- baseline_source(x, data, covariates)
  rows <- lapply(source$covariates, describe_variable, source = source)
  numeric <- do.call(rbind, lapply(rows, `[[`, "numeric"))
  text <- do.call(rbind, lapply(rows, baseline_text, source = source, statistic = statistic, digits = digits))
  new_study_table(text,
    caption = source$caption, labels = baseline_header(source, names(text)),
    footnotes = baseline_notes(source, statistic), numeric = numeric
  )
}

# Where the numbers come from: data, group (factor), samples (a list of weights by sample), denominator ("treated",
# "control", "pooled" or "none"), labels.
baseline_source <- function(x, data, covariates, call = rlang::caller_env()) {
  if (inherits(x, "formula")) return(baseline_from_formula(x, data, covariates, call))
  if (inherits(x, "matched_cohort")) return(baseline_from_matched(x, covariates, call))
  roles <- cohort_roles(x)
  if (is.null(roles)) {
    sm_abort(
      c(
        "{.arg x} must be a matched cohort, a cohort, or a formula with {.arg data}.",
        x = "It is {.obj_type_friendly {x}}."
      ),
      "table", call
    )
  }
  table <- as.data.frame(x)
  group <- factor(is_treated(table[[roles$treatment]], roles), c(FALSE, TRUE), roles$arm_labels)
  new_baseline_source(
    table, group, covariates %||% roles$covariates, list(all = rep(1, nrow(table))), "pooled", roles$labels,
    "Baseline characteristics", call
  )
}

baseline_from_formula <- function(formula, data, covariates, call) {
  if (!is.data.frame(data)) sm_abort("A formula needs {.arg data}, a data frame.", "table", call)
  group_name <- all.vars(formula[[2]])
  check_table_columns(c(group_name, covariates %||% all.vars(formula[[3]])), data, call)
  columns <- covariates %||% all.vars(stats::terms(formula, data = data)[[3]])
  if (identical(columns, ".")) columns <- setdiff(names(data), group_name)
  group <- data[[group_name]]
  group <- droplevels(if (is.factor(group)) group else factor(group))
  if (is.numeric(data[[group_name]]) || is.logical(data[[group_name]])) levels(group) <- paste0(
    group_name, " = ", levels(group)
  )
  keep <- !is.na(group)
  labels <- unlist(lapply(as.list(data)[columns], attr, "label", exact = TRUE))
  new_baseline_source(
    as.data.frame(data)[keep, , drop = FALSE], group[keep], columns, list(all = rep(1, sum(keep))),
    if (nlevels(group) == 2) "pooled" else "none", labels,
    "Baseline characteristics", call
  )
}

baseline_from_matched <- function(x, covariates, call) {
  roles <- cohort_roles(x)
  if (inherits(x, "risk_set_cohort")) return(baseline_from_risk_sets(x, roles, covariates, call))
  table <- as.data.frame(x$data)
  labels <- roles$arm_labels %||% c("Control", "Treated")
  group <- factor(as.integer(x$treat) == 1L, c(FALSE, TRUE), labels)
  columns <- covariates %||% roles$covariates %||% intersect(names(x$X), names(table))
  s_weights <- x$s.weights %||% rep(1, nrow(table))
  new_baseline_source(
    table, group, columns, list(
      before = s_weights, after = x$weights * s_weights
    ), switch(x$estimand, ATT = "treated", ATC = "control", "pooled"),
    roles$labels, "Baseline characteristics before and after matching", call
  )
}

baseline_from_risk_sets <- function(x, roles, covariates, call) {
  stack <- stack_uses(x)
  group <- factor(stack$treat == 1, c(FALSE, TRUE), roles$arm_labels %||% c("Control", "Treated"))
  columns <- covariates %||% roles$covariates %||% matching_covariates(x)
  new_baseline_source(
    stack$data, group, columns, list(before = stack$weights[, "before"], after = stack$weights[, "after"]), "treated",
    roles$labels, "Baseline characteristics of ever and never treated patients, and of the matched sets", call
  )
}

new_baseline_source <- function(data, group, covariates, samples, denominator, labels, caption, call) {
  check_table_columns(covariates, data, call)
  if (nlevels(group) < 1 || any(table(group) == 0) || length(group) == 0) {
    empty <- levels(group)[table(group) == 0]
    sm_abort(
      c("Each group must have patients.", x = if (length(empty) > 0) "None in {.val {empty}}." else "There is no row."),
      "table", call
    )
  }
  for (column in covariates) {
    if (!is_describable(data[[column]])) {
      sm_abort(
        c(
          "Covariates must be numbers, logicals or categories.",
          x = "{.field {column}} is {.obj_type_friendly {data[[column]]}}."
        ),
        "table", call
      )
    }
  }
  list(
    data = data, group = group, covariates = covariates, samples = samples, denominator = denominator, labels = labels,
    caption = caption
  )
}

is_describable <- function(x) (is.numeric(x) && is.null(dim(x))) || is.logical(x) || is.factor(x) || is.character(x)

check_table_columns <- function(columns, data, call) {
  unknown <- setdiff(columns, c(names(data), "."))
  if (length(unknown) == 0) return(invisible())
  sm_abort(c("Columns must be in the table.", x = "Unknown: {.field {unknown}}."), "table", call)
}

variable_label <- function(column, source) {
  given <- source$labels[column]
  if (length(given) == 1 && !is.na(given)) return(unname(given))
  attr(source$data[[column]], "label", exact = TRUE) %||% column
}

# One variable's numbers in every sample and group.
describe_variable <- function(column, source) {
  values <- source$data[[column]]
  binary <- is.logical(values) || (is.numeric(values) && all(values %in% c(0, 1, NA)) && !all(is.na(values)))
  continuous <- is.numeric(values) && !binary
  levels <- if (continuous) NA_character_ else if (binary) NA_character_ else levels(droplevels(factor(values)))
  cells <- lapply(names(source$samples), function(sample) {
    do.call(rbind, lapply(levels, function(level) {
      x <- as.numeric(if (continuous || binary) values else as.character(values) == level)
      describe_cells(x, sample, column, level, continuous, source)
    }))
  })
  list(
    column = column, label = variable_label(column, source),
    kind = if (continuous) "continuous" else if (binary) "binary" else "levels", numeric = do.call(rbind, cells)
  )
}

describe_cells <- function(x, sample, column, level, continuous, source) {
  weight <- source$samples[[sample]]
  rows <- lapply(levels(source$group), function(group) {
    mine <- source$group == group & weight > 0
    describe_numbers(x[mine], weight[mine], continuous)
  })
  rows <- data.frame(
    variable = column, level = level, sample = sample, group = levels(source$group), do.call(rbind, rows)
  )
  rows$smd <- standardised_difference(x, rows$mean, continuous, source)
  rows
}

describe_numbers <- function(x, weight, continuous) {
  seen <- !is.na(x)
  w <- weight[seen]
  x <- x[seen]
  mean <- if (length(x) > 0) sum(w * x) / sum(w) else NA_real_
  quartiles <- if (continuous && length(x) > 0) stats::quantile(
    rep_if_whole(x, w), c(0.5, 0.25, 0.75), names = FALSE
  ) else rep(NA_real_, 3)
  data.frame(
    n = length(x), missing = sum(!seen), mean = mean, sd = if (continuous) weighted_sd(x, w) else NA_real_,
    median = quartiles[1], q1 = quartiles[2], q3 = quartiles[3],
    count = if (continuous) NA_real_ else sum(x), share = if (continuous) NA_real_ else mean
  )
}

# Quartiles of weighted rows are those of the rows.
rep_if_whole <- function(x, w) if (all(w == round(w))) rep(x, w) else x

# Unbiased for weights of 1; sum(w)^2 - sum(w^2) as in cobalt.
weighted_sd <- function(x, w) {
  if (length(x) < 2) return(NA_real_)
  mean <- sum(w * x) / sum(w)
  sqrt(sum(w) / (sum(w)^2 - sum(w^2)) * sum(w * (x - mean)^2))
}

# Second group minus first, over the standard deviation before matching.
standardised_difference <- function(x, means, continuous, source) {
  if (source$denominator == "none" || length(means) != 2) return(NA_real_)
  first <- source$samples[[1]]
  spread <- vapply(levels(source$group), function(group) {
    mine <- source$group == group & !is.na(x) & first > 0
    if (continuous) return(weighted_sd(x[mine], first[mine]))
    p <- sum(first[mine] * x[mine]) / sum(first[mine])
    sqrt(p * (1 - p))
  }, 0)
  scale <- switch(source$denominator, treated = spread[2], control = spread[1], pooled = sqrt(mean(spread^2)))
  difference <- means[2] - means[1]
  if (!is.na(difference) && abs(difference) < 1e-15) return(0)
  unname(difference / scale)
}
