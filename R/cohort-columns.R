# The checks of single columns of a cohort, and how they are coded.

# 0/1 and logical as they are; anything else becomes a factor with the stated reference first. Leaves the two values in
# attr "arms".
code_arms <- function(data, roles, reference, call) {
  column <- roles$treatment
  values <- data[[column]]
  if (!is.atomic(values) || !is.null(dim(values)) || inherits(values, c("Date", "POSIXt"))) {
    cohort_abort(
      c("The treatment must be two values.", x = "{.field {column}} is {.obj_type_friendly {values}}."), "treatment",
      call
    )
  }
  missing <- which(is.na(values))
  if (length(missing) > 0) {
    cohort_abort(c("The treatment must be known.",
      x = "{.field {column}} is missing in {length(missing)} row{?s}, first in row {missing[1]}.",
      i = "Leave those patients out with their count."
    ), "treatment", call)
  }
  seen <- if (is.factor(values)) levels(droplevels(values)) else sort(unique(values))
  if (length(seen) != 2) {
    cohort_abort(c("The treatment must have two arms with patients.", x = "{.field {column}} has {length(seen)}.",
      i = if (length(seen) > 2) "Choose two of them, or combine." else "Both arms must be in the table."
    ), "treatment", call)
  }
  as_it_is <- is.logical(values) || (is.numeric(values) && all(seen == 0:1))
  if (is.null(reference) && !as_it_is) {
    cohort_abort(c("The reference arm must be stated.",
      x = "{.field {column}} has the values {.val {as.character(seen)}}.",
      i = "For example {.code reference = \"{as.character(seen)[1]}\"}."
    ), "treatment", call)
  }
  if (!is.null(reference) && (length(reference) != 1 || !as.character(reference) %in% as.character(seen))) {
    cohort_abort(
      c(
        "{.arg reference} must be a value of the treatment.", x = "It is {shown(reference)}.",
        i = "There are {.val {as.character(seen)}}."
      ),
      "treatment", call
    )
  }
  reference <- if (is.null(reference)) seen[1] else seen[match(as.character(reference), as.character(seen))]
  treated <- seen[as.character(seen) != as.character(reference)]
  if (!as_it_is || !identical(as.character(reference), as.character(seen[1]))) {
    data[[column]] <- factor(as.character(values), as.character(c(reference, treated)))
    reference <- as.character(reference)
    treated <- as.character(treated)
  }
  attr(data, "arms") <- list(reference = reference, treated = treated)
  data
}

check_arm_labels <- function(arm_labels, roles, call) {
  if (is.null(arm_labels)) {
    values <- c(as.character(roles$reference), as.character(roles$treated))
    return(if (is.character(roles$reference)) values else paste0(roles$treatment, " = ", values))
  }
  if (!is.character(arm_labels) || length(arm_labels) != 2 || anyNA(arm_labels) || anyDuplicated(arm_labels) || any(!nzchar(trimws(arm_labels)))) {
    cohort_abort("{.arg arm_labels} must be two different labels, the reference arm first.", "treatment", call)
  }
  unname(arm_labels)
}

check_labels <- function(labels, roles, data, call) {
  labels <- unlist(labels)
  if (!is.null(labels) && (!is.character(labels) || any(rlang::names2(labels) == ""))) {
    cohort_abort("{.arg labels} must be named text.", "role", call)
  }
  unknown <- setdiff(names(labels), c(names(data), roles$endpoints))
  if (length(unknown) > 0) cohort_abort(
    c("{.arg labels} must name columns or endpoints.", x = "Unknown: {.field {unknown}}."), "role", call
  )
  of_endpoints <- ifelse(roles$endpoints %in% names(labels), labels[roles$endpoints], roles$endpoints)
  list(
    endpoint_labels = stats::setNames(of_endpoints, roles$endpoints),
    labels = labels[setdiff(names(labels), roles$endpoints)]
  )
}

# Text becomes a factor, unused levels go; what a score cannot use is refused.
check_covariates <- function(data, roles, measured, allow_post, units, call) {
  for (column in roles$covariates) data[[column]] <- code_covariate(data[[column]], column, call)
  if (is.null(measured)) return(data)
  unknown <- c(setdiff(names(measured), roles$covariates), setdiff(unname(measured), names(data)))
  if (length(unknown) > 0 || is.null(names(measured))) {
    cohort_abort(
      c("{.arg measured} must name covariates and the columns with their times.", x = "Unknown: {.field {unknown}}."),
      "covariate", call
    )
  }
  for (column in names(measured)) {
    late <- which(data[[measured[[column]]]] > 0)
    if (length(late) > 0 && !isTRUE(allow_post)) {
      cohort_abort(c(
        "Covariates must have been measured by time zero.",
        x = "{.field {column}} was measured later in {length(late)} patient{?s}, first in row {late[1]}.",
        i = "It may be a consequence of the treatment. {.code allow_post = TRUE} takes it all the same."
      ), "covariate", call)
    }
  }
  data
}

