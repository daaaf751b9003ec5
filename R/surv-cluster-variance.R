#' Robust variance with several kinds of clusters
#'
#' Gives a Cox fit the sandwich variance that knows more than one grouping at once: patients who stand in several matched
#' sets after [match_risk_set()], pairs within centres, and the like. With one grouping it is `cluster =` of [fit_cox()].
#'
#' @param fit (`coxph`) from [fit_cox()] or [survival::coxph()].
#' @param by (one-sided formula) the groupings, `~ subclass + id`, as columns of the fit's data; or a data frame with a row
#'   for each row that the fit used. Nothing missing.
#' @return `fit` with another `var`, `naive.var` and `wald.test`, and with the rule for the variance in its print.
#' @section Method:
#' The sum of the clustered variances of all groupings, minus those of the combinations of two, plus those of three, and so
#' on; for two groupings \eqn{V_a + V_b - V_{ab}}{V_a + V_b - V_ab}. Each is the Lin-Wei sandwich of [fit_cox()], from
#' the weighted dfbeta residuals. Where the sum is not positive definite its negative eigenvalues are set to 0, with a
#' warning. After matching in risk sets it is narrower than the variance clustered on the sets alone, which takes the same
#' patient in two sets for two.
#' @section Errors: `survmatch_error_cluster`.
#' @references Cameron AC, Gelbach JB, Miller DL (2011). Robust inference with multiway clustering. Journal of Business &
#'   Economic Statistics 29:238-249.
#'
#' Austin PC, Cafri G (2020). Variance estimation when using propensity-score matching with replacement with survival or
#' time-to-event outcomes. Statistics in Medicine 39:1623-1640.
#' @family survival estimators
#' @examples
#' transplant <- survival::jasa[survival::jasa$futime > 0, ]
#' transplant$id <- seq_len(nrow(transplant))
#' transplant$wait <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' sets <- match_risk_set(wait ~ age + surgery, transplant, time = futime, event = fustat, id = id)
#' fit <- fit_cox(Surv(end, event) ~ treated, data = sets)
#' cluster_variance(fit, ~ subclass + id)
#' @export
cluster_variance <- function(fit, by) {
  here <- rlang::current_env()
  if (!inherits(fit, "coxph") || inherits(fit, c("coxphms", "coxph.penal")) || length(fit$coefficients) == 0) {
    sm_abort(c("{.arg fit} must be a Cox fit with coefficients.", x = "It is {.obj_type_friendly {fit}}."), "cluster", here)
  }
  groups <- grouping_columns(fit, by, here)
  influence <- as.matrix(stats::residuals(fit, type = "dfbeta", weighted = TRUE))
  influence[is.na(influence)] <- 0
  total <- sum_over_groupings(influence, lapply(groups, function(g) match(g, unique(g))))
  fit$naive.var <- fit$naive.var %||% fit$var
  fit$var <- nearest_variance(total, here)
  estimated <- !is.na(fit$coefficients)
  fit$wald.test <- survival::coxph.wtest(fit$var[estimated, estimated, drop = FALSE], fit$coefficients[estimated])$test
  names(fit$wald.test) <- NULL
  attr(fit, "survmatch")$rule <- paste0(
    "Variance: robust, clustered on ", paste(names(groups), collapse = " and on "), if (length(groups) > 1) " at once", "."
  )
  fit
}

# The groupings at the rows that the fit used, a named list.
grouping_columns <- function(fit, by, call) {
  n <- length(fit$residuals)
  if (rlang::is_formula(by, lhs = FALSE)) by <- grouping_from_formula(fit, by, call)
  if (!is.data.frame(by) || ncol(by) == 0 || nrow(by) != n) {
    sm_abort(c(
      "{.arg by} must be a one-sided formula, or a data frame with a row for each row that the fit used.",
      x = "It is {.obj_type_friendly {by}}; the fit used {n} row{?s}."
    ), "cluster", call)
  }
  lost <- vapply(by, function(g) sum(is.na(g)), 1L)
  if (any(lost > 0)) {
    sm_abort(c(
      "Clusters must not be missing.",
      x = "{.field {names(by)[lost > 0]}}: {lost[lost > 0]} missing, first in row {which(is.na(by[[which(lost > 0)[1]]]))[1]}."
    ), "cluster", call)
  }
  as.list(by)
}

grouping_from_formula <- function(fit, by, call) {
  data <- if (!is.null(fit$call$data)) eval(fit$call$data, environment(stats::formula(fit)))
  columns <- tryCatch(stats::model.frame(by, data, na.action = stats::na.pass), error = function(e) {
    sm_abort(c("The groupings must be columns of the fit's data.", x = conditionMessage(e)), "cluster", call)
  })
  used <- match(names(fit$residuals), row.names(columns))
  if (anyNA(used)) {
    sm_abort("The fit's rows must be found in its data by their row names: give {.arg by} as a data frame.", "cluster", call)
  }
  columns[used, , drop = FALSE]
}

sum_over_groupings <- function(influence, groups) {
  total <- 0
  for (size in seq_along(groups)) {
    for (chosen in utils::combn(length(groups), size, simplify = FALSE)) {
      group <- if (size == 1) groups[[chosen]] else do.call(paste, groups[chosen])
      total <- total - (-1)^size * crossprod(rowsum(influence, group, reorder = FALSE))
    }
  }
  unname(total)
}

nearest_variance <- function(total, call) {
  parts <- eigen(total, symmetric = TRUE)
  if (all(parts$values >= -1e-12 * max(abs(parts$values)))) return(total)
  sm_warn("The variance was not positive definite: its negative eigenvalues are set to 0.", "cluster", call)
  parts$vectors %*% (pmax(parts$values, 0) * t(parts$vectors))
}
