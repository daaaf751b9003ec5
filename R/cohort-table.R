#' A patient table with declared roles
#'
#' Says what each column of a table is, checks it, brings all times into one unit, and keeps a log of who was left out.
#' What the checks refuse is an error that names the column, the number of rows, the first of them and the remedy; what
#' can be used with care is a named warning.
#'
#' @param data (data frame) one row a patient.
#' @param treatment (one column, tidyselect) the two arms: 0/1 or logical as it is, anything else with a stated
#'   `reference`.
#' @param covariates (columns, tidyselect) what was known of the patients at time zero: numbers, logicals, factors or
#'   text. Named one by one; identifiers, dates, endpoints, toxicity and the treatment start are refused.
#' @param endpoints (named list) `Surv(time, event)` or [endpoint_dates()] of columns of `data`. The coding of an event
#'   is fixed here, on the whole column; a constant event column is refused unless its meaning is stated, as in
#'   `Surv(time, death == 1)`.
#' @param id (one column or NULL) identifies the patient; must be unique.
#' @param start (one column or NULL) when the treatment started, counted from time zero in `from_unit`, or a date with
#'   `origin`; `NA` for never.
#' @param centre (one column or NULL) where the patient was treated.
#' @param toxicity (columns or NULL) worst CTCAE grade of each term, 0 to 5.
#' @param origin (one column or NULL) date of time zero, for a `start` that is a date.
#' @param measured (named character or NULL) when covariates were measured: names are covariates, values columns with
#'   the time from time zero in `from_unit`.
#' @param reference (one value) the value of `treatment` that is the reference arm, for treatments other than 0/1 or
#'   logical.
#' @param time_unit,from_unit (string) `"days"`, `"months"` (365.25/12 days) or `"years"`: the unit of the cohort, and
#'   of the columns. Dates count in days.
#' @param arm_labels (character, 2) how the arms are called, reference first.
#' @param labels (named character) how columns and endpoints are called.
#' @param allow_post (logical) accept covariates that were measured after time zero?
#' @return A `cohort`: the data frame with one `Surv` column an endpoint, named after it, in `time_unit`; the start in
#'   `time_unit`; text covariates and treatments as factors with the reference first. [cohort_roles()] gives the roles,
#'   [attrition()] the log.
#' @section Method:
#' Nothing is imputed or dropped. Missing covariate values stay, are counted by column and arm in a warning, and are
#' handled where a score is fitted.
#' @section Errors:
#' all have class `survmatch_error_cohort` beside their own: `_table` (not a usable table), `_role` (columns in two
#' roles or of the wrong kind), `_treatment`, `_covariate`, `_endpoint`, `_time`, `_id`, `_start`, `_toxicity`.
#' Warnings: `survmatch_warning_positivity`, `_missing`, `_immortal_time`, `_zero_time`, `_post_covariate`.
#' @family cohort
#' @examples
#' cohort <- as_cohort(survival::rotterdam,
#'   treatment = hormon, covariates = c(age, grade, nodes), id = pid,
#'   endpoints = list(os = Surv(dtime, death == 1)), time_unit = "months", from_unit = "days",
#'   arm_labels = c("No hormone treatment", "Hormone treatment")
#' )
#' cohort
#' @export
as_cohort <- function(data, treatment, covariates, endpoints, id = NULL, start = NULL, centre = NULL, toxicity = NULL,
                      origin = NULL,
                      measured = NULL, reference = NULL, time_unit = "months", from_unit = time_unit, arm_labels = NULL,
                      labels = NULL,
                      allow_post = FALSE) {
  call <- rlang::current_env()
  data <- plain_table(data, call)
  units <- check_units(time_unit, from_unit, call)
  roles <- list(
    id = one_column(rlang::enquo(id), data, "id", call), treatment = one_column(
      rlang::enquo(treatment), data, "treatment", call, needed = TRUE
    ),
    covariates = select_columns(
      rlang::enquo(covariates), data, "covariates", call
    ), start = one_column(rlang::enquo(start), data, "start", call),
    centre = one_column(rlang::enquo(centre), data, "centre", call), toxicity = select_columns(
      rlang::enquo(toxicity), data, "toxicity", call
    ),
    time_unit = units$to
  )
  origin <- one_column(rlang::enquo(origin), data, "origin", call)
  read <- read_endpoints(rlang::enquo(endpoints), data, units, call)
  roles <- c(roles, list(endpoints = names(read$columns), source_columns = read$sources))
  check_roles(roles, data, c(origin, unname(measured)), call)

  data <- code_arms(data, roles, reference, call)
  arms <- attr(data, "arms")
  roles <- c(roles, list(reference = arms$reference, treated = arms$treated))
  roles$arm_labels <- check_arm_labels(arm_labels, roles, call)
  roles <- c(roles, check_labels(labels, roles, data, call))
  data <- check_covariates(data, roles, measured, allow_post, units, call)
  check_other_columns(data, roles, call)
  data[names(read$columns)] <- read$columns
  check_endpoint_times(data, roles, call)
  data <- code_start(data, roles, origin, units, call)
  if (!is.null(roles$start)) roles$start <- attr(data, "start")

  cohort <- new_cohort(data, roles)
  warn_cohort(cohort, call)
  cohort
}

