#' Is the comparison from time zero free of immortal time?
#'
#' Looks for a treatment that starts after time zero, and says how much follow-up a comparison of ever with never treated
#' patients would credit to it wrongly, and how many untreated patients had left before the treated were treated.
#'
#' @param cohort (`cohort`) from [as_cohort()].
#' @return A list of class `time_zero_check`:
#' \describe{
#'   \item{immortal}{logical: some treatment starts after time zero.}
#'   \item{waits}{data frame, one row: `treated`, `waited` (patients whose treatment starts after time zero), `median`,
#'     `p90` (of their waits), `immortal_time` (their sum), `share` (of the follow-up of the treated).}
#'   \item{left}{data frame, a row an endpoint and limit (`"median"`, `"p90"` of the waits): `time`, `events`,
#'     `censored` and `share` of the untreated who had left before.}
#'   \item{questioned}{data frame, a row a covariate that may not have been known at time zero: `covariate`, `why`.}
#' }
#'   `tidy()` gives `left`.
#' @section Method: Immortal time is the time from time zero to the start of treatment: who is treated later cannot have
#'   had the event in it (Suissa 2008). Before the waits of the treated are over, events of untreated patients have no
#'   counterpart among the treated.
#' @references
#' Suissa S (2008). Immortal time bias in pharmacoepidemiology. American Journal of Epidemiology 167:492-499.
#' @family time zero
#' @examples
#' study <- simulate_cohort(200, seed = 1)
#' cohort <- as_cohort(study,
#'   id = id, treatment = rt, covariates = c(age, ecog), start = start,
#'   endpoints = list(os = Surv(os_time, os_event))
#' )
#' assess_time_zero(cohort)
#' @export
assess_time_zero <- function(cohort) {
  check_study_cohort(cohort)
  roles <- cohort_roles(cohort)
  immortal_time(cohort, roles, is_treated(cohort[[roles$treatment]], roles))
}

immortal_time <- function(cohort, roles, treated) {
  start <- if (is.null(roles$start)) rep(NA_real_, nrow(cohort)) else as.double(cohort[[roles$start]])
  waits <- start[treated & !is.na(start) & start > 0]
  followed <- do.call(pmax, lapply(roles$endpoints, function(e) cohort[[e]][, "time"]))
  limits <- if (length(waits) > 0) stats::quantile(waits, c(0.5, 0.9), names = FALSE) else c(NA_real_, NA_real_)
  structure(list(
    immortal = length(waits) > 0,
    waits = data.frame(
      treated = sum(treated), waited = length(waits), median = limits[1], p90 = limits[2], immortal_time = sum(waits),
      share = if (any(treated)) sum(waits) / sum(followed[treated]) else NA_real_
    ),
    left = if (length(waits) > 0) untreated_gone(cohort, roles, !treated, limits),
    questioned = questioned_covariates(roles), unit = roles$time_unit, arm_labels = roles$arm_labels
  ), class = "time_zero_check")
}

untreated_gone <- function(cohort, roles, untreated, limits) {
  rows <- lapply(roles$endpoints, function(endpoint) {
    response <- cohort[[endpoint]]
    before <- function(limit, status) sum(untreated & response[, "time"] < limit & response[, "status"] == status)
    data.frame(
      endpoint = endpoint, limit = c("median", "p90"), time = limits, events = vapply(limits, before, 0L, status = 1),
      censored = vapply(limits, before, 0L, status = 0)
    )
  })
  rows <- do.call(rbind, rows)
  rows$share <- (rows$events + rows$censored) / sum(untreated)
  rows
}

questioned_covariates <- function(roles) {
  named <- grep(
    "respon|cycle|toxic|adverse|pneumonitis|progress|recur|relapse", roles$covariates, ignore.case = TRUE, value = TRUE
  )
  data.frame(covariate = named, why = rep("named like something that happens later", length(named)))
}

#' @export
print.time_zero_check <- function(x, ...) {
  if (!x$immortal) {
    cat("No treatment starts after time zero: the comparison from there has no immortal time.\n")
  } else {
    w <- x$waits
    cat(
      "Ever against never treated from time zero is biased by immortal time.\n",
      " - ", w$waited, " of ", w$treated, " treated patients waited: median ", format_number(w$median), " ", x$unit,
      ", 90th centile ", format_number(w$p90), "\n",
      " - ", format_number(w$immortal_time), " ", x$unit, " of person-time, ", format_percent(w$share),
      " of the follow-up of the treated, are immortal\n",
      " - untreated patients who had left before:\n", sep = ""
    )
    shown <- x$left
    shown$time <- format_number(shown$time)
    shown$share <- format_percent(shown$share)
    print(shown, row.names = FALSE)
    cat(" - see match_risk_set(), landmark_cohort(), clone_censor(), split_exposure(), compare_designs()\n")
  }
  for (i in seq_len(nrow(x$questioned))) {
    cat(" - was ", x$questioned$covariate[i], " known at time zero? It is ", x$questioned$why[i], ".\n", sep = "")
  }
  invisible(x)
}

#' @export
tidy.time_zero_check <- function(x, ...) x$left %||% data.frame()
