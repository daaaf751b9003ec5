#' Survival curves adjusted for covariates
#'
#' What survival would be if everybody were in one arm and if everybody were in the other, with the covariates of all
#' patients: by a model of the outcome, by weights, or by both.
#'
#' @param formula (formula) `Surv(time, event) ~ arm + covariates`: the first term is the arm (two values). The model of
#'   the outcome; for `"iptw"` only the response and the arm are read.
#' @param data (data frame).
#' @param treatment (formula) `arm ~ covariates`: the logistic model of the arm, for `"iptw"` and `"aipw"`; by default
#'   with the covariates of `formula`.
#' @param method (string) `"gformula"`: the mean of the curves that a Cox model predicts; `"iptw"`: Kaplan-Meier curves
#'   weighted by 1 / P(own arm); `"aipw"`: both, right when either model is.
#' @param times (numbers) by default the event times.
#' @param replicates (whole number) bootstrap samples of patients, which refit the models; 0 for none.
#' @param conf.level (number in (0, 1)); `seed` (whole number or NULL) of the samples.
#' @param seed see `conf.level`.
#' @return A data frame of class `adjusted_curves`: `arm` (each arm, and the later `v` the first for the difference),
#'   `time`, `estimate`, `conf.low`, `conf.high`. `autoplot()` draws it.
#' @section Method:
#' g-formula: mean over patients of exp(-H(t) exp(lp)), H the baseline hazard of the Cox model. Weighting: the
#' probabilities of a logistic model. Doubly robust: mean of m + 1(arm) / P(arm) (1(T > t) / G(t) - m), with m the
#' predicted survival and G the Kaplan-Meier estimate of being uncensored in the arm (Robins & Finkelstein 2000; Zhang &
#' Schaubel 2012); it is not forced to fall. Rows with missing values are left out, with a message.
#' @section Errors: `survmatch_error_curves`.
#' @references
#' Zhang M, Schaubel DE (2012). Contrasting treatment-specific survival using double-robust estimators. *Statistics in
#' Medicine* 31:4255-4268.
#'
#' Robins JM, Finkelstein DM (2000). Correcting for noncompliance and dependent censoring in an AIDS clinical trial with
#' inverse probability of censoring weighted log-rank tests. *Biometrics* 56:779-788.
#' @family estimators
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' estimate_curves(Surv(dtime, death) ~ hormon + age + nodes,
#'   data = breast, times = c(1000, 2000, 3000)
#' )
#' @export
estimate_curves <- function(formula, data, treatment = NULL, method = c("gformula", "iptw", "aipw"), times = NULL,
                            replicates = 0, conf.level = 0.95, seed = NULL) {
  method <- pick_choice(method)
  here <- rlang::current_env()
  parts <- curve_parts(formula, data, treatment, here)
  times <- times %||% sort(unique(parts$time[parts$event == 1]))
  if (!is.numeric(times) || anyNA(times) || length(times) == 0) sm_abort("{.arg times} must be numbers.", "curves")
  estimate <- function(rows) adjusted_curves(parts, rows, method, times)
  point <- estimate(seq_len(nrow(parts$data)))
  draw <- function() estimate(sample.int(nrow(parts$data), replace = TRUE))
  draws <- with_seed(seed, bootstrap_draws(
    replicates, function() tryCatch(draw(), error = function(e) rep(NA_real_, length(point))), length(point)
  ))
  table <- data.frame(
    arm = rep(c(parts$labels, paste(parts$labels[2], "v", parts$labels[1])), each = length(times)), time = rep(times, 3),
    estimate = point, conf.low = NA_real_, conf.high = NA_real_
  )
  if (replicates > 0) {
    table[c("conf.low", "conf.high")] <- t(percentile_limits(draws, conf.level))
  }
  structure(
    table, class = c("adjusted_curves", "data.frame"), method = method, labels = parts$labels, n = nrow(parts$data),
    failed = if (replicates > 0) mean(is.na(draws[, 1]))
  )
}

