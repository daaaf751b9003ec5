#' Methods for log-rank tests
#'
#' `tidy()` gives one row a group, `glance()` the test in one row, with the columns of the package broom.
#'
#' @param x (`sm_survdiff` or `sm_logrank`) a test of [test_logrank()] or [test_maxcombo()].
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

#' @rdname print.sm_survdiff
#' @export
print.sm_logrank <- function(x, ...) {
  cat(x$method, "\n", x$data.name, "\n\n", sep = "")
  if (length(x$na.action) > 0) cat(length(x$na.action), " rows with missing values are left out\n\n", sep = "")
  print(data.frame(
    N = as.vector(x$n), Observed = x$observed, Expected = format_number(x$expected, 2), row.names = names(x$n)
  ))
  if (is.null(x$which)) {
    cat("\nChi-squared = ", format_number(x$statistic, 3), " on ", x$parameter, " df, ", say_p(x$p.value), "\n", sep = "")
  } else {
    cat("\nLargest Z = ", format_number(x$statistic, 3), " at (rho, gamma) = ", x$which, ", ", say_p(x$p.value), " (",
      x$alternative, ")\n", sep = "")
  }
  print_rule(x)
  invisible(x)
}

#' @rdname print.sm_survdiff
#' @export
glance.sm_logrank <- function(x, ...) {
  data.frame(
    statistic = unname(x$statistic), df = if (is.null(x$parameter)) NA_real_ else unname(x$parameter), p.value = x$p.value,
    method = x$method
  )
}

#' @rdname print.sm_survdiff
#' @export
tidy.sm_logrank <- function(x, ...) {
  data.frame(group = names(x$n), N = as.vector(x$n), obs = unname(x$observed), exp = unname(x$expected))
}
