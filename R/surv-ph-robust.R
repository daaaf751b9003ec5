#' Test proportional hazards with the weights and clusters of the fit
#'
#' For each term the robust Wald test of its product with a function of time: the estimate of how its log hazard ratio
#' changes, with a variance that respects case weights, matched sets and other clusters.
#'
#' @param fit (coxph) a fit of [fit_cox()] or [survival::coxph()].
#' @param transform (function or string) the function of time, by default the logarithm; or one of those that
#'   [test_ph()] knows. Events at time 0 or before need another one than the logarithm.
#'
#' @return An object of class `ph_robust`: a list with `table` (data frame, a row a term: `term`, `statistic`, `df`,
#'   `p.value`), `coefficients` (data frame, a row a coefficient: `term`, `estimate`, `std.error`, `statistic`,
#'   `p.value`; the estimate is the change of the log hazard ratio for each unit of the function of time), `vcov` (list,
#'   a matrix a term), `transform`, `rule` (one sentence on the variance), `nevent` and `call`. `tidy()` gives `term`,
#'   `estimate`, `std.error` (`NA` for terms of several coefficients), `statistic`, `df`, `p.value`, the terms in the
#'   order of the formula.
#'
#' @section Errors:
#' Class `survmatch_error_ph`: as [test_ph()]; also when the change cannot be estimated (fewer event times than
#' coefficients), and when the function of time is not finite at an event.
#'
#' @section Method:
#' In the model `x (beta + gamma g(t))`, with `U` and `I` its score and information at the fitted `beta` and `gamma =
#' 0`, the first Newton step gives `gamma = S^-1 (U_g - I_gb I_bb^-1 U_b)`, where `S = I_gg - I_gb I_bb^-1 I_bg`. It has
#' the first-order distribution of the maximum likelihood estimate when hazards are proportional. Its variance is the
#' sandwich `S^-1 (sum_c v_c v_c') S^-1` over the clusters `c` of the fit (over rows when there are none), `v_c` being
#' the cluster's sum of weighted score residuals of `gamma` less `I_gb I_bb^-1` times those of `beta`. The statistic
#' `gamma' V^-1 gamma` is Boos's generalised score test. The other terms keep proportional hazards. Rows with missing
#' values are those that the fit left out.
#'
#' @references
#' Boos DD (1992). On generalized score tests. *Am Stat* 46:327-333.
#'
#' Lin DY, Wei LJ (1989). The robust inference for the Cox proportional hazards model. *J Am Stat Assoc* 84:1074-1078.
#' @family survival estimators
#' @examples
#' fit <- fit_cox(Surv(time, status) ~ sex + age, data = survival::lung, cluster = inst)
#' test_ph_robust(fit)
#' @export
test_ph_robust <- function(fit, transform = log) {
  name <- if (missing(transform)) "log" else ph_transform_name(transform, substitute(transform))
  check_ph_fit(fit)
  parts <- cox_parts(fit)
  time <- ph_time(parts, transform)
  check_ph_time(time[parts$status == 1], name)
  time[parts$status != 1] <- 0
  g <- time - mean(time[parts$status == 1])
  steps <- ph_newton_steps(fit, parts, g)
  structure(
    list(
      table = ph_robust_table(steps), coefficients = ph_robust_coefficients(steps), vcov = lapply(steps, `[[`, "vcov"),
      transform = name, rule = ph_robust_rule(fit, parts), nevent = fit$nevent, call = match.call()
    ),
    class = "ph_robust"
  )
}

check_ph_time <- function(time, name, error_call = rlang::caller_env()) {
  bad <- sum(!is.finite(time))
  if (bad > 0) {
    sm_abort(c(
      "The function of time must be finite at every event.", x = "{.code {name}} is not at {bad} event{?s}.",
      i = "Give another {.arg transform}, such as {.val identity}."
    ), "ph", error_call)
  }
  if (length(unique(time)) < 2) {
    sm_abort("Events at two different times are needed to see a change.", "ph", error_call)
  }
}