# Complete rows, response, arm as 0/1, and the two models.
curve_parts <- function(formula, data, treatment, call) {
  if (!rlang::is_formula(formula, lhs = TRUE) || !is.data.frame(data)) {
    sm_abort("{.arg formula} must be {.code Surv(time, event) ~ arm + covariates}, {.arg data} a data frame.", "curves", call)
  }
  formula <- formula_with_survival(formula)
  terms <- stats::terms(formula, specials = c("strata", "cluster", "offset"))
  labels <- attr(terms, "term.labels")
  if (length(labels) == 0 || length(unlist(attr(terms, "specials"))) > 0) {
    sm_abort("{.arg formula} must name the arm and plain covariates, without strata, clusters or offsets.", "curves", call)
  }
  arm_name <- labels[1]
  treatment <- treatment %||% stats::reformulate(if (length(labels) > 1) labels[-1] else "1", arm_name, env = environment(formula))
  needed <- intersect(all.vars(formula), names(data))
  rows <- as.data.frame(data)
  odd <- Filter(function(name) is.list(rows[[name]]), needed)
  if (length(odd) > 0) sm_abort(c("Columns must be vectors.", x = "{.field {odd}} {?is a list/are lists}."), "curves", call)
  rows <- rows[stats::complete.cases(rows[union(needed, intersect(all.vars(treatment), names(data)))]), , drop = FALSE]
  if (nrow(rows) < nrow(data)) sm_inform("{nrow(data) - nrow(rows)} row{?s} with missing values {?is/are} left out.", "missing")
  if (!arm_name %in% names(rows)) sm_abort("The first term of {.arg formula} must be the arm, a column.", "curves", call)
  y <- put_together(eval(formula[[2]], rows, environment(formula)), call, "curves")
  if (!inherits(y, "Surv") || attr(y, "type") != "right") sm_abort("The response must be right-censored.", "curves", call)
  values <- sort(unique(rows[[arm_name]]))
  if (length(values) != 2) {
    sm_abort(c("The arm must have two values.", x = "{.field {arm_name}} has {length(values)}."), "curves", call)
  }
  list(
    data = rows, formula = formula, treatment = treatment, arm_name = arm_name, values = values,
    labels = paste0(arm_name, "=", values), arm = as.integer(rows[[arm_name]] == values[2]), time = y[, "time"],
    event = y[, "status"]
  )
}

adjusted_curves <- function(parts, rows, method, times) {
  data <- parts$data[rows, , drop = FALSE]
  arm <- parts$arm[rows]
  own <- if (method != "gformula") arm_probability(parts, data, arm)
  model <- if (method != "iptw") fit_cox(parts$formula, data = data)
  curves <- vapply(0:1, function(a) {
    switch(method,
      gformula = predicted_survival(model, parts, data, a, times),
      iptw = weighted_survival(parts$time[rows], parts$event[rows], arm == a, 1 / own, times),
      aipw = augmented_survival(model, parts, data, rows, arm, a, own, times)
    )
  }, numeric(length(times)))
  curves <- matrix(curves, ncol = 2)
  c(curves[, 1], curves[, 2], curves[, 2] - curves[, 1])
}

# P(own arm) of each patient.
arm_probability <- function(parts, data, arm) {
  data[[parts$arm_name]] <- arm
  score <- unname(stats::fitted(stats::glm(parts$treatment, family = stats::binomial(), data = data)))
  ifelse(arm == 1, score, 1 - score)
}

# What the Cox model makes of everybody in one arm: the cumulative baseline hazard at the times, and the risks.
arm_prediction <- function(model, parts, data, a, times) {
  data[[parts$arm_name]] <- parts$values[a + 1]
  if (is.factor(parts$data[[parts$arm_name]])) {
    data[[parts$arm_name]] <- factor(as.character(data[[parts$arm_name]]), levels(parts$data[[parts$arm_name]]))
  }
  base <- survfit(model, se.fit = FALSE)
  list(
    hazard = c(0, base$cumhaz)[findInterval(times, base$time) + 1],
    risk = exp(unname(stats::predict(model, newdata = data, type = "lp", reference = "sample")))
  )
}

