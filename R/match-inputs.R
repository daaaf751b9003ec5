# How match_cohort() reads treatment, covariates, strata and sampling weights from the data.

plain_frame <- function(data) {
  class(data) <- "data.frame"
  data
}

# 0/1, one value a row: 1 is the treated arm.
read_treatment <- function(prep) {
  response <- prep$terms[[2]]
  data <- prep$data
  treatment <- if (is.symbol(response) && as.character(response) %in% names(data)) {
    data[[as.character(response)]]
  } else {
    stats::model.response(
      stats::model.frame(stats::update(prep$terms, . ~ 0), data = plain_frame(data), na.action = "na.pass")
    )
  }
  if (length(treatment) != nrow(data) || !is.atomic(treatment) || !is.null(dim(treatment))) {
    sm_abort(c(
      "The treatment must be a column with one value a row.", x = "It is {.obj_type_friendly {treatment}}."
    ), "match", prep$error_call)
  }
  if (anyNA(treatment)) {
    sm_abort(c(
      "The treatment must not be missing.",
      x = "{sum(is.na(treatment))} value{?s} {?is/are} missing, first in row {which(is.na(treatment))[1]}."
    ), "match", prep$error_call)
  }
  roles <- if (inherits(data, "cohort")) cohort_roles(data)
  if (!is.null(roles) && identical(as.character(response), roles$treatment)) {
    coded <- as.integer(as.character(treatment) == as.character(roles$treated))
    check_both_arms(coded, prep)
    return(coded)
  }
  code_treatment(treatment, prep)
}

# Two values: 0 (else the smaller, or the first level) is the control arm.
code_treatment <- function(treatment, prep) {
  if (is.numeric(treatment) && !is.object(treatment) && core_is_zero_one(treatment)) return(as.integer(treatment))
  values <- if (is.factor(treatment)) levels(droplevels(treatment)) else sort(unique(unname(treatment)))
  if (length(values) != 2) {
    sm_abort(c(
      "The treatment must have two values.",
      x = "It has {length(values)}{if (length(values) <= 6) ': '}{.val {utils::head(values, if (length(values) <= 6) 6 else 0)}}."
    ), "match", prep$error_call)
  }
  if (is.character(values)) {
    numbers <- suppressWarnings(as.numeric(values))
    if (!anyNA(numbers)) {
      control <- if (0 %in% numbers) 0 else min(numbers)
      values <- values[order(numbers != control)]
    }
    return(as.integer(as.character(treatment) != values[1]))
  }
  control <- if (any(values == 0)) values[values == 0] else values[1]
  as.integer(treatment != control)
}

check_both_arms <- function(treat, prep) {
  if (any(treat == 0L) && any(treat == 1L)) return(invisible())
  sm_abort(c(
    "Both arms must have patients.", x = "There are {sum(treat == 1L)} treated and {sum(treat == 0L)} control patients."
  ), "match", prep$error_call)
}

# The covariates as columns of a data frame: the terms' variables, text as factors, nothing missing.
read_covariates <- function(prep) {
  covariates <- put_together(
    covariate_frame(stats::delete.response(prep$terms), plain_frame(prep$data)), prep$error_call, "match"
  )
  other <- names(covariates)[vapply(covariates, function(column) is.list(column) || is.complex(column), NA)]
  if (length(other) > 0) sm_abort(c(
    "Covariates must be numbers, logicals, text or factors.", x = "{.field {other}} {?is/are} not."
  ), "match", prep$error_call)
  bad <- vapply(covariates, count_not_finite, 1L)
  if (any(bad > 0)) {
    found <- vapply(names(bad)[bad > 0], function(name) {
      cli::format_inline("{.field {name}} ({bad[[name]]}, first in row {first_not_finite(covariates[[name]])})")
    }, "")
    sm_abort(c(
      "Covariates must be complete and finite.", x = "Missing or infinite values: {found}.",
      i = "Impute them, or leave those patients out and count them."
    ), "match", prep$error_call)
  }
  text <- vapply(covariates, is.character, NA)
  covariates[text] <- lapply(covariates[text], factor)
  covariates
}

# As stats::model.frame(), without reading the rows when every variable is a plain column.
covariate_frame <- function(terms, data) {
  terms <- stats::terms(stats::update(terms, ~.), data = data)
  variables <- as.list(attr(terms, "variables"))[-1]
  plain <- length(variables) > 0 && all(vapply(variables, is.symbol, NA)) && is.null(attr(terms, "offset"))
  names <- if (plain) vapply(variables, as.character, "")
  if (!plain || !all(names %in% names(data))) {
    return(stats::model.frame(terms, data = data, na.action = "na.pass"))
  }
  head <- stats::model.frame(
    terms, data = data[seq_len(min(2, nrow(data))), names, drop = FALSE], na.action = "na.pass"
  )
  frame <- unclass(data)[names]
  attributes(frame) <- list(
    names = names, terms = attr(head, "terms"), row.names = attr(data, "row.names"), class = "data.frame"
  )
  frame
}