# For each term the first Newton step from proportional hazards, and its sandwich.
ph_newton_steps <- function(fit, parts, g, error_call = rlang::caller_env()) {
  data <- ph_data(parts)
  efron <- fit$method == "efron"
  derivatives <- core_zph(data, parts$predictor, efron, g)
  group <- parts$cluster
  code <- if (is.null(group)) seq_along(g) else group_code(group)
  outer <- core_zph_outer(data, parts$predictor, efron, g, code, max(code))
  names <- names(fit$coefficients)[parts$kept]
  steps <- lapply(ph_terms(fit, TRUE), ph_newton_step, derivatives = derivatives, outer = outer, names = names)
  if (all(vapply(steps, function(step) anyNA(step$gamma), NA))) {
    sm_abort(c(
      "The change of the hazard ratio must be estimable.",
      x = "{fit$nevent} event{?s} do not carry the information for another coefficient."
    ), "ph", error_call)
  }
  steps
}

# NA when the information about the columns' change is singular.
ph_newton_step <- function(columns, derivatives, outer, names) {
  p <- length(names)
  beta <- seq_len(p)
  at <- columns + p
  information <- derivatives$imat
  tryCatch(
    {
      from_beta <- information[at, beta, drop = FALSE] %*% solve(information[beta, beta])
      residual <- matrix(0, length(at), 2 * p)
      residual[, beta] <- -from_beta
      residual[cbind(seq_along(at), at)] <- 1
      schur <- solve(information[at, at] - from_beta %*% information[beta, at, drop = FALSE])
      gamma <- drop(schur %*% residual %*% derivatives$u)
      vcov <- schur %*% residual %*% outer %*% t(residual) %*% t(schur)
      dimnames(vcov) <- list(names[columns], names[columns])
      list(gamma = stats::setNames(gamma, names[columns]), vcov = vcov, statistic = drop(gamma %*% solve(vcov, gamma)))
    },
    error = function(e) {
      unknown <- stats::setNames(rep(NA_real_, length(columns)), names[columns])
      list(gamma = unknown, vcov = diag(unknown, length(columns)), statistic = NA_real_)
    }
  )
}

ph_robust_table <- function(steps) {
  statistic <- vapply(steps, `[[`, 0, "statistic")
  df <- vapply(steps, function(step) length(step$gamma), 1L)
  data.frame(
    term = names(steps), statistic = unname(statistic), df = unname(df),
    p.value = unname(stats::pchisq(statistic, df, lower.tail = FALSE))
  )
}

ph_robust_coefficients <- function(steps) {
  gamma <- unlist(lapply(unname(steps), `[[`, "gamma"))
  se <- sqrt(unlist(lapply(unname(steps), function(step) diag(step$vcov))))
  data.frame(
    term = names(gamma), estimate = unname(gamma), std.error = unname(se), statistic = unname(gamma / se),
    p.value = unname(stats::pchisq((gamma / se)^2, 1, lower.tail = FALSE))
  )
}

ph_robust_rule <- function(fit, parts) {
  rule <- attr(fit, "survmatch")$rule
  if (!is.null(rule)) return(rule)
  if (is.null(parts$cluster)) "Variance: robust." else "Variance: robust, with the clusters of the fit."
}

#' @rdname test_ph_robust
#' @param x (ph_robust) a result of `test_ph_robust()`.
#' @param ... unused.
#' @export
print.ph_robust <- function(x, ...) {
  cat("Robust test of proportional hazards: term x ", x$transform, "(time), ", x$nevent, " events\n\n", sep = "")
  shown <- x$table
  shown$statistic <- round(shown$statistic, 2)
  shown$p.value <- format.pval(shown$p.value, digits = 2, eps = 1e-4)
  print(shown, row.names = FALSE)
  cat("\n", x$rule, "\n", sep = "")
  invisible(x)
}

#' @rdname test_ph_robust
#' @export
tidy.ph_robust <- function(x, ...) {
  single <- match(x$table$term, x$coefficients$term)
  single[x$table$df > 1] <- NA
  data.frame(
    term = x$table$term, estimate = x$coefficients$estimate[single], std.error = x$coefficients$std.error[single],
    statistic = x$table$statistic, df = x$table$df, p.value = x$table$p.value
  )
}
