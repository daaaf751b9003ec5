#' An endpoint from dates
#'
#' For the `endpoints` of [as_cohort()]: the time from `origin` to the event, or to when the patient was last seen
#' without it.
#'
#' @param origin (Date) time zero.
#' @param event (Date) when the event happened; `NA` when it was not seen.
#' @param last_seen (Date) when the patient was last seen; used where `event` is `NA`.
#' @return An object of class `endpoint_dates` that [as_cohort()] turns into a `Surv` column.
#' @section Errors: `survmatch_error_endpoint` when something is not a date.
#' @family cohort
#' @examples
#' table <- data.frame(
#'   arm = c(0, 1, 0, 1), age = c(61, 58, 70, 66), diagnosis = as.Date("2020-01-01") + 0:3,
#'   death = as.Date(c("2021-05-01", NA, "2020-09-30", NA)), last = as.Date("2022-01-01")
#' )
#' as_cohort(table,
#'   treatment = arm, covariates = age,
#'   endpoints = list(os = endpoint_dates(origin = diagnosis, event = death, last_seen = last))
#' )$os
#' @export
endpoint_dates <- function(origin, event, last_seen) {
  dates <- list(origin = origin, event = event, last_seen = last_seen)
  for (name in names(dates)) {
    if (!inherits(dates[[name]], c("Date", "POSIXt")) && !all(is.na(dates[[name]]))) {
      sm_abort(
        c("{.arg {name}} must be dates.", x = "It is {.obj_type_friendly {dates[[name]]}}.", i = "Use {.fn as.Date}."),
        "endpoint"
      )
    }
  }
  structure(lapply(dates, as.Date), class = "endpoint_dates")
}

# `endpoints` is an expression in terms of the data's columns. Returns the Surv columns in the cohort's unit, and the
# columns each was made of.
read_endpoints <- function(quo, data, units, call) {
  if (rlang::quo_is_missing(quo)) {
    cohort_abort(
      c("{.arg endpoints} must be named.", i = "For example {.code list(os = Surv(time, death == 1))}."), "endpoint",
      call
    )
  }
  given <- endpoint_expressions(quo, data, call)
  columns <- Map(function(name, one) read_endpoint(name, one, data, units, call), names(given), given)
  sources <- lapply(given, function(one) intersect(all.vars(rlang::quo_get_expr(one)), names(data)))
  list(columns = columns, sources = sources)
}

# list(os = ..., pfs = ...) as quosures; a list that was made before keeps its values.
endpoint_expressions <- function(quo, data, call) {
  expr <- rlang::quo_get_expr(quo)
  if (rlang::is_call(expr, c("list", "c"))) {
    given <- lapply(as.list(expr)[-1], rlang::new_quosure, env = rlang::quo_get_env(quo))
  } else {
    value <- tryCatch(rlang::eval_tidy(quo, data), error = function(e) {
      cohort_abort(
        c("{.arg endpoints} could not be read.", x = "{cli::ansi_strip(conditionMessage(e))}"), "endpoint", call
      )
    })
    if (!is.list(value) || inherits(value, "endpoint_dates")) {
      cohort_abort("{.arg endpoints} must be a named list of {.fn Surv} or {.fn endpoint_dates}.", "endpoint", call)
    }
    given <- lapply(value, function(one) if (rlang::is_quosure(one)) one else rlang::new_quosure(one))
  }
  names <- rlang::names2(given)
  if (length(given) == 0 || any(names == "") || anyDuplicated(names)) {
    cohort_abort("{.arg endpoints} must be a list with a name of its own for each endpoint.", "endpoint", call)
  }
  given
}

read_endpoint <- function(name, quo, data, units, call) {
  refuse_constant_event(name, quo, data, call)
  mask <- c(list(Surv = survival::Surv, endpoint_dates = endpoint_dates), as.list(data))
  value <- tryCatch(
    withCallingHandlers(rlang::eval_tidy(quo, mask), warning = function(w) {
      cohort_abort(
        c("The events of {.field {name}} must be coded 0/1, 1/2 or logical.", x = "{conditionMessage(w)}"), "endpoint",
        call
      )
    }),
    survmatch_error = function(e) rlang::cnd_signal(e),
    error = function(e) {
      cohort_abort(
        c("The endpoint {.field {name}} could not be read.", x = "{cli::ansi_strip(conditionMessage(e))}"), "endpoint",
        call
      )
    }
  )
  as_endpoint(value, name, nrow(data), units, call)
}

