#' What the columns of a cohort are
#'
#' @param x (`cohort`, matched cohort, or rows of [matched_data()]).
#' @return `cohort_roles()`: a list with `id`, `treatment`, `covariates`, `start`, `centre`, `toxicity` (column names or
#'   NULL), `endpoints`, `endpoint_labels`, `source_columns` (a list: the columns each endpoint was made of),
#'   `reference` and `treated` (the two values), `arm_labels` (reference first), `labels`, `time_unit`; NULL when `x` is
#'   not made of a cohort.
#'
#'   `attrition()`: a data frame, one row a step: `step`, `n` left, `excluded`, `treated`, `reference`; NULL likewise.
#' @family cohort
#' @examples
#' cohort <- as_cohort(survival::rotterdam,
#'   treatment = hormon, covariates = c(age, nodes),
#'   endpoints = list(os = Surv(dtime, death)), from_unit = "days"
#' )
#' cohort_roles(cohort)$endpoints
#' attrition(cohort)
#' @export
cohort_roles <- function(x) attr(cohort_of(x), "roles", exact = TRUE)

#' @rdname cohort_roles
#' @export
attrition <- function(x) attr(cohort_of(x), "attrition", exact = TRUE)

cohort_of <- function(x) if (inherits(x, "matched_cohort") && !is.data.frame(x)) x$data else x

#' @export
formula.cohort <- function(x, ...) {
  roles <- cohort_roles(x)
  right <- Reduce(function(a, b) call("+", a, b), lapply(roles$covariates, as.name))
  stats::as.formula(call("~", as.name(roles$treatment), right), env = parent.frame())
}

#' @export
as.data.frame.cohort <- function(x, ...) {
  attr(x, "roles") <- NULL
  attr(x, "attrition") <- NULL
  class(x) <- "data.frame"
  x
}

# Rows of a cohort are a cohort, with the loss in its log; without the columns of its roles it is a plain data frame.
#' @export
`[.cohort` <- function(x, ...) {
  rows <- as.data.frame(x)[...]
  roles <- cohort_roles(x)
  needed <- c(roles$treatment, roles$covariates, roles$endpoints)
  if (!is.data.frame(rows) || !all(needed %in% names(rows))) return(rows)
  kept <- new_cohort(rows, roles, attrition(x))
  if (nrow(rows) == nrow(x)) kept else log_step(kept, x, "Chosen rows")
}

# The cohort with a line in its log for the rows that `before` had and it has not.
log_step <- function(after, before, step) {
  roles <- cohort_roles(after)
  treated <- is_treated(after[[roles$treatment]], roles)
  attr(after, "attrition") <- rbind(attrition(before), data.frame(
    step = step, n = nrow(after), excluded = nrow(before) - nrow(after), treated = sum(treated),
    reference = sum(!treated)
  ))
  after
}

#' @export
print.cohort <- function(x, ...) {
  roles <- cohort_roles(x)
  treated <- is_treated(x[[roles$treatment]], roles)
  log <- attrition(x)
  cli::cli_text(
    "{.strong Cohort}: {nrow(x)} patients, {sum(treated)} {roles$arm_labels[2]} and {sum(!treated)} {roles$arm_labels[1]} ({.field {roles$treatment}})"
  )
  cli::cli_text("Covariates: {.field {roles$covariates}}")
  for (name in roles$endpoints) {
    cli::cli_bullets(
      c(
        "*" = "{roles$endpoint_labels[[name]]} ({.field {name}}): {sum(x[[name]][, 'status'] == 1)} events, times in {roles$time_unit}"
      )
    )
  }
  others <- c(id = roles$id, start = roles$start, centre = roles$centre)
  if (length(roles$toxicity) > 0) others <- c(others, toxicity = paste(roles$toxicity, collapse = ", "))
  if (length(others) > 0) cli::cli_text("{paste0(names(others), ': ', others, collapse = '; ')}")
  for (i in which(log$excluded > 0)) cli::cli_text("Left out: {log$excluded[i]} ({log$step[i]})")
  invisible(x)
}

#' @export
summary.cohort <- function(object, ...) {
  roles <- cohort_roles(object)
  treated <- is_treated(object[[roles$treatment]], roles)
  missing <- vapply(roles$covariates, function(column) {
    c(sum(is.na(object[[column]][!treated])), sum(is.na(object[[column]][treated])))
  }, c(0L, 0L))
  endpoints <- data.frame(
    endpoint = unname(roles$endpoint_labels), events = vapply(
      roles$endpoints, function(name) sum(object[[name]][, "status"] == 1), 1L
    ),
    longest = vapply(roles$endpoints, function(name) max(object[[name]][, "time"]), 0)
  )
  structure(
    list(
      endpoints = endpoints, time_unit = roles$time_unit, attrition = attrition(object),
      missing = data.frame(
        covariate = roles$covariates, reference = missing[1, ], treated = missing[2, ], row.names = NULL
      )
    ),
    class = "summary.cohort"
  )
}

#' @export
print.summary.cohort <- function(x, ...) {
  cat("Endpoints, times in ", x$time_unit, "\n", sep = "")
  print(x$endpoints, row.names = FALSE, digits = 4)
  cat("\nMissing values by arm\n")
  print(x$missing, row.names = FALSE)
  cat("\nWho was left out\n")
  print(x$attrition, row.names = FALSE)
  invisible(x)
}