first_not_finite <- function(column) {
  which(if (is.numeric(column)) rowSums(!is.finite(as.matrix(column))) > 0 else is.na(column))[1]
}

count_not_finite <- function(column) {
  if (is.numeric(column)) return(core_count_not_finite(as.double(column)))
  sum(is.na(column))
}

# The frame of `exact`, `mahvars`, `antiexact` or `unit.id` (character or one-sided formula), or NULL.
read_columns <- function(columns, role, prep) {
  if (is.null(columns)) return(NULL)
  data <- plain_frame(prep$data)
  if (is.character(columns) && length(columns) > 0) {
    unknown <- setdiff(columns, names(data))
    if (length(unknown) > 0) {
      sm_abort(
        c("{.arg {role}} must name columns of {.arg data}.", x = "Unknown: {.val {unknown}}."), "match", prep$error_call
      )
    }
    columns <- stats::reformulate(sprintf("`%s`", columns), env = environment(prep$formula))
  } else if (rlang::is_formula(columns)) {
    columns <- stats::update(stats::terms(columns, data = data), NULL ~ .)
  } else {
    sm_abort(c(
      "{.arg {role}} must be a character vector of column names or a one-sided formula.",
      x = "It is {.obj_type_friendly {columns}}."
    ), "match", prep$error_call)
  }
  frame <- put_together(stats::model.frame(columns, data, na.action = "na.pass"), prep$error_call, "match")
  incomplete <- names(frame)[vapply(frame, anyNA, NA)]
  if (length(incomplete) > 0) {
    rows <- which(!stats::complete.cases(frame))
    sm_abort(c(
      "Columns named in {.arg {role}} must be complete.",
      x = "{length(rows)} row{?s} {?lacks/lack} a value, first row {rows[1]}: {.field {incomplete}}."
    ), "match", prep$error_call)
  }
  frame
}

read_sampling_weights <- function(prep) {
  weights <- prep$s.weights
  if (is.null(weights)) return(NULL)
  if (is.character(weights) || rlang::is_formula(weights)) {
    frame <- read_columns(weights, "s.weights", prep)
    if (ncol(frame) != 1) {
      sm_abort(c("{.arg s.weights} must name one column.", x = "It names {ncol(frame)}."), "match", prep$error_call)
    }
    weights <- frame[[1]]
  }
  if (!is.numeric(weights) || length(weights) != nrow(prep$data) || anyNA(weights)) {
    sm_abort(c(
      "{.arg s.weights} must be numeric, complete, with one value a row.",
      x = "It is {.obj_type_friendly {weights}} with {length(weights)} value{?s}, {sum(is.na(weights))} missing; the data have {nrow(prep$data)} rows."
    ), "match", prep$error_call)
  }
  wrong <- which(!is.finite(weights) | weights < 0)
  if (length(wrong) > 0) {
    sm_abort(c(
      "{.arg s.weights} must be finite and not negative.",
      x = "{length(wrong)} value{?s} {?is/are} not, first in row {wrong[1]}."
    ), "match", prep$error_call)
  }
  stats::setNames(weights, prep$row_names)
}

# Codes of the combinations of columns, 1..n in the order of the columns' own levels, the first column slowest.
stratum_codes <- function(frame, as_text = exact_text) {
  code <- rep.int(0, nrow(frame))
  for (column in frame) {
    values <- if (is.factor(column)) levels(column) else sort(unique(column))
    # values that print alike are one level
    label <- as_text(values)
    level <- match(label, unique(label))
    code <- code * max(level, 1L) + (if (is.factor(column)) level[unclass(column)] else level[match(column, values)]) - 1
    present <- sort(unique(code))
    code <- match(code, present) - 1
  }
  as.integer(code) + 1L
}

exact_text <- function(values) sprintf("%s", values)

# Adds `strata` (NULL without exact columns) and `retained`.
prepare_strata <- function(prep) {
  prep$retained <- !prep$discarded
  if (is.null(prep$exact_frame)) return(prep)
  prep$strata <- stratum_codes(prep$exact_frame)
  n <- max(prep$strata)
  shared <- tabulate(prep$strata[prep$treat == 1L], n) > 0 & tabulate(prep$strata[prep$treat == 0L], n) > 0
  if (!any(shared)) {
    sm_abort(c(
      "At least one exact stratum must have patients of both arms.",
      x = "None of the {n} strata of {.field {names(prep$exact_frame)}} has."
    ), "match", prep$error_call)
  }
  prep$retained <- prep$retained & shared[prep$strata]
  prep
}
