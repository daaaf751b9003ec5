#' Survival curves of a Cox fit
#'
#' `survfit()` as survival has it for a `coxph`, in a time that grows with the rows and not with rows times times.
#'
#' @param formula (sm_coxph) a fit of [fit_cox()].
#' @param newdata (data frame) one curve a row; rows with missing values are left out. Default: one curve, at the means
#'   of the covariates (`fit$means`), which is rarely anybody's.
#' @param se.fit (flag) standard errors and limits.
#' @param conf.int (number in (0, 1)) level of the limits.
#' @param individual,id,influence,time0 as in [survival::survfit.coxph()]; with `id` or `individual` the curves of
#'   covariates that change over time are survival's own.
#' @param stype (1 or 2) the survival: a product of factors (Kalbfleisch and Prentice), or exp(-cumulative hazard).
#' @param ctype (1 or 2) the cumulative hazard: Breslow, or with Efron's correction for ties; default as in the fit.
#' @param conf.type (string) `"log"`, `"log-log"`, `"plain"`, `"none"`, `"logit"`, `"arcsin"`.
#' @param censor (flag) also the times at which somebody was only censored.
#' @param start.time (number) curves from there on: of those still under observation then.
#' @param na.action unused; kept because the generic's other methods have it.
#' @param type (string) survival's older name for `stype` and `ctype`.
#' @param ... unused.
#' @return An object of class `c("survfitcox", "survfit")` with survival's fields: `n`, `time`, `n.risk`, `n.event`,
#'   `n.censor`, `strata`, `surv`, `cumhaz`, `std.err` (of the cumulative hazard), `logse`, `std.chaz`, `lower`, `upper`,
#'   `conf.type`, `conf.int`, `newdata`, `call`; `surv` and its like are matrices, a column a row of `newdata`, when
#'   there are several. Where `newdata` has the strata, each row gets the curve of its own, one after the other.
#' @section Method:
#' Therneau and Grambsch (2000), section 10.2: the variance of the cumulative hazard has a part of the baseline (for the
#' product Greenwood's formula) and one of the coefficients, whose derivative is the running sum of the hazard times the
#' difference of the covariates from their mean at risk.
#' @section Errors: `survmatch_error_curve`.
#' @references Therneau TM, Grambsch PM (2000). *Modeling Survival Data: Extending the Cox Model*. Springer.
#' @family survival estimators
#' @examples
#' fit <- fit_cox(Surv(time, status) ~ age + sex, data = survival::lung)
#' survfit(fit, newdata = data.frame(age = c(60, 70), sex = 1))
#' @importFrom survival survfit
#' @export
survfit.sm_coxph <- function(formula, newdata, se.fit = TRUE, conf.int = 0.95, individual = FALSE, stype = 2, ctype,
                             conf.type = c("log", "log-log", "plain", "none", "logit", "arcsin"), censor = TRUE,
                             start.time, id, influence = FALSE, na.action = stats::na.pass, type, time0 = FALSE, ...) {
  here <- rlang::current_env()
  if (individual || !missing(id) || inherits(formula, "coxph.null") || has_strata_interaction(formula$terms)) {
    return(NextMethod())
  }
  call <- match.call()
  call[[1]] <- as.name("survfit")
  rule <- curve_rule(formula$method, stype, if (!missing(ctype)) ctype, if (!missing(type)) type, here)
  conf.type <- if (se.fit) pick_choice(conf.type, partial = TRUE) else "none"
  check_curve_terms(formula$terms, missing(newdata), here)
  if (!missing(newdata) && is.language(newdata)) newdata <- eval(newdata, environment(formula$terms)) # brier() gives `data`
  source <- curve_source(formula, if (!missing(start.time)) start.time, here)
  asked <- if (missing(newdata)) curve_at_means(formula, source) else curve_at_rows(formula, source, newdata, here)
  curves <- curves_of_core(source, asked, rule, se.fit)
  curves <- if (is.null(asked$strata)) curves_side_by_side(curves, asked, se.fit) else curves_in_a_row(curves, asked, se.fit)
  if (!censor) curves <- only_events(curves)
  if (se.fit) {
    curves$logse <- TRUE
    if (rule$stype == 2) curves$std.chaz <- curves$std.err
    if (conf.type != "none") curves <- c(curves, curve_limits(curves, conf.type, conf.int, here))
  }
  if (!missing(start.time)) curves$start.time <- start.time
  if (!missing(newdata)) curves$newdata <- newdata
  curves$call <- call
  structure(curves, class = c("survfitcox", "survfit"))
}

has_strata_interaction <- function(terms) {
  strata <- attr(terms, "specials")$strata
  if (is.null(strata)) return(FALSE)
  any(t(attr(terms, "factors")[strata, , drop = FALSE]) * attr(terms, "order") > 1)
}

