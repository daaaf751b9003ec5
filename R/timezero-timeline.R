# What every design of this family reads from its data: who is under observation when, when treatment starts, when a
# patient stops being eligible for it, and the endpoints.

# Returns a list, with rows in data order and patients in order of first appearance:
#   data       the data frame or cohort
#   patient    integer, one a row;  first  the first row of each patient;  id  one a patient
#   entry, stop  numeric, one a row: the row describes (entry, stop]
#   start      numeric, one a patient, Inf for never
#   endpoints  list by endpoint of list(time, status), one a patient
#   limit      numeric, one a patient: event, censoring or progression, whichever is first
#   progressed numeric, one a patient: time of a dated progression, else Inf
#   eligible   sentence
read_timeline <- function(start, data, time, event, id, entry, eligible, call) {
  if (!is.data.frame(data) || nrow(data) == 0) {
    sm_abort(
      c("{.arg data} must be a data frame with rows.", x = "It is {.obj_type_friendly {data}}."), "time_zero", call
    )
  }
  roles <- cohort_roles(data)
  line <- list(data = data, roles = roles)
  line <- identify_patients(line, column_value(id, data, "id", call), call)
  line <- read_intervals(line, column_value(time, data, "time", call), column_value(entry, data, "entry", call), call)
  line <- timeline_endpoints(line, column_value(event, data, "event", call), call)
  line$start <- read_start(start, line, call)
  add_eligibility(line, column_value(eligible, data, "eligible", call), call)
}

# The value of a quosure in the data; one string names a column.
column_value <- function(quo, data, arg, call) {
  value <- tryCatch(rlang::eval_tidy(quo, as.list(bare_table(data))), error = function(e) {
    sm_abort(c("{.arg {arg}} could not be found or computed.", x = "{conditionMessage(e)}"), "time_zero", call)
  })
  if (is.character(value) && length(value) == 1 && nrow(data) != 1) {
    if (!value %in% names(data)) {
      sm_abort(c("{.arg {arg}} must name a column of {.arg data}.", x = "Unknown: {.val {value}}."), "time_zero", call)
    }
    value <- data[[value]]
  }
  size <- if (survival::is.Surv(value)) nrow(value) else length(value)
  if (is.null(value) || isFALSE(value) || size == nrow(data)) return(value)
  sm_abort(c(
    "{.arg {arg}} must have one value a row of {.arg data}.", x = "It has {size}; the data have {nrow(data)} row{?s}."
  ), "time_zero", call)
}

bare_table <- function(data) {
  attr(data, "roles") <- attr(data, "attrition") <- NULL
  class(data) <- "data.frame"
  data
}

# Rows of a table, also one more than once, without names for them.
repeat_rows <- function(table, index) {
  columns <- lapply(bare_table(table), function(x) if (length(dim(x)) == 2) x[index, , drop = FALSE] else x[index])
  structure(columns, class = "data.frame", row.names = .set_row_names(length(index)))
}

identify_patients <- function(line, id, call) {
  if (is.null(id) && !is.null(line$roles$id)) id <- line$data[[line$roles$id]]
  id <- id %||% seq_len(nrow(line$data))
  if (anyNA(id)) {
    sm_abort(
      c("{.arg id} must be complete.", x = "{sum(is.na(id))} row{?s} lack{?s/} it, first row {which(is.na(id))[1]}."),
      "time_zero", call
    )
  }
  line$id <- unique(id)
  line$patient <- match(id, line$id)
  line$first <- which(!duplicated(line$patient))
  line$n <- length(line$id)
  line
}

read_intervals <- function(line, time, entry, call) {
  if (is.null(time) && !is.null(line$roles)) time <- do.call(
    pmax, lapply(line$roles$endpoints, function(e) line$data[[e]][, "time"])
  )
  if (is.null(time)) sm_abort("{.arg time} must be given: the end of follow-up, or of each row.", "time_zero", call)
  check_numbers(time, "time", call)
  if (!is.null(entry)) check_numbers(entry, "entry", call)
  line$stop <- as.double(time)
  line$entry <- if (is.null(entry)) rep(-Inf, length(time)) else as.double(entry)
  line$delayed <- !is.null(entry)
  if (is.null(entry) && line$n < length(time)) {
    sm_abort(c(
      "Several rows a patient need {.arg entry}: each row then describes (entry, time].",
      x = "{line$n} patient{?s} {?has/have} {length(time)} rows."
    ), "time_zero", call)
  }
  check_rows_apart(line, call)
  line
}

check_numbers <- function(x, arg, call) {
  bad <- !is.numeric(x) | is.na(x)
  if (!any(bad)) return(invisible())
  sm_abort(c(
    "{.arg {arg}} must be numeric and complete.",
    x = "{sum(bad)} value{?s} {?is/are} not, first in row {which(bad)[1]}."
  ), "time_zero", call)
}

