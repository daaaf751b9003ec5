#' A cohort of those at risk at a landmark
#'
#' Leaves out who had an event, progressed or was censored by the landmark, divides the others by whether treatment had
#' started by then, and counts their follow-up from it. Score, matching and everything after them are then made anew
#' on what it returns, [run_study()] included: nothing that happened after the landmark decides who is in which arm.
#'
#' @inheritParams split_exposure
#' @param at (numbers) the landmark, in the unit of `time`, fixed before the outcomes are seen; or a grid of landmarks, all of
#'   which are then to be shown.
#' @param eligible (column, `FALSE` or NULL) when a patient stops being eligible besides by event or censoring; see
#'   [match_risk_set()]. Default: at progression, where a cohort dates it.
#' @param later (string) patients who are treated after the landmark stay in the untreated arm: `"keep"` with all their
#'   follow-up, `"censor"` only up to their treatment, as a sensitivity analysis (that censoring depends on what drives
#'   treatment).
#' @return For one landmark the cohort (or data frame) of those at risk. A cohort's treatment says who was treated by the
#'   landmark, its endpoints are counted from it, its [attrition()] has a line for it, and it has no treatment start any more.
#'   A data frame gets the columns `treated`, `end` and `event`. The attribute `landmark` is a list: `at`, `later`,
#'   `counts` (data frame: `arm`; `event`, `progressed`, `censored` by the landmark, `at_risk`, `treated_later`).
#'   For several landmarks a list of them, named by `at`.
#' @section Method:
#' At risk is who is under observation, event-free and eligible after the landmark: all those times are later than `at`.
#' Treated is who started at or before it. The estimand is that of survivors to the landmark.
#' @section Errors: `survmatch_error_time_zero`: also when an arm has nobody at risk.
#' @references
#' Anderson JR, Cain KC, Gelber RD (1983). Analysis of survival by tumor response. Journal of Clinical Oncology 1:710-719.
#' @family time zero
#' @examples
#' transplant <- survival::jasa[survival::jasa$futime > 0, ]
#' transplant$wait <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' at_30 <- landmark_cohort(transplant, at = 30, start = wait, time = futime, event = fustat)
#' attr(at_30, "landmark")$counts
#' fit_cox(Surv(end, event) ~ treated, data = at_30)
#' @export
landmark_cohort <- function(data, at, start = NULL, time = NULL, event = NULL, id = NULL, eligible = NULL,
                            later = c("keep", "censor")) {
  later <- pick_choice(later)
  here <- rlang::current_env()
  if (!are_landmarks(at)) {
    sm_abort(c("{.arg at} must be numbers of at least 0, each once.", x = "It is {shown(at)}."), "time_zero", here)
  }
  line <- one_row_timeline(
    rlang::enquo(start), data, rlang::enquo(time), rlang::enquo(event), rlang::enquo(id), rlang::enquo(eligible), here
  )
  cohorts <- lapply(at, at_landmark, line = line, later = later, call = here)
  if (length(at) == 1) cohorts[[1]] else stats::setNames(cohorts, at)
}

are_landmarks <- function(at) {
  is.numeric(at) && length(at) > 0 && all(is.finite(at)) && all(at >= 0) && !anyDuplicated(at)
}

at_landmark <- function(at, line, later, call) {
  at_risk <- line$limit > at
  treated <- as.integer(line$start <= at)
  arms <- tabulate(treated[at_risk] + 1, 2)
  if (any(arms == 0)) {
    sm_abort(c(
      "Both arms must have patients at risk at the landmark.",
      x = "At {at} there are {arms[2]} treated and {arms[1]} untreated."
    ), "time_zero", call)
  }
  rows <- landmark_rows(at, line, which(at_risk), treated[at_risk], later)
  attr(rows, "landmark") <- list(at = at, later = later, counts = landmark_counts(at, line, at_risk, treated))
  rows
}

landmark_rows <- function(at, line, patient, treated, later) {
  rows <- bare_table(line$data)[patient, , drop = FALSE]
  cut <- if (later == "censor") ifelse(treated == 1, Inf, line$start[patient]) else rep(Inf, length(patient))
  pieces <- lapply(line$endpoints, function(endpoint) {
    end <- endpoint$time[patient]
    list(end = pmin(end, cut) - at, event = as.integer(endpoint$status[patient] * (end <= cut)))
  })
  if (is.null(line$roles)) {
    rows[c("end", "event")] <- pieces$event
    rows$treated <- treated
    return(rows)
  }
  roles <- line$roles
  rows[names(pieces)] <- lapply(pieces, function(p) survival::Surv(p$end, p$event))
  rows[[roles$treatment]] <- arm_values(rows[[roles$treatment]], treated, roles)
  roles["start"] <- list(NULL)
  label <- paste("At risk at the landmark,", format(at), roles$time_unit)
  log_step(new_cohort(rows, roles, attrition(line$data)), line$data, label)
}

# Who had left by the landmark, in the arm of the treatment that they had had until then.
landmark_counts <- function(at, line, at_risk, treated) {
  terminal <- line$endpoints[[line$terminal]]
  gone <- line$limit
  had <- ifelse(at_risk, treated, line$start < gone)
  died <- !at_risk & terminal$status == 1 & terminal$time == gone
  progressed <- !at_risk & !died & line$progressed == gone
  count <- function(who) c(sum(who & !had), sum(who & had))
  data.frame(
    arm = c("untreated", "treated"), event = count(died), progressed = count(progressed),
    censored = count(!at_risk & !died & !progressed), at_risk = count(at_risk),
    treated_later = count(at_risk & !had & is.finite(line$start))
  )
}