code_covariate <- function(values, column, call) {
  usable <- is.atomic(values) && is.null(dim(values)) && !inherits(
    values, c("Date", "POSIXt", "difftime")
  ) && !is.complex(values) && !is.raw(values)
  if (!usable) {
    cohort_abort(c("Covariates must be numbers, logicals or categories.",
      x = "{.field {column}} is {.obj_type_friendly {values}}.",
      i = if (inherits(values, c("Date", "POSIXt"))) "Use a number of years or a period instead of a date."
    ), "covariate", call)
  }
  if (all(is.na(values))) cohort_abort(
    c("Covariates must have values.", x = "{.field {column}} is missing in every row."), "covariate", call
  )
  if (is.numeric(values) && any(is.infinite(values))) {
    wrong <- which(is.infinite(values))
    cohort_abort(c("Covariates must be finite.",
      x = "{.field {column}} is infinite in {length(wrong)} row{?s}, first in row {wrong[1]}.",
      i = "Code what is not known as NA."
    ), "covariate", call)
  }
  if (is.character(values)) values <- code_text(values, column, call)
  if (is.factor(values)) values <- droplevels(values)
  seen <- unique(values[!is.na(values)])
  if (length(seen) == 1) {
    cohort_abort(
      c("Covariates must vary.", x = "{.field {column}} has the same value in every patient.", i = "Leave it out."),
      "covariate", call
    )
  }
  if (is.factor(values) && length(values) >= 10 && length(seen) == length(values)) {
    cohort_abort(
      c("An identifier cannot be a covariate.", x = "{.field {column}} is different in every patient."), "covariate",
      call
    )
  }
  values
}

code_text <- function(values, column, call) {
  values[!nzchar(trimws(values))] <- NA
  if (all(is.na(values))) cohort_abort(
    c("Covariates must have values.", x = "{.field {column}} is empty in every row."), "covariate", call
  )
  number <- suppressWarnings(as.numeric(values[!is.na(values)]))
  if (!anyNA(number) && length(unique(number)) > 2) {
    cohort_abort(c("Numbers must be stored as numbers.", x = "{.field {column}} is text that holds numbers.",
      i = "Use {.fn as.numeric}, or {.fn factor} if they are codes."
    ), "covariate", call)
  }
  factor(values)
}

# Identifier, centre, toxicity.
check_other_columns <- function(data, roles, call) {
  if (!is.null(roles$id)) {
    id <- data[[roles$id]]
    if (!is.atomic(id)) cohort_abort(
      c("Identifiers must be numbers or text.", x = "{.field {roles$id}} is {.obj_type_friendly {id}}."), "id", call
    )
    missing <- which(is.na(id))
    if (length(missing) > 0) {
      cohort_abort(
        c(
          "Each patient must have an identifier.",
          x = "{.field {roles$id}} is missing in {length(missing)} row{?s}, first in row {missing[1]}."
        ),
        "id", call
      )
    }
    again <- which(duplicated(id))
    if (length(again) > 0) {
      cohort_abort(c(
        "Each patient must have one row.",
        x = "{length(again)} row{?s} repeat{?s/} an identifier of {.field {roles$id}}, first in row {again[1]}.",
        i = "Keep one row a patient."
      ), "id", call)
    }
  }
  if (!is.null(roles$centre)) {
    missing <- which(is.na(data[[roles$centre]]))
    if (length(missing) > 0) {
      cohort_abort(c("The centre must be known.",
        x = "{.field {roles$centre}} is missing in {length(missing)} row{?s}, first in row {missing[1]}.",
        i = "Give those patients a centre of their own, such as {.val unknown}."
      ), "role", call)
    }
  }
  for (column in roles$toxicity) check_cohort_grades(data[[column]], column, call)
}

check_cohort_grades <- function(grade, column, call) {
  if (!is.numeric(grade) && !all(is.na(grade))) {
    cohort_abort(
      c("Toxicity must be grades from 0 to 5.", x = "{.field {column}} is {.obj_type_friendly {grade}}."), "toxicity",
      call
    )
  }
  wrong <- which(!is.na(grade) & !grade %in% 0:5)
  if (length(wrong) > 0) {
    cohort_abort(c(
      "Toxicity must be whole grades from 0 to 5.",
      x = "{.field {column}} is not in {length(wrong)} row{?s}, first in row {wrong[1]}.",
      i = "A grade that is not known is NA."
    ), "toxicity", call)
  }
}

# The start in the cohort's unit, in its own column (a date gives a new column `<start>_time`). Leaves its name in attr
# "start".
code_start <- function(data, roles, origin, units, call) {
  if (is.null(roles$start)) return(data)
  start <- data[[roles$start]]
  column <- roles$start
  if (inherits(start, c("Date", "POSIXt"))) {
    if (is.null(origin)) cohort_abort(
      c("A start that is a date needs the date of time zero.", i = "Name its column: {.arg origin}."), "start", call
    )
    start <- as.numeric(as.Date(start) - as.Date(data[[origin]])) * unit_factor("days", units$to)
    column <- paste0(column, "_time")
  } else if (is.numeric(start) || all(is.na(start))) {
    start <- as.numeric(start) * unit_factor(units$from, units$to)
  } else {
    cohort_abort(
      c("The treatment start must be a time or a date.", x = "{.field {column}} is {.obj_type_friendly {start}}."),
      "start", call
    )
  }
  treated <- is_treated(data[[roles$treatment]], roles)
  end <- do.call(pmax, lapply(roles$endpoints, function(name) data[[name]][, "time"]))
  refuse_start(
    treated & is.na(start), "{n} treated patient{?s} {?has/have} no start", "Who was treated must have started.", call
  )
  refuse_start(
    !treated & !is.na(start), "{n} untreated patient{?s} {?has/have} a start",
    "A start is NA for patients who never started.", call
  )
  refuse_start(
    start > end * (1 + 1e-9) + 1e-9, "{n} patient{?s} started after the end of {?its/their} follow-up",
    "Check the dates.", call
  )
  data[[column]] <- start
  attr(data, "start") <- column
  data
}

refuse_start <- function(wrong, found, remedy, call) {
  rows <- which(wrong)
  n <- length(rows)
  if (n == 0) return(invisible())
  first <- rows[1]
  cohort_abort(
    c(
      "The treatment start must fit the treatment and the follow-up.", x = paste0(found, ", first in row {first}."),
      i = remedy
    ),
    "start", call
  )
}