check_rows_apart <- function(line, call) {
  empty <- which(line$stop <= line$entry)
  if (length(empty) > 0) {
    sm_abort(
      c(
        "{.arg entry} must lie before {.arg time}.",
        x = "It does not in {length(empty)} row{?s}, first in row {empty[1]}."
      ),
      "time_zero", call
    )
  }
  order <- order(line$patient, line$entry)
  same <- diff(line$patient[order]) == 0
  overlap <- which(same & line$entry[order][-1] < line$stop[order][-length(order)])
  if (length(overlap) == 0) return(invisible())
  sm_abort(c(
    "The rows of a patient must not overlap in time.",
    x = "{length(overlap)} row{?s} begin{?s/} before the one before it ends, first row {order[overlap[1] + 1]}."
  ), "time_zero", call)
}

# Endpoints of a cohort, or the one that `time` and `event` make.
timeline_endpoints <- function(line, event, call) {
  last <- tapply(line$stop, line$patient, max)
  if (!is.null(line$roles) && is.null(event)) {
    names <- line$roles$endpoints
    line$endpoints <- lapply(stats::setNames(nm = names), function(e) {
      response <- line$data[[e]][line$first, ]
      list(time = response[, "time"], status = as.integer(response[, "status"]))
    })
    return(line)
  }
  if (is.null(event)) sm_abort("{.arg event} must be given: what happened at {.arg time}.", "time_zero", call)
  status <- put_together(survival::Surv(line$stop, event)[, "status"], call, "time_zero")
  if (anyNA(status)) {
    sm_abort(
      c(
        "{.arg event} must be complete.",
        x = "{sum(is.na(status))} value{?s} missing, first in row {which(is.na(status))[1]}."
      ),
      "time_zero", call
    )
  }
  end_row <- which(line$stop == last[line$patient])
  happened <- integer(line$n)
  happened[line$patient[end_row]] <- as.integer(status[end_row])
  line$endpoints <- list(event = list(time = as.double(last), status = happened))
  line
}

# One time a patient, Inf for never.
read_start <- function(start, line, call) {
  if (is.null(start) && !is.null(line$roles$start)) start <- line$data[[line$roles$start]]
  if (is.null(start)) {
    sm_abort(
      c(
        "The time of treatment start must be given.",
        i = "A column with the time, {.val {NA}} for patients who were never treated."
      ),
      "time_zero", call
    )
  }
  if (!is.numeric(start) && !all(is.na(start))) {
    sm_abort(c("The treatment start must be a time.", x = "It is {.obj_type_friendly {start}}."), "time_zero", call)
  }
  start <- as.double(start)
  start[is.na(start)] <- Inf
  early <- which(start < 0)
  if (length(early) > 0) {
    sm_abort(
      c("Treatment must not start before time zero.", x = "{length(early)} row{?s} do{?es/}, first row {early[1]}."),
      "time_zero", call
    )
  }
  changing <- which(start != start[line$first][line$patient])
  if (length(changing) > 0) {
    sm_abort(
      c("The treatment start must be the same in all rows of a patient.", x = "It changes in row {changing[1]}."),
      "time_zero", call
    )
  }
  start[line$first]
}

# NULL: progression-free where a cohort dates it; FALSE: alive and under observation; a time (NA never) or a Surv.
add_eligibility <- function(line, eligible, call) {
  terminal <- terminal_endpoint(line)
  line$terminal <- terminal
  ends <- lapply(line$endpoints, `[[`, "time")
  line$progressed <- rep(Inf, line$n)
  line$limit <- ends[[terminal]]
  others <- setdiff(names(ends), terminal)
  line$eligible <- "alive, under observation and not yet treated"
  if (isFALSE(eligible) || (is.null(eligible) && length(others) == 0)) return(line)
  line$eligible <- "alive, progression-free, under observation and not yet treated"
  if (is.null(eligible)) {
    for (e in others) {
      happened <- line$endpoints[[e]]$status == 1 & !(line$endpoints[[terminal]]$status == 1 & ends[[e]] == ends[[terminal]])
      line$progressed <- pmin(line$progressed, ifelse(happened, ends[[e]], Inf))
      line$limit <- pmin(line$limit, ends[[e]])
    }
    return(line)
  }
  over <- eligibility_end(eligible, line, call)
  line$progressed <- over$progressed
  line$limit <- pmin(line$limit, over$end)
  line
}

eligibility_end <- function(eligible, line, call) {
  if (survival::is.Surv(eligible)) {
    end <- eligible[line$first, "time"]
    return(list(end = end, progressed = ifelse(eligible[line$first, "status"] == 1, end, Inf)))
  }
  if (!is.numeric(eligible)) {
    sm_abort(c(
      "{.arg eligible} must be {.code NULL}, {.code FALSE}, or the time at which a patient stops being eligible.",
      x = "It is {.obj_type_friendly {eligible}}."
    ), "time_zero", call)
  }
  end <- as.double(eligible)[line$first]
  end[is.na(end)] <- Inf
  list(end = end, progressed = end)
}

# The endpoint that is never before another: death beside progression or death.
terminal_endpoint <- function(line) {
  ends <- vapply(line$endpoints, function(e) mean(e$time), 0)
  names(ends)[which.max(ends)]
}