# A number that never changes does not say whether it means an event.
refuse_constant_event <- function(name, quo, data, call) {
  expr <- rlang::quo_get_expr(quo)
  if (!rlang::is_call(expr, "Surv") || length(expr) < 3) return(invisible())
  arguments <- as.list(expr)[-1]
  event <- arguments$event %||% arguments[[length(arguments)]]
  status <- tryCatch(rlang::eval_tidy(event, data, rlang::quo_get_env(quo)), error = function(e) NULL)
  if (!is.numeric(status) || length(unique(status[!is.na(status)])) != 1) return(invisible())
  value <- unique(status[!is.na(status)])
  cohort_abort(c(
    "The meaning of a constant event column must be stated.",
    x = "The events of {.field {name}} are all {.val {value}}.",
    i = "Write what an event is, as in {.code Surv(time, event == 1)}."
  ), "endpoint", call)
}

as_endpoint <- function(value, name, n, units, call) {
  if (inherits(value, "endpoint_dates")) {
    end <- value$last_seen
    seen <- !is.na(value$event)
    end[seen] <- value$event[seen]
    value <- survival::Surv(as.numeric(end - value$origin), as.numeric(seen))
    units$from <- "days"
  }
  if (!inherits(value, "Surv") || attr(value, "type") != "right") {
    cohort_abort(
      c(
        "An endpoint must be {.code Surv(time, event)} or {.fn endpoint_dates}.",
        x = "{.field {name}} is not right-censored survival."
      ),
      "endpoint", call
    )
  }
  if (nrow(value) != n) cohort_abort(
    c("An endpoint must have one value a patient.", x = "{.field {name}} has {nrow(value)} for {n}."), "endpoint", call
  )
  survival::Surv(value[, "time"] * unit_factor(units$from, units$to), value[, "status"])
}

# Missing, negative and infinite times; progression after death.
check_endpoint_times <- function(data, roles, call) {
  for (name in roles$endpoints) {
    time <- data[[name]][, "time"]
    status <- data[[name]][, "status"]
    refuse_rows(
      is.na(time), "The times of {.field {name}} must be known.", "{n} {?is/are} missing",
      "Leave those patients out with their count, or find the dates.", call, name
    )
    refuse_rows(
      is.na(status), "The events of {.field {name}} must be known.", "{n} {?is/are} missing",
      "Code censored patients 0, not NA.", call, name
    )
    refuse_rows(
      is.infinite(time), "The times of {.field {name}} must be finite.", "{n} {?is/are} infinite", "Check the dates.",
      call, name
    )
    refuse_rows(
      time < 0, "The times of {.field {name}} must not be negative.", "{n} {?is/are} below 0",
      "Check the dates: the end lies before time zero.", call, name
    )
  }
  last <- grep("^(os|death|overall)", roles$endpoints, ignore.case = TRUE, value = TRUE)
  first <- grep("^(pfs|rfs|dfs|efs|ttp|progress|relapse|recurrence)", roles$endpoints, ignore.case = TRUE, value = TRUE)
  if (length(last) == 0) return(invisible())
  for (name in first) {
    late <- data[[name]][, "time"] > data[[last[1]]][, "time"] * (1 + 1e-9) + 1e-9
    refuse_rows(
      late, "{.field {name}} must not end after {.field {last}}.", "{n} time{?s} {?does/do}",
      "Nobody can be followed for progression beyond death or the last visit.", call, name, last[1]
    )
  }
}

refuse_rows <- function(wrong, message, found, remedy, call, name, last = NULL) {
  rows <- which(wrong)
  n <- length(rows)
  if (n == 0) return(invisible())
  first <- rows[1]
  cohort_abort(c(message, x = paste0(found, ", first in row {first}."), i = remedy), "time", call)
}