# stype, and the estimate by its number in the core: 0 Kalbfleisch-Prentice, 1 Breslow, 2 Efron.
curve_rule <- function(method, stype, ctype, type, call) {
  if (!is.null(type)) {
    known <- c(
      "kalbfleisch-prentice", "aalen", "efron", "kaplan-meier", "breslow", "fleming-harrington", "greenwood",
      "tsiatis", "exact"
    )
    chosen <- match(rlang::arg_match0(type, known, "type", error_call = call), known)
    stype <- c(1, 2, 2, 1, 2, 2, 2, 2, 2)[chosen]
    if (stype == 2) ctype <- ctype %||% c(1, 1, 2, 1, 1, 2, 1, 1, 1)[chosen]
  }
  ctype <- ctype %||% if (method == "efron") 2 else 1
  for (name in c("stype", "ctype")) {
    if (!get(name) %in% 1:2) sm_abort("{.arg {name}} must be 1 or 2.", "curve", call)
  }
  list(stype = stype, estimate = if (stype == 1) 0L else as.integer(ctype))
}

check_curve_terms <- function(terms, at_means, call) {
  factors <- attr(terms, "factors")
  for (i in attr(terms, "specials")$strata) factors <- factors[, factors[i, ] == 0, drop = FALSE]
  if (any(factors > 1)) {
    sm_abort("There is no curve for an interaction whose main effects are not in the model.", "curve", call)
  }
  if (at_means && any(attr(terms, "order") > 1)) sm_warn(c(
    "The model has interactions: a curve at the mean of each column of the model matrix is nobody's.",
    i = "Give {.arg newdata}."
  ), "curve", call)
}

# Rows of the fit, with the risk relative to the means of the covariates and the offset.
curve_source <- function(fit, start.time, call) {
  parts <- cox_parts(fit)
  shift <- weighted_offset(fit, parts$frame)
  risk <- exp(as.double(fit$linear.predictors) - shift)
  if (!all(is.finite(risk))) sm_abort("The linear predictors are too large for curves.", "curve", call)
  b <- parts$coefficients
  source <- list(
    start = if (parts$counting) response_column(parts$y, 1L) else double(), stop = parts$time,
    status = as.integer(parts$status), strata = fitted_strata(fit, parts), weights = if (parts$weighted) as.double(parts$weights) else double(),
    risk = risk, x = parts$x, kept = parts$kept, b = b, centre = sum(fit$means[parts$kept] * b) + shift,
    variance = fit$var[parts$kept, parts$kept, drop = FALSE]
  )
  if (is.null(start.time)) source else observed_from(source, start.time, call)
}

# As survival, with a stratum for each level of a single strata() term.
fitted_strata <- function(fit, parts) {
  if (is.null(parts$strata) || !is.null(fit$strata)) return(parts$strata)
  columns <- survival::untangle.specials(fit$terms, "strata", 1)$vars
  if (length(columns) == 1) parts$frame[[columns]] else parts$strata
}

weighted_offset <- function(fit, frame) {
  if (is.null(attr(fit$terms, "offset"))) return(0)
  frame <- frame %||% stats::model.frame(fit)
  stats::weighted.mean(stats::model.offset(frame), stats::model.weights(frame) %||% rep(1, nrow(frame)))
}

observed_from <- function(source, start.time, call) {
  if (!is.numeric(start.time) || length(start.time) != 1 || is.na(start.time)) {
    sm_abort("{.arg start.time} must be one number.", "curve", call)
  }
  keep <- source$stop >= start.time
  if (!any(source$status[keep] == 1)) {
    sm_abort(c("{.arg start.time} must leave events.", x = "There is none from {start.time} on."), "curve", call)
  }
  for (name in c("start", "stop", "status", "strata", "weights", "risk")) {
    if (length(source[[name]]) > 0) source[[name]] <- source[[name]][keep]
  }
  source$x <- source$x[keep, , drop = FALSE]
  source
}

curve_at_means <- function(fit, source) {
  list(x = matrix(fit$means[source$kept], 1), risk = 1, names = NULL)
}

# Covariates, relative risk and (where they are given) strata of the rows of newdata.
curve_at_rows <- function(fit, source, newdata, call) {
  if (is.vector(newdata, "numeric") && !is.null(names(newdata))) newdata <- as.list(newdata)
  if (!is.list(newdata)) sm_abort("{.arg newdata} must be a data frame.", "curve", call)
  newdata <- as.data.frame(newdata)
  terms <- stats::delete.response(fit$terms)
  stratified <- length(attr(fit$terms, "specials")$strata) > 0
  found <- stratified && has_strata_columns(terms, newdata)
  if (stratified && !found) terms <- drop_strata_terms(terms)
  frame <- curve_frame(fit, terms, newdata, call)
  strata <- if (found) curve_strata(terms, frame, source$strata, call)
  plain <- if (found) drop_strata_terms(terms) else terms
  contrasts <- fit$contrasts[names(fit$contrasts) %in% names(frame)]
  x <- stats::model.matrix(plain, frame, contrasts.arg = contrasts)[, -1, drop = FALSE]
  x <- x[, source$kept, drop = FALSE]
  predictor <- drop(x %*% source$b) + (stats::model.offset(frame) %||% 0) - source$centre
  list(x = x, risk = unname(exp(predictor)), names = row.names(x), strata = strata, rows = row.names(frame))
}

