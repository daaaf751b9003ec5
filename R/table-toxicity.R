#' Toxicity by arm
#'
#' Worst grade (CTCAE, 0 to 5) of each patient and term: any grade, 1-2, 3 or above, and 5, always shown, also when
#' nobody had it.
#'
#' @param x (`matched_cohort`, `cohort` or formula) a matched cohort or cohort with `toxicity` columns; or `arm ~ term1
#'   + term2` with `data`, columns that hold grades.
#' @param data (data frame) for a formula.
#' @param id (string or NULL) for a formula: column that names the patient when a patient has several rows (one an
#'   event); the worst grade is taken.
#' @param term (string or NULL) for a formula with `id`: column with the term of each event; the right side is then the
#'   one column with grades.
#' @param pair (string or NULL) for a formula: column with the pair of each patient.
#' @param window (character or NULL) the observation window of each arm, in words, in the order of the arms; default the
#'   arms' median time under observation for the cohort's first endpoint.
#' @param interval (string) risk difference of unpaired arms by `"newcombe"` or `"miettinen-nurminen"`.
#' @param conf.level (number) level of the intervals.
#' @return A [study_table]. `tidy()` gives one row a term and grade group: `term`, `grades`, events and n of each arm
#'   with exact limits, `difference` with limits, `method`, `test`, `p.value`, `pairs`, `pairs_left_out`,
#'   `treated_only`, `control_only`.
#' @section Method:
#' Limits of a share are Clopper-Pearson's. If every matched set is one treated and one control, pairs in which both
#' grades are known are complete: their test is McNemar's exact test and the difference has Tango's score interval; the
#' pairs left out and the discordant pairs are counted. Otherwise the arms are compared as independent: Fisher's exact
#' test, marked unpaired, and Newcombe's (or Miettinen and Nurminen's) interval. A missing grade is not a 0: such a
#' patient is left out of that term and counted.
#' @section Errors: `survmatch_error_toxicity` (no grades, grades outside 0 to 5 or not whole, not two arms).
#' @references Clopper CJ, Pearson ES (1934). The use of confidence or fiducial limits illustrated in the case of the
#' binomial. Biometrika 26:404-413.
#'
#' Newcombe RG (1998). Interval estimation for the difference between independent proportions. Statistics in Medicine
#' 17:873-890.
#'
#' Tango T (1998). Equivalence test and confidence interval for the difference in proportions for the paired-sample
#' design. Statistics in Medicine 17:891-908.
#'
#' Miettinen O, Nurminen M (1985). Comparative analysis of two rates. Statistics in Medicine 4:213-226.
#' @family tables
#' @examples
#' patients <- data.frame(
#'   arm = rep(0:1, each = 20),
#'   pneumonitis = c(rep(0, 17), 1, 2, 1, rep(0, 14), 1, 1, 2, 2, 1, 3)
#' )
#' tabulate_toxicity(arm ~ pneumonitis, data = patients)
#' @export
tabulate_toxicity <- function(x, data = NULL, id = NULL, term = NULL, pair = NULL, window = NULL,
                              interval = c("newcombe", "miettinen-nurminen"), conf.level = 0.95) {
  interval <- pick_choice(interval)
  source <- toxicity_source(x, data, id, term, pair, window)
  numbers <- do.call(
    rbind, lapply(names(source$grades), toxicity_numbers, source = source, interval = interval, level = conf.level)
  )
  new_study_table(
    toxicity_text(numbers, source),
    caption = "Toxicity: worst grade of each patient",
    labels = c(
      term = "Term and grade", control = toxicity_arm(source, 1), treated = toxicity_arm(source, 2),
      difference = paste0("Risk difference (", format_number(100 * conf.level, 0), "% CI)"), p = "p"
    ),
    footnotes = toxicity_notes(numbers, source, interval, conf.level), numeric = numbers
  )
}

# grades: a named list of columns; treated: logical; pair: codes or NULL; arms, labels, window.
toxicity_source <- function(x, data, id, term, pair, window, call = rlang::caller_env()) {
  source <- if (inherits(x, "formula")) toxicity_from_formula(
    x, data, id, term, pair, call
  ) else toxicity_from_cohort(x, call)
  if (length(source$grades) == 0) sm_abort(
    c("There are no grades.", i = "Name their columns: {.arg toxicity} of {.fn as_cohort}."), "toxicity", call
  )
  for (name in names(source$grades)) check_grades(source$grades[[name]], name, call)
  if (!is.null(window)) source$window <- window
  source
}

