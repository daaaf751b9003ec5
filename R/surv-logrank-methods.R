#' Methods for log-rank tests
#'
#' `tidy()` gives one row a group, `glance()` the test in one row, with the columns of the package broom.
#'
#' @param x (`sm_survdiff`) a test of [test_logrank()].
#' @param ... passed to survival's `print()` method.
#' @return `print()` its argument, invisibly. `tidy()` a data frame with a column for each grouping variable, N, obs,
#'   exp. `glance()` a data frame with statistic, df, p.value.
#' @family estimators
#' @examples
#' test <- test_logrank(Surv(time, status) ~ sex, data = survival::lung)
#' tidy(test)
#' glance(test)
#' @export
print.sm_survdiff <- function(x, ...) {
  NextMethod()
  print_rule(x)
  invisible(x)
}

#' @rdname print.sm_survdiff
#' @export
tidy.sm_survdiff <- function(x, ...) {
  if (length(x$obs) == 1) return(data.frame(N = x$n, obs = x$obs, exp = x$exp))
  groups <- lapply(strsplit(names(x$n), ", ", fixed = TRUE), strsplit, "=", fixed = TRUE)
  columns <- lapply(seq_along(groups[[1]]), function(j) vapply(groups, function(g) trimws(g[[j]][2]), ""))
  names(columns) <- vapply(groups[[1]], function(g) g[1], "")
  total <- function(m) if (is.matrix(m)) rowSums(m) else m
  data.frame(columns, N = as.numeric(x$n), obs = total(x$obs), exp = total(x$exp), check.names = FALSE)
}

#' @rdname print.sm_survdiff
#' @export
glance.sm_survdiff <- function(x, ...) {
  expected <- if (is.matrix(x$exp)) rowSums(x$exp) else x$exp
  df <- if (length(x$obs) == 1) 1 else sum(expected > 0) - 1
  data.frame(statistic = x$chisq, df = df, p.value = stats::pchisq(x$chisq, df, lower.tail = FALSE))
}
