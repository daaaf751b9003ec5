#' Kaplan-Meier curves
#'
#' Survival curves by group, with the numbers and the object of [survival::survfit()], in time linear in the rows: also
#' with weights, clusters, entry times or thousands of groups. A matched or weighted cohort as `data` brings its
#' weights and matched sets, and the variance is then robust.
#'
#' @param formula (formula) `Surv(time, status) ~ group`, `Surv(start, stop, status) ~ group`, or `~ 1` for one curve.
#'   The curves are the combinations of all terms.
#' @param data (data frame, cohort, matched or weighted cohort) where the variables are found.
#' @param weights (numeric, n values, >= 0) case weights.
#' @param subset (logical or row numbers) the rows to use.
#' @param na.action (function) what to do with missing values; default `getOption("na.action")`.
#' @param stype (1 or 2) the curve: 1 = product of (1 - hazard), 2 = exp(-cumulative hazard).
#' @param ctype (1 or 2) the cumulative hazard: 1 = Nelson-Aalen, tied events at once; 2 = Fleming-Harrington, one after
#'   the other.
#' @param id (vector, n values) the subject of each row, when a subject has several.
#' @param cluster (vector, n values) groups of rows whose outcomes belong together, such as matched sets.
#' @param robust (logical) infinitesimal-jackknife variance; default when there is a cluster, a weight that is no whole
#'   number, or a subject with several events.
#' @param istate (factor, n values) the state in which each row begins; multi-state responses only.
#' @param timefix (logical) join times that differ by a rounding error.
#' @param etype not supported: use a factor as the status.
#' @param model (logical) keep the model frame in the fit.
#' @param error ignored, as in [survival::survfit()].
#' @param entry (logical) also report the times at which subjects enter, with `n.enter`; needs `id` and entry times.
#' @param time0 (logical) multi-state responses: report the starting time.
#' @param se.fit (logical) compute standard errors.
#' @param conf.int (number between 0 and 1) level of the pointwise confidence limits; `FALSE` for none.
#' @param conf.type (string) scale on which the limits are symmetric: `"log"`, `"log-log"`, `"plain"`, `"logit"`,
#'   `"arcsin"` or `"none"`.
#' @param conf.lower (string) `"peto"` and `"modified"` widen the lower limit where few are left; `"usual"` does not.
#' @param start.time (number) begin the curve here, given survival to that time.
#' @param influence (logical, or 0 to 3) keep the influence of each cluster on the curve (1), the cumulative hazard (2)
#'   or both (3).
#' @param type (string) the older way to say `stype` and `ctype`: `"kaplan-meier"`, `"fleming-harrington"` or `"fh2"`.
#' @param p0 (numeric, one a state) multi-state responses: the initial probabilities.
#' @param reverse (logical) estimate the distribution of follow-up instead: censoring is the event, as with
#'   `Surv(time, 1 - status)`.
#' @param ... must be empty.
#' @return An object of class `c("sm_survfit", "survfit")` with the fields of [survival::survfit.object]; a response
#'   with several kinds of event gives `c("sm_survfit", "survfitms", "survfit")`. `attr(fit, "survmatch")` holds the
#'   formula, the roles of a cohort and the variance rule.
#' @section Method:
#' Kaplan & Meier (1958); Greenwood's variance of log S; the robust variance is the infinitesimal jackknife, the sum
#' over clusters of the squared derivative of S with respect to the cluster's weight. Rows with a missing value are
#' handled by `na.action`.
#' @section Errors: `survmatch_error_response` when the response is no right-censored or (start, stop] `Surv`;
#'   `survmatch_error_formula`, `survmatch_error_weights`, `survmatch_error_data`, and others named after the argument.
#' @references Kaplan EL, Meier P (1958). Nonparametric estimation from incomplete observations. JASA 53:457-481.
#' @family estimators
#' @examples
#' fit <- fit_km(Surv(time, status) ~ sex, data = survival::lung)
#' fit
#' quantile(fit, 0.5)
#' @export
fit_km <- function(formula, data, weights, subset, na.action, stype = 1, ctype = 1, id, cluster, robust, istate,
                   timefix = TRUE, etype, model = FALSE, error, entry = FALSE, time0 = FALSE, se.fit = TRUE,
                   conf.int = 0.95, conf.type = c("log", "log-log", "plain", "none", "logit", "arcsin"),
                   conf.lower = c("usual", "peto", "modified"), start.time, influence = FALSE, type, p0,
                   reverse = FALSE, ...) {
  here <- environment()
  env <- parent.frame()
  refuse_foreign_fit(if (missing(formula)) NULL else formula, here)
  rlang::check_dots_empty()
  check_km_switches(missing(etype), missing(error), timefix, time0, here)
  design <- design_call(match.call(), env, takes = c("weights", "cluster", "id"))
  frame <- survival_frame(design, env, c("subset", "weights", "id", "cluster", "istate"), here)
  rule <- km_rule(stype, ctype, if (!missing(type)) type, here)
  check_flag(se.fit, "se.fit", here, "argument")
  limits <- km_limit_rule(
    conf.int, pick_choice(conf.type, partial = TRUE), pick_choice(conf.lower, partial = TRUE), se.fit, here
  )
  given <- km_roles(frame, design, env, here)
  y <- survival_response(frame, "fit_km", here)
  given$start.time <- if (!missing(start.time)) check_start_time(start.time, here)
  options <- list(
    timefix = timefix, entry = entry, influence = influence, reverse = reverse, time0 = time0, p0 = if (!missing(p0)) p0
  )
  multistate <- attr(y, "type") %in% c("mright", "mcounting")
  fit <- (if (multistate) fit_multistate else fit_right_censored)(y, given, rule, limits, options, here)
  finish_survfit(fit, frame, design, if (isTRUE(model)) frame, env)
}