toxicity_from_cohort <- function(x, call) {
  roles <- cohort_roles(x)
  if (is.null(roles)) {
    sm_abort(
      c(
        "{.arg x} must be a matched cohort, a cohort, or a formula with {.arg data}.",
        x = "It is {.obj_type_friendly {x}}."
      ),
      "toxicity", call
    )
  }
  rows <- if (inherits(x, "matched_cohort")) matched_data(x) else x
  treated <- is_treated(rows[[roles$treatment]], roles)
  columns <- roles$toxicity
  labels <- ifelse(columns %in% names(roles$labels), roles$labels[columns], columns)
  list(
    grades = stats::setNames(lapply(columns, function(column) rows[[column]]), labels), treated = treated,
    pair = if ("subclass" %in% names(rows)) complete_pairs(rows$subclass, treated), arms = roles$arm_labels,
    window = toxicity_window(rows, treated, roles)
  )
}

# The set of each patient when every set is a pair, else NULL.
complete_pairs <- function(set, treated) {
  sizes <- table(set, factor(treated, c(FALSE, TRUE)))
  sizes <- sizes[rowSums(sizes) > 0, , drop = FALSE]
  if (all(sizes == 1)) as.character(set) else NULL
}

toxicity_window <- function(rows, treated, roles) {
  if (length(roles$endpoints) == 0) return(NULL)
  time <- rows[[roles$endpoints[1]]][, "time"]
  paste(
    "median", format_number(
      c(stats::median(time[!treated]), stats::median(time[treated]))
    ), roles$time_unit, "under observation for",
    tolower_first(unname(roles$endpoint_labels[1]))
  )
}

toxicity_from_formula <- function(formula, data, id, term, pair, call) {
  if (!is.data.frame(data)) sm_abort("A formula needs {.arg data}, a data frame.", "toxicity", call)
  arm <- all.vars(formula[[2]])
  columns <- all.vars(formula[[3]])
  check_table_columns(c(arm, columns, id, term, pair), data, call)
  data <- as.data.frame(data)
  if (!is.null(id)) data <- worst_grades(data, arm, columns, id, term, pair, call)
  columns <- setdiff(
    names(data), c(arm, id, pair)
  )[setdiff(names(data), c(arm, id, pair)) %in% c(columns, attr(data, "terms"))]
  groups <- factor(data[[arm]])
  if (nlevels(groups) != 2) sm_abort(
    c("There must be two arms.", x = "{.field {arm}} has {nlevels(groups)}."), "toxicity", call
  )
  treated <- as.integer(groups) == 2L
  names <- if (is.numeric(data[[arm]]) || is.logical(data[[arm]])) paste(arm, "=", levels(groups)) else levels(groups)
  list(
    grades = stats::setNames(lapply(columns, function(column) data[[column]]), columns), treated = treated,
    pair = if (!is.null(pair)) complete_pairs(data[[pair]], treated), arms = names, window = NULL
  )
}

# One row a patient from one row an event; a patient without an event of a term has grade 0.
worst_grades <- function(data, arm, columns, id, term, pair, call) {
  who <- match(data[[id]], unique(data[[id]]))
  first <- !duplicated(who)
  out <- data[first, c(arm, id, pair), drop = FALSE]
  worst <- function(grade, who) {
    value <- tapply(grade, factor(who, seq_len(nrow(out))), function(g) if (all(is.na(g))) NA else max(g, na.rm = TRUE))
    as.vector(value)
  }
  if (is.null(term)) {
    out[columns] <- lapply(columns, function(column) worst(data[[column]], who))
    attr(out, "terms") <- columns
    return(out)
  }
  if (length(columns) != 1) sm_abort(
    "With {.arg term} the right side of the formula must be the one column with grades.", "toxicity", call
  )
  terms <- unique(as.character(data[[term]][!is.na(data[[term]])]))
  for (name in terms) {
    mine <- which(data[[term]] == name)
    grade <- worst(data[[columns]][mine], who[mine])
    out[[name]] <- ifelse(seq_len(nrow(out)) %in% who[mine], grade, 0)
  }
  attr(out, "terms") <- terms
  out
}

check_grades <- function(grade, name, call) {
  if (!is.numeric(grade) && !all(is.na(grade))) {
    sm_abort(
      c("Grades must be numbers from 0 to 5.", x = "{.field {name}} is {.obj_type_friendly {grade}}."), "toxicity", call
    )
  }
  wrong <- which(!is.na(grade) & !(grade %in% 0:5))
  if (length(wrong) == 0) return(invisible())
  sm_abort(c(
    "Grades must be whole numbers from 0 to 5.",
    x = "{length(wrong)} grade{?s} of {.field {name}} {?is/are} not, first in row {wrong[1]}.",
    i = "A grade that is not known is {.code NA}."
  ), "toxicity", call)
}
