#' Cumulative incidence of competing events
#'
#' Aalen-Johansen estimates of the probability of each kind of event over time, by group: [fit_km()] for a status with
#' several kinds of event, with methods that speak of incidences.
#'
#' @param formula (formula) `Surv(time, status) ~ group`, or `~ 1`, with a factor as status, its first level for the
#'   censored. One row a patient, all event-free at the beginning; entry times as in [fit_km()].
#' @inheritParams fit_km
#' @param ... further arguments of [fit_km()]: `weights`, `subset`, `na.action`, `cluster`, `id`, `conf.type`,
#'   `conf.int`, `start.time`, `influence` and so on.
#' @return An object of class `c("sm_cuminc", "sm_survfit", "survfitms", "survfit")` with the fields of a multi-state
#'   [survival::survfit.object]: `pstate` holds a column a state, that of the event-free first; `std.err`, `lower` and
#'   `upper` likewise. `tidy()` gives one row a time, kind of event and group; `summary(fit, times = )` reads it at
#'   times.
#' @section Method:
#' F_k(t) = sum over event times s <= t of S(s-) d_k(s) / n(s), with S the Kaplan-Meier estimate of being free of any
#' event (Aalen and Johansen 1978). Standard errors are those of the infinitesimal jackknife, clustered when there are
#' clusters, as in [survival::survfit()]. `1 - fit_km(Surv(time, status == "relapse"))`, which censors the other kinds,
#' is larger: it is the risk in a world without them.
#' @section Errors: those of [fit_km()]; `survmatch_error_response` when there is only one kind of event, and when
#'   patients pass through several states.
#' @references Aalen OO, Johansen S (1978). An empirical transition matrix for non-homogeneous Markov chains based on
#'   censored observations. *Scand J Statist* 5:141-150.
#' @family competing risks
#' @examples
#' patients <- survival::mgus2
#' patients$time <- ifelse(patients$pstat == 1, patients$ptime, patients$futime)
#' kind <- ifelse(patients$pstat == 1, 1, 2 * patients$death)
#' patients$state <- factor(kind, 0:2, c("censored", "pcm", "death"))
#' fit <- fit_cuminc(Surv(time, state) ~ sex, data = patients)
#' summary(fit, times = c(60, 120))
#' ggplot2::autoplot(fit, time_unit = "months")
#' @export
fit_cuminc <- function(formula, data, ...) {
  call <- match.call()
  call[[1]] <- fit_km
  fit <- eval(call, parent.frame())
  check_cumulative_incidence(fit)
  fit$call[[1]] <- quote(fit_cuminc)
  class(fit) <- c("sm_cuminc", class(fit))
  fit
}

check_cumulative_incidence <- function(fit, error_call = rlang::caller_env()) {
  if (!inherits(fit, "survfitms")) {
    sm_abort(c(
      "The response must have several kinds of event.",
      i = "Give {.fn Surv} a factor as status, its first level for the censored; for one kind use {.fn fit_km}."
    ), "response", error_call)
  }
  from <- rownames(fit$transitions)[rowSums(fit$transitions[, colnames(fit$transitions) %in% fit$states, drop = FALSE]) > 0]
  if (length(from) > 1) {
    sm_abort(c(
      "Cumulative incidences are for patients who have one event each.",
      x = "Some move on from {.val {setdiff(from, fit$states[1])}}.", i = "Use {.fn fit_km} for several states."
    ), "response", error_call)
  }
}

#' @rdname fit_cuminc
#' @param x (sm_cuminc) a fit of `fit_cuminc()`.
#' @export
tidy.sm_cuminc <- function(x, ...) {
  rows <- NextMethod()
  rows[rows$state != x$states[1], ]
}