# Only a formula: survfit() has methods for fitted models, which need that model's machinery.
refuse_foreign_fit <- function(formula, error_call) {
  if (is.null(formula)) sm_abort("{.arg formula} is needed.", "formula", error_call)
  if (inherits(formula, c("coxph", "survfit", "aareg", "survreg"))) {
    sm_abort(c(
      "{.fn fit_km} needs a formula.", x = "It was given a fitted {.cls {class(formula)[1]}}.",
      i = "Use {.fn survival::survfit} for curves from a fitted model."
    ), "formula", error_call)
  }
}

check_km_switches <- function(no_etype, no_error, timefix, time0, error_call) {
  if (!no_etype) {
    sm_abort(c("{.arg etype} is not supported.", i = "Use a factor as the status."), "etype", error_call)
  }
  if (!no_error) sm_inform("{.arg error} is ignored, as in {.fn survival::survfit}.", "error")
  check_timefix(timefix, error_call)
  if (!rlang::is_bool(time0)) sm_abort("{.arg time0} must be TRUE or FALSE.", "time0", error_call)
}

km_rule <- function(stype, ctype, type, error_call) {
  if (!is.null(type)) {
    known <- c("kaplan-meier", "fleming-harrington", "fh2")
    which <- if (is.character(type) && length(type) == 1) charmatch(type, known) else NA
    if (is.na(which)) sm_abort("{.arg type} must be one of {.or {.val {known}}}.", "type", error_call)
    stype <- c(1, 2, 2)[which]
    ctype <- c(1, 1, 2)[which]
  }
  for (name in c("stype", "ctype")) {
    value <- get(name)
    if (!is.numeric(value) || length(value) != 1 || !value %in% 1:2) sm_abort("{.arg {name}} must be 1 or 2.", name, error_call)
  }
  list(stype = as.integer(stype), ctype = as.integer(ctype))
}

km_limit_rule <- function(conf.int, conf.type, conf.lower, se.fit, error_call) {
  if (rlang::is_bool(conf.int)) {
    if (!conf.int) conf.type <- "none"
    conf.int <- 0.95
  }
  right <- is.numeric(conf.int) && length(conf.int) == 1 && !is.na(conf.int)
  if (!right || (conf.type != "none" && !(conf.int > 0 && conf.int < 1))) {
    sm_abort(c("{.arg conf.int} must be between 0 and 1.", x = "It is {shown(conf.int)}."), "conf.int", error_call)
  }
  list(conf.int = conf.int, conf.type = conf.type, conf.lower = conf.lower, se.fit = se.fit)
}

check_start_time <- function(start.time, error_call) {
  if (!is.numeric(start.time) || length(start.time) != 1 || is.na(start.time)) {
    sm_abort("{.arg start.time} must be one number.", "start.time", error_call)
  }
  start.time
}

# What each column of the frame is for: curves, weights, subject, cluster, state.
km_roles <- function(frame, design, env, error_call) {
  terms <- stats::terms(design$formula, specials = c("strata", "cluster"), data = design$data)
  if (any(attr(terms, "order") > 1)) {
    sm_abort(
      "{.arg formula} must not have interactions: every combination of its terms is a curve.", "formula", error_call
    )
  }
  if (!is.null(attr(terms, "offset"))) sm_warn("The offset is ignored.", "offset", error_call)
  labels <- unquoted(attr(stats::terms(frame), "term.labels"))
  roles <- list(
    weights = frame_weights(frame, error_call), id = frame[["(id)"]], cluster = frame[["(cluster)"]],
    istate = frame[["(istate)"]], robust = if (!is.null(design$call$robust)) eval(design$call$robust, env)
  )
  in_formula <- grepl("^cluster\\(", labels)
  if (any(in_formula)) roles$cluster <- cluster_of_formula(frame, labels[in_formula], roles$cluster, error_call)
  labels <- labels[!in_formula]
  roles$curve <- if (length(labels) > 0) strata_of_columns(frame[labels])
  roles
}

