# Rubin's rules for fits in several imputed tables. Rubin (1987) Multiple Imputation for Nonresponse in Surveys; Barnard &
# Rubin (1999) Biometrika 86:948.

# The matches that the call's data name, or NULL.
imputations_of <- function(call, env) {
  data <- call$data
  simple <- is.symbol(data) || (is.call(data) && as.character(data[[1]])[1] %in% c("$", "[["))
  if (!simple) return(NULL)
  value <- tryCatch(eval(data, env), error = function(e) NULL)
  if (inherits(value, "imputed_matches")) value
}

# The call in each table, pooled.
pool_fits <- function(call, imputations, env) {
  fits <- lapply(imputations$matches, function(matched) {
    inner <- rlang::new_environment(list(matched_cohort = matched), parent = env)
    call$data <- quote(matched_cohort)
    eval(call, inner)
  })
  new_pooled_fit(fits, call)
}

new_pooled_fit <- function(fits, call) {
  m <- length(fits)
  estimates <- do.call(rbind, lapply(fits, stats::coef))
  lost <- apply(estimates, 2, anyNA)
  estimate <- colMeans(estimates)
  within <- Reduce(`+`, lapply(fits, function(fit) unname(stats::vcov(fit, complete = TRUE)))) / m
  between <- stats::cov(estimates)
  total <- within + (1 + 1 / m) * between
  dimnames(total) <- list(names(estimate), names(estimate))
  events <- fits[[1]]$nevent
  structure(list(
    coefficients = estimate, var = total, table = pooled_table(estimate, within, between, m, max(events - ncol(estimates), 1)),
    fits = fits, m = m, call = call, not_estimable = names(estimate)[lost]
  ), class = "pooled_coxph")
}

pooled_table <- function(estimate, within, between, m, df_complete) {
  ubar <- diag(as.matrix(within))
  b <- diag(as.matrix(between))
  total <- ubar + (1 + 1 / m) * b
  increase <- (1 + 1 / m) * b / ubar
  lambda <- (1 + 1 / m) * b / total
  df <- pooled_df(lambda, m, df_complete)
  statistic <- estimate / sqrt(total)
  data.frame(
    term = names(estimate), estimate = unname(estimate), std.error = sqrt(total), statistic = unname(statistic), df = df,
    p.value = 2 * stats::pt(-abs(unname(statistic)), df), within = ubar, between = b, riv = increase, lambda = lambda,
    fmi = (increase + 2 / (df + 3)) / (increase + 1), row.names = NULL
  )
}

# Barnard & Rubin; lambda as small as 1e-4 counts as that.
pooled_df <- function(lambda, m, df_complete) {
  lambda <- pmax(lambda, 1e-4)
  old <- (m - 1) / lambda^2
  observed <- (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lambda)
  old * observed / (old + observed)
}

#' Cox models pooled over imputed tables
#'
#' What [fit_cox()] returns when its data are [match_imputations()].
#'
#' @param x,object (`pooled_coxph`).
#' @param conf.int (flag) limits?
#' @param conf.level,level (number) level of the limits.
#' @param exponentiate (flag) hazard ratios?
#' @param parm (names or numbers) coefficients.
#' @param ... not used.
#' @return `tidy()` and `summary()`: a data frame, one row a coefficient: `term`, `estimate`, `std.error`, `statistic`, `df`,
#'   `p.value`, `conf.low`, `conf.high`; `summary()` also the variances `within` and `between` tables, their relative
#'   increase `riv`, the share `lambda` and the fraction of missing information `fmi`. `glance()`: `m`, and the smallest and
#'   largest number of patients and events. `vcov()`: the total variance. The element `fits` has the Cox fits.
#' @section Method:
#' Rubin's rules: the mean of the estimates, with variance W + (1 + 1/m) B of the mean variance within and the variance
#' between the tables; limits from the t distribution with Barnard and Rubin's degrees of freedom, where the complete data
#' have as many as events less coefficients.
#' @references Barnard J, Rubin DB (1999). Small-sample degrees of freedom with multiple imputation. Biometrika
#'   86:948-955.
#' @family survival estimators
#' @name pooled-cox
#' @examples
#' first <- second <- survival::rotterdam[1:500, ]
#' second$nodes <- second$nodes + rep(0:1, 250)
#' matched <- match_imputations(hormon ~ age + nodes, list(first, second), caliper = 0.2)
#' summary(fit_cox(Surv(dtime, death) ~ hormon, data = matched))
NULL

#' @rdname pooled-cox
#' @export
tidy.pooled_coxph <- function(x, conf.int = FALSE, conf.level = 0.95, exponentiate = FALSE, ...) {
  rows <- x$table[c("term", "estimate", "std.error", "statistic", "df", "p.value")]
  if (conf.int) rows[c("conf.low", "conf.high")] <- unname(as.data.frame(stats::confint(x, level = conf.level)))
  shown <- intersect(c("estimate", "conf.low", "conf.high"), names(rows))
  if (exponentiate) rows[shown] <- exp(rows[shown])
  rows
}

#' @rdname pooled-cox
#' @export
glance.pooled_coxph <- function(x, ...) {
  n <- vapply(x$fits, function(fit) fit$n, 1)
  events <- vapply(x$fits, function(fit) fit$nevent, 1)
  data.frame(m = x$m, n_smallest = min(n), n_largest = max(n), events_smallest = min(events), events_largest = max(events))
}

#' @rdname pooled-cox
#' @export
confint.pooled_coxph <- function(object, parm, level = 0.95, ...) {
  t <- object$table
  half <- stats::qt(1 - (1 - level) / 2, t$df) * t$std.error
  limits <- cbind(t$estimate - half, t$estimate + half)
  dimnames(limits) <- list(t$term, paste(format(100 * c((1 - level) / 2, 1 - (1 - level) / 2), trim = TRUE, digits = 3), "%"))
  if (missing(parm)) limits else limits[parm, , drop = FALSE]
}

#' @rdname pooled-cox
#' @export
vcov.pooled_coxph <- function(object, ...) object$var

#' @rdname pooled-cox
#' @export
summary.pooled_coxph <- function(object, conf.level = 0.95, exponentiate = FALSE, ...) {
  rows <- tidy(object, conf.int = TRUE, conf.level = conf.level, exponentiate = exponentiate)
  cbind(rows, object$table[c("within", "between", "riv", "lambda", "fmi")])
}

#' @export
print.pooled_coxph <- function(x, ...) {
  shape <- glance(x)
  cat(
    "Cox model pooled over ", x$m, " imputed tables (Rubin's rules)\n", range_words(c(shape$n_smallest, shape$n_largest)),
    " rows, ", range_words(c(shape$events_smallest, shape$events_largest)), " events\n", sep = ""
  )
  rows <- tidy(x, conf.int = TRUE)
  shown <- data.frame(
    coef = signif(rows$estimate, 4), HR = format_ratio(exp(rows$estimate)),
    `95% CI` = format_interval(exp(rows$conf.low), exp(rows$conf.high)), se = signif(rows$std.error, 4),
    df = signif(rows$df, 4), p = format_p(rows$p.value), fmi = signif(x$table$fmi, 2), row.names = rows$term, check.names = FALSE
  )
  print(shown)
  if (length(x$not_estimable) > 0) cat("Not estimable in every table: ", paste(x$not_estimable, collapse = ", "), "\n", sep = "")
  rule <- attr(x$fits[[1]], "survmatch")$rule
  if (!is.null(rule)) cat(rule, "\n", sep = "")
  invisible(x)
}