predicted_survival <- function(model, parts, data, a, times) {
  at <- arm_prediction(model, parts, data, a, times)
  vapply(at$hazard, function(h) mean(exp(-h * at$risk)), 0)
}

weighted_survival <- function(time, event, mine, weight, times) {
  fit <- fit_km(Surv(time[mine], event[mine]) ~ 1, weights = weight[mine], robust = FALSE, se.fit = FALSE)
  c(1, fit$surv)[findInterval(times, fit$time) + 1]
}

augmented_survival <- function(model, parts, data, rows, arm, a, own, times) {
  at <- arm_prediction(model, parts, data, a, times)
  mine <- arm == a
  time <- parts$time[rows]
  censoring <- fit_km(Surv(time[mine], 1 - parts$event[rows][mine]) ~ 1, se.fit = FALSE)
  uncensored <- c(1, censoring$surv)[findInterval(times, censoring$time) + 1]
  vapply(seq_along(times), function(k) {
    predicted <- exp(-at$hazard[k] * at$risk)
    seen <- if (uncensored[k] > 0) (time > times[k]) / uncensored[k] else NA_real_
    mean(predicted + mine / own * (seen - predicted))
  }, 0)
}

#' @export
print.adjusted_curves <- function(x, ...) {
  if (is.null(attr(x, "method"))) return(NextMethod())
  words <- c(gformula = "g-formula", iptw = "inverse probability weighting", aipw = "augmented inverse probability weighting")
  cat("Adjusted survival, ", words[[attr(x, "method")]], ", ", attr(x, "n"), " patients\n", sep = "")
  shown <- as.data.frame(x)
  if (nrow(shown) > 30) {
    cat("(the first 30 of ", nrow(shown), " rows)\n", sep = "")
    shown <- shown[seq_len(30), ]
  }
  numbers <- c("estimate", "conf.low", "conf.high")
  shown[numbers] <- lapply(shown[numbers], round, 4)
  print(shown, row.names = FALSE)
  invisible(x)
}

#' @rdname estimate_curves
#' @param object (`adjusted_curves`) what `estimate_curves()` returned.
#' @param time_unit (string) unit in the axis title.
#' @param ... must be empty.
#' @export
autoplot.adjusted_curves <- function(object, time_unit = NULL, ...) {
  rlang::check_dots_empty()
  labels <- attr(object, "labels")
  rows <- as.data.frame(object)[object$arm %in% labels, ]
  start <- data.frame(arm = labels, time = 0, estimate = 1, conf.low = 1, conf.high = 1)
  points <- rbind(start, rows)
  points$arm <- factor(points$arm, levels = labels)
  points <- points[order(points$arm, points$time), ]
  plot <- ggplot2::ggplot(points, ggplot2::aes(.data$time, .data$estimate, colour = .data$arm, fill = .data$arm))
  if (!all(is.na(rows$conf.low))) {
    names(points)[4:5] <- c("lower", "upper")
    plot <- plot + ggplot2::geom_ribbon(
      data = step_band(points), ggplot2::aes(ymin = .data$lower, ymax = .data$upper), alpha = 0.15, colour = NA,
      show.legend = FALSE
    )
  }
  plot + ggplot2::geom_step(linewidth = 0.8) +
    ggplot2::scale_colour_manual(values = arm_colours(2), aesthetics = c("colour", "fill")) +
    ggplot2::coord_cartesian(ylim = c(0, 1)) +
    ggplot2::scale_y_continuous(breaks = seq(0, 1, 0.25), labels = percent_labels) +
    ggplot2::labs(x = time_title(time_unit), y = "Adjusted survival") + theme_survmatch()
}
