#' Follow-up split at the start of treatment
#'
#' Rows in (start, stop] form, untreated before and treated after the start of treatment, for a time-dependent Cox
#' model of the whole cohort. Nobody's time before treatment is credited to the treatment.
#'
#' @param data (`cohort` or data frame, one row a patient) a cohort has its own treatment start, endpoints and identifier.
#' @param start (column) time from time zero to the start of treatment, in the unit of `time`; `NA` for never.
#' @param time,event (columns) end of follow-up and what happened then (0/1 or logical), for a plain data frame.
#' @param id (column) identifies patients; default the row.
#' @param progression (flag) for a cohort that dates progression: split at it, too, and tell the rows apart?
#' @return A data frame with one row a patient and treatment state (and state of progression), the columns of `data`, and
#' \describe{
#'   \item{id}{who the row belongs to.}
#'   \item{treated}{0 before the start of treatment, 1 after it. In a cohort its treatment column says the same.}
#'   \item{progressed}{with `progression`: 0 before and 1 after progression.}
#'   \item{start, stop, event}{for a plain data frame; the endpoints of a cohort become `Surv(start, stop, event)` columns under
#'     their own names, `NA` where the endpoint was over before the row begins.}
#' }
#' @section Method:
#' A treatment that starts at time s counts from just after s: an event at s belongs to the untreated row. A start at 0
#' gives one treated row. The score test of a Cox model of `treated` is the test of Mantel and Byar; curves by `treated`
#' with [fit_km()] are those of Simon and Makuch, which describe states and not patients who could be told in advance.
#'
#' Where only patients without progression are treated, the untreated rows of an endpoint that goes on after progression
#' (death) are in good part those of patients who progressed, and a model that does not know it credits the treatment with
#' the difference: split with `progression = TRUE` and add `strata(progressed)`. The hazard ratio is then that of the
#' treatment given progression so far, without what it does by preventing progression.
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
split_exposure <- function(data, start = NULL, time = NULL, event = NULL, id = NULL, progression = FALSE) {
  here <- rlang::current_env()
  check_flag(progression, "progression", here)
  line <- one_row_timeline(
    rlang::enquo(start), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id),
    rlang::quo(!!if (progression) NULL else FALSE), here
  )
  last <- do.call(pmax, lapply(line$endpoints, `[[`, "time"))
  pieces <- cut_follow_up(last, list(treated = line$start, progressed = if (progression) line$progressed))
  exposure_rows(line, pieces, progression)
}

# One row a patient and state: patient, begin, end, and 0/1 for each change that has come. `changes` are times, or
# NULL; one or two.
cut_follow_up <- function(last, changes) {
  changes <- Filter(Negate(is.null), changes)
  cuts <- cbind(do.call(pmin, unname(changes)), if (length(changes) == 2) do.call(pmax, unname(changes)))
  begin <- cbind(0, cuts)
  pieces <- data.frame(
    patient = rep(seq_along(last), ncol(begin)), begin = as.vector(begin), end = as.vector(cbind(cuts, Inf))
  )
  pieces <- pieces[pieces$begin < pmin(pieces$end, last[pieces$patient]), ]
  pieces <- pieces[order(pieces$patient, pieces$begin), ]
  for (name in names(changes)) pieces[[name]] <- as.integer(changes[[name]][pieces$patient] <= pieces$begin)
  pieces
}

exposure_rows <- function(line, pieces, progression) {
  rows <- bare_table(line$data)[pieces$patient, , drop = FALSE]
  states <- c("treated", if (progression) "progressed")
  warn_replaced(line, c("id", states, if (is.null(line$roles)) c("start", "stop", "event")))
  responses <- lapply(line$endpoints, piece_response, pieces = pieces)
  if (is.null(line$roles)) {
    rows[c("start", "stop", "event")] <- responses$event
  } else {
    rows[names(responses)] <- lapply(responses, function(p) survival::Surv(p$start, p$stop, p$event))
    rows[[line$roles$treatment]] <- arm_values(rows[[line$roles$treatment]], pieces$treated, line$roles)
  }
  rows$id <- line$id[pieces$patient]
  rows[states] <- pieces[states]
  rownames(rows) <- NULL
  rows
}

# A stratum for progression so far, where the endpoint goes on after it and the rows tell.
progression_strata <- function(rows, endpoint) {
  goes_on <- "progressed" %in% names(rows) && any(rows$progressed == 1 & !is.na(rows[[endpoint]][, "stop"]))
  if (goes_on) list(quote(strata(progressed)))
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