new_cohort <- function(data, roles, attrition = NULL) {
  attr(data, "arms") <- NULL
  attr(data, "start") <- NULL
  treated <- is_treated(data[[roles$treatment]], roles)
  attrition <- attrition %||% data.frame(
    step = "In the table", n = nrow(data), excluded = 0L, treated = sum(treated), reference = sum(!treated)
  )
  structure(data, roles = roles, attrition = attrition, class = c("cohort", "data.frame"))
}

cohort_abort <- function(message, topic, call, .envir = rlang::caller_env()) {
  cli::cli_abort(message,
    class = c(
      paste0("survmatch_error_", topic), "survmatch_error_cohort", "survmatch_error"
    ), call = call, .envir = .envir
  )
}

# A plain data frame with usable names and at least two rows.
plain_table <- function(data, call) {
  if (!is.data.frame(data)) {
    cohort_abort(c("{.arg data} must be a data frame.", x = "It is {.obj_type_friendly {data}}."), "table", call)
  }
  data <- as.data.frame(data)
  twice <- unique(names(data)[duplicated(names(data))])
  if (length(twice) > 0) cohort_abort(
    c("Columns must have different names.", x = "More than once: {.field {twice}}."), "table", call
  )
  if (ncol(data) == 0 || any(is.na(names(data)) | names(data) == "")) cohort_abort(
    "Each column must have a name.", "table", call
  )
  if (nrow(data) < 2) {
    cohort_abort(c("{.arg data} must have at least two patients.", x = "It has {nrow(data)} row{?s}."), "table", call)
  }
  data
}

check_units <- function(time_unit, from_unit, call) {
  known <- c("days", "months", "years")
  for (unit in list(time_unit, from_unit)) {
    if (!rlang::is_string(unit) || !unit %in% known) {
      cohort_abort(
        c("{.arg time_unit} and {.arg from_unit} must be {.or {.val {known}}}.", x = "One is {shown(unit)}."), "time",
        call
      )
    }
  }
  list(to = time_unit, from = from_unit)
}

# How much of the unit `to` one of the unit `from` is; a month is 365.25/12 days.
unit_factor <- function(from, to) {
  days <- c(days = 1, months = 365.25 / 12, years = 365.25)
  unname(days[from] / days[to])
}

select_columns <- function(quo, data, role, call) {
  if (rlang::quo_is_missing(quo)) {
    cohort_abort(c("{.arg {role}} must be named.", i = "Give columns of {.arg data}."), "role", call)
  }
  if (rlang::quo_is_null(quo)) return(NULL)
  chosen <- tryCatch(tidyselect::eval_select(quo, data), error = function(e) {
    cohort_abort(
      c("{.arg {role}} must be columns of {.arg data}.", x = "{cli::ansi_strip(conditionMessage(e))}"), "role", call
    )
  })
  names <- names(data)[chosen]
  if (length(names) == 0) NULL else names
}

one_column <- function(quo, data, role, call, needed = FALSE) {
  names <- select_columns(quo, data, role, call)
  if (length(names) > 1 || (needed && length(names) == 0)) {
    cohort_abort(c("{.arg {role}} must be one column.", x = "{length(names)} were named."), "role", call)
  }
  names
}

# No column in two roles; the sources of endpoints are roles too.
check_roles <- function(roles, data, times, call) {
  if (is.null(roles$covariates)) cohort_abort("{.arg covariates} must name at least one column.", "role", call)
  refused <- list(
    `the treatment` = roles$treatment, `the identifier` = roles$id, `the treatment start` = roles$start,
    toxicity = roles$toxicity,
    `an endpoint` = unlist(roles$source_columns, use.names = FALSE), `a time` = times
  )
  for (what in names(refused)) {
    both <- intersect(roles$covariates, refused[[what]])
    if (length(both) > 0) {
      cohort_abort(c(
        "A covariate must have been known at time zero.", x = "{.field {both}} {?is/are} also {what}.",
        i = "Leave {.field {both}} out of {.arg covariates}."
      ), "role", call)
    }
  }
  singles <- c(roles$treatment, roles$id, roles$start, roles$centre, roles$toxicity)
  twice <- unique(singles[duplicated(singles)])
  if (length(twice) > 0) cohort_abort(
    c("A column must have one role.", x = "{.field {twice}} {?has/have} two."), "role", call
  )
  if (roles$treatment %in% unlist(roles$source_columns)) {
    cohort_abort(
      c("A column must have one role.", x = "{.field {roles$treatment}} is the treatment and part of an endpoint."),
      "role", call
    )
  }
  taken <- intersect(roles$endpoints, names(data))
  if (length(taken) > 0) {
    cohort_abort(c("An endpoint must have a name of its own.",
      x = "{.field {taken}} {?is a column/are columns} of {.arg data}.",
      i = "Name the endpoint otherwise."
    ), "endpoint", call)
  }
}
