#' Follow-up split at the start of treatment
#'
#' Rows in (start, stop] form, untreated before and treated after the start of treatment, for a time-dependent Cox
#' model of the whole cohort. Nobody's time before treatment is credited to the treatment.
#'
#' @param data (`cohort` or data frame, one row a patient) a cohort has its own treatment start, endpoints and identifier.
#' @param start (column) time from time zero to the start of treatment, in the unit of `time`; `NA` for never.
#' @param time,event (columns) end of follow-up and what happened then (0/1 or logical), for a plain data frame.
#' @param id (column) identifies patients; default the row.
#' @return A data frame with one row a patient and treatment state, the columns of `data`, and
#' \describe{
#'   \item{id}{who the row belongs to.}
#'   \item{treated}{0 before the start of treatment, 1 after it. In a cohort its treatment column says the same.}
#'   \item{start, stop, event}{for a plain data frame; the endpoints of a cohort become `Surv(start, stop, event)` columns under
#'     their own names, `NA` where the endpoint was over before the row begins.}
#' }
#' @section Method:
#' A treatment that starts at time s counts from just after s: an event at s belongs to the untreated row. A start at 0
#' gives one treated row. The score test of a Cox model of `treated` is the test of Mantel and Byar; curves by `treated`
#' with [fit_km()] are those of Simon and Makuch, which describe states and not patients who could be told in advance.
#' @section Errors: `survmatch_error_time_zero`.
#' @references
#' Mantel N, Byar DP (1974). Evaluation of response-time data involving transient states: an illustration using
#' heart-transplant data. Journal of the American Statistical Association 69:81-86.
#'
#' Simon R, Makuch RW (1984). A non-parametric graphical representation of the relationship between survival and the
#' occurrence of an event. Statistics in Medicine 3:35-44.
#' @family time zero
#' @examples
#' transplant <- survival::jasa[survival::jasa$futime > 0, ]
#' transplant$wait <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' rows <- split_exposure(transplant, start = wait, time = futime, event = fustat)
#' fit_cox(Surv(start, stop, event) ~ treated, data = rows)
#' @export
split_exposure <- function(data, start = NULL, time = NULL, event = NULL, id = NULL) {
  here <- rlang::current_env()
  line <- one_row_timeline(
    rlang::enquo(start), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id), rlang::quo(FALSE), here
  )
  ends <- lapply(line$endpoints, `[[`, "time")
  last <- do.call(pmax, ends)
  before <- which(line$start > 0)
  after <- which(line$start < last)
  patient <- c(before, after)
  treated <- rep(0:1, c(length(before), length(after)))
  order <- order(patient, treated)
  exposure_rows(line, patient[order], treated[order])
}

exposure_rows <- function(line, patient, treated) {
  rows <- bare_table(line$data)[patient, , drop = FALSE]
  warn_replaced(line, c("id", "treated", if (is.null(line$roles)) c("start", "stop", "event")))
  begin <- ifelse(treated == 1, line$start[patient], 0)
  cut <- ifelse(treated == 1, Inf, line$start[patient])
  pieces <- lapply(
    line$endpoints, piece_response, pieces = data.frame(patient = patient, begin = begin, end = cut)
  )
  if (is.null(line$roles)) {
    rows[c("start", "stop", "event")] <- pieces$event
  } else {
    rows[names(pieces)] <- lapply(pieces, function(p) survival::Surv(p$start, p$stop, p$event))
    rows[[line$roles$treatment]] <- arm_values(rows[[line$roles$treatment]], treated, line$roles)
  }
  rows$id <- line$id[patient]
  rows$treated <- treated
  rownames(rows) <- NULL
  rows
}

# read_timeline() for data that have one row a patient.
one_row_timeline <- function(start, data, time, event, id, eligible, call) {
  start <- if (is.data.frame(data)) column_value(start, data, "start", call)
  line <- read_timeline(start, data, time, event, id, rlang::quo(NULL), eligible, call)
  if (line$n == nrow(data)) return(line)
  sm_abort(c(
    "{.arg data} must have one row a patient.", x = "{line$n} patient{?s} {?has/have} {nrow(data)} rows."
  ), "time_zero", call)
}