unquoted <- function(names) sub("^`(.*)`$", "\\1", names)

frame_weights <- function(frame, error_call) {
  w <- frame[["(weights)"]]
  if (is.null(w)) return(NULL)
  bad <- if (!is.numeric(w)) "numeric" else if (any(!is.finite(w))) "finite" else if (any(w < 0)) "0 or more"
  if (!is.null(bad)) {
    rows <- if (is.numeric(w)) which(!is.finite(w) | w < 0) else seq_along(w)
    sm_abort(
      c("{.arg weights} must be {bad}.", x = "{length(rows)} {?is/are} not, first in row {rows[1]}."), "weights",
      error_call
    )
  }
  as.numeric(w)
}

cluster_of_formula <- function(frame, label, given, error_call) {
  if (length(given) > 0) sm_abort("{.arg cluster} must not be both an argument and a term.", "cluster", error_call)
  if (length(label) > 1) sm_abort("{.arg formula} must not have two cluster terms.", "cluster", error_call)
  sm_warn("Use the argument {.arg cluster} instead of a term of the formula.", "cluster", error_call)
  frame[[label]]
}

# Curves of right-censored or (start, stop] data: the fields of a survfit in survival's order.
fit_right_censored <- function(y, given, rule, limits, options, error_call) {
  if (!attr(y, "type") %in% c("right", "counting")) refuse_response(y, error_call)
  rows <- km_rows(y, given)
  if (!is.null(given$start.time)) {
    rows <- rows_from(rows, given$start.time, options$timefix, error_call)
    options$timefix <- FALSE
  }
  variance <- km_variance(rows, given$robust, options$influence, limits$se.fit, error_call)
  core <- from_core(core_km(
    c(rows[c("y", "weight", "stratum", "strata")], id_codes(rows$id), variance$codes),
    list(
      stype = rule$stype, ctype = rule$ctype, timefix = options$timefix, reverse = isTRUE(options$reverse),
      entry = isTRUE(
        check_entry(options$entry, error_call)
      ) && !is.null(rows$id) && ncol(rows$y) == 3, influence = variance$influence > 0
    )
  ), "times", error_call)
  fit <- c(km_counts(core, rows), type = attr(y, "type"))
  fit <- add_limits(fit, rule, limits, variance)
  fit <- c(fit, km_influence(core, fit, rule, variance, rows$levels))
  fit$t0 <- given$start.time %||% min(0, core$earliest)
  fit
}

refuse_response <- function(y, error_call) {
  type <- attr(y, "type")
  sm_abort(c(
    "{.fn fit_km} needs right-censored or (start, stop] times.", x = "The response is {type}-censored.",
    i = "Use {.fn survival::survfit}, which has Turnbull's estimator."
  ), "response", error_call)
}

check_entry <- function(entry, error_call) {
  if (!rlang::is_bool(entry)) sm_abort("{.arg entry} must be TRUE or FALSE.", "entry", error_call)
  entry
}

# What the core reads, one value a row; NULL stands for "everybody the same".
km_rows <- function(y, given) {
  levels <- levels(given$curve)
  one <- length(levels) < 2
  list(
    y = double_matrix(y), weight = given$weights, id = given$id, cluster = given$cluster,
    stratum = if (!one) zero_for_na(as.integer(given$curve)), strata = max(1L, length(levels)),
    levels = if (!one) levels
  )
}

zero_for_na <- function(codes) {
  if (anyNA(codes)) codes[is.na(codes)] <- 0L
  codes
}

# Rows that end before start.time leave, after times a rounding error apart were joined.
rows_from <- function(rows, start.time, timefix, error_call) {
  if (timefix) rows$y <- join_tied_times(rows$y, error_call, class = "times")
  keep <- rows$y[, ncol(rows$y) - 1] >= start.time
  if (!any(keep)) sm_abort("{.arg start.time} must leave an observation.", "start.time", error_call)
  if (all(keep)) return(rows)
  per_row <- c("weight", "id", "cluster", "stratum")
  rows[per_row] <- lapply(rows[per_row], function(x) if (length(x) > 0) x[keep])
  rows$y <- unclass(rows$y)[keep, , drop = FALSE]
  rows
}