has_strata_columns <- function(terms, newdata) {
  strata <- survival::untangle.specials(terms, "strata")$vars
  all(unlist(lapply(strata, function(v) all.vars(str2lang(v)))) %in% names(newdata))
}

drop_strata_terms <- function(terms) {
  gone <- survival::untangle.specials(terms, "strata")$terms
  if (length(gone) > 0) terms[-gone] else terms
}

curve_frame <- function(fit, terms, newdata, call) {
  levels <- fit$xlevels[match(attr(terms, "term.labels"), names(fit$xlevels), nomatch = 0)]
  frame <- tryCatch(
    stats::model.frame(terms, newdata, na.action = stats::na.omit, xlev = levels),
    error = function(e) {
      sm_abort(c("{.arg newdata} must have the covariates of the fit.", x = "{conditionMessage(e)}"), "curve", call)
    }
  )
  if (nrow(frame) == 0) sm_abort("{.arg newdata} must have a row without missing values.", "curve", call)
  frame
}

curve_strata <- function(terms, frame, of_fit, call) {
  named <- strata_of_columns(frame[survival::untangle.specials(terms, "strata")$vars], shortlabel = TRUE)
  strata <- factor(named, levels = levels(of_fit))
  unknown <- unique(as.character(named)[is.na(strata)])
  if (length(unknown) > 0) {
    sm_abort(c("Each stratum must be one of the fit.", x = "There is no {.val {unknown[1]}}."), "curve", call)
  }
  strata
}

curves_of_core <- function(source, asked, rule, se.fit) {
  curves <- core_cox_curves(
    source$start, source$stop, source$status, as.integer(source$strata), max(nlevels(source$strata), 1L),
    source$weights, source$risk, source$x, rule$estimate, asked$x, asked$risk,
    source$variance, se.fit
  )
  curves$n <- if (is.null(source$strata)) length(source$stop) else tabulate(source$strata, nlevels(source$strata))
  if (nlevels(source$strata) > 1) curves$strata <- stats::setNames(diff(curves$first), levels(source$strata))
  curves
}

curve_fields <- function(stratified, se.fit) {
  c(
    "n", "time", "n.risk", "n.event", "n.censor", if (stratified) "strata", "surv", "cumhaz", if (se.fit) "std.err"
  )
}

curves_side_by_side <- function(curves, asked, se.fit) {
  columns <- c("surv", "cumhaz", if (se.fit) "std.err")
  if (nrow(asked$x) == 1) curves[columns] <- lapply(curves[columns], as.vector) else
    dimnames(curves$surv) <- list(NULL, asked$names)
  curves[curve_fields(!is.null(curves$strata), se.fit)]
}

# Each row of newdata with the times and counts of its own stratum.
curves_in_a_row <- function(curves, asked, se.fit) {
  of <- as.integer(asked$strata)
  rows <- lapply(of, function(s) seq_len(curves$first[s + 1] - curves$first[s]) + curves$first[s])
  result <- lapply(curves[c("time", "n.risk", "n.event", "n.censor")], `[`, unlist(rows))
  cell <- cbind(unlist(rows), rep(seq_along(of), lengths(rows)))
  for (name in c("surv", "cumhaz", if (se.fit) "std.err")) result[[name]] <- curves[[name]][cell]
  result$n <- curves$n[of]
  result$strata <- stats::setNames(lengths(rows), asked$rows)
  result[curve_fields(TRUE, se.fit)]
}

only_events <- function(curves) {
  keep <- curves$n.event > 0
  if (!is.null(curves$strata)) {
    curve <- factor(rep(seq_along(curves$strata), curves$strata), seq_along(curves$strata))
    curves$strata <- stats::setNames(as.integer(table(curve[keep])), names(curves$strata))
  }
  for (name in setdiff(names(curves), c("n", "strata"))) {
    value <- curves[[name]]
    curves[[name]] <- if (is.matrix(value)) value[keep, , drop = FALSE] else value[keep]
  }
  curves
}

curve_limits <- function(curves, conf.type, conf.int, call) {
  if (!is.numeric(conf.int) || length(conf.int) != 1 || is.na(conf.int) || conf.int <= 0 || conf.int >= 1) {
    sm_abort("{.arg conf.int} must lie between 0 and 1.", "curve", call)
  }
  limits <- core_limits(
    as.vector(curves$surv), as.vector(curves$std.err), NULL, conf.type, stats::qnorm((1 + conf.int) / 2), TRUE
  )
  # survival's limits keep the columns' names on the plain scale only, and no shape on the arcsine's
  if (is.matrix(curves$surv) && conf.type != "arcsin") {
    limits <- lapply(limits, array, dim(curves$surv), if (conf.type == "plain") dimnames(curves$surv))
  }
  c(limits, list(conf.type = conf.type, conf.int = conf.int))
}
