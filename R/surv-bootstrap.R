#' Bootstrap of hazard ratios, restricted means, survival and medians
#'
#' Draws patients, or the sets they were matched in, again and again, and gives intervals that rest on no formula for
#' the variance. The data are sorted once; a replicate only counts how often each was drawn.
#'
#' @param formula (formula) `Surv(time, event) ~ arm`, or `~ 1` for one arm.
#' @param data (data frame, matched or weighted cohort) where the variables are found. Of a matched cohort the sets are
#'   drawn, with its weights.
#' @inheritParams fit_km
#' @param cluster (expression, n values) what is drawn: sets, centres; by default rows.
#' @param tau (number or NULL) horizon of restricted means; NULL for none.
#' @param times (numbers) survival is estimated at these times.
#' @param quantiles (numbers in (0, 1)) of the survival time; 0.5 is the median.
#' @param replicates (whole number).
#' @param interval (string) `"percentile"`, or `"bca"`: bias-corrected and accelerated, the acceleration from leaving out
#'   one unit after the other.
#' @param conf.level (number in (0, 1)).
#' @param seed (whole number or NULL) NULL draws one from the session's random numbers. Replicates have streams of their
#'   own: the same on every machine and for any number of threads ([survmatch-threads]).
#' @return A data frame of class `bootstrap_estimates`, one row a number: `measure` (`"hr"`, `"rmst"`, `"survival"`,
#'   `"quantile"`), `at` (tau, time or quantile), `arm` (an arm, or the later arm `v` the first), `estimate`, `std.error`
#'   (of the log for the hazard ratio), `conf.low`, `conf.high`, `failed` (share of replicates without an estimate). The
#'   attribute `replicates` is a matrix with a column a row.
#' @section Method:
#' The hazard ratio is that of a Cox model with the arm alone (two arms), Efron's ties, a unit drawn twice being two
#' rows; the others are of the Kaplan-Meier curve. Limits are percentiles of the replicates that have an estimate (of
#' the log for the hazard ratio), or of Efron (1987). A median that is not reached in a replicate has no estimate there:
#' read `failed` before the interval. Case weights are taken as known.
#'
#' Drawing sets is valid after matching without replacement (Austin & Small 2014). It is refused after matching with
#' replacement, where controls stand in several sets and no bootstrap of patients is valid either (Abadie & Imbens
#' 2008), and for matched rows without their sets.
#' @section Errors: `survmatch_error_bootstrap`, and those of [estimate_rmst()].
#' @references
#' Abadie A, Imbens GW (2008). On the failure of the bootstrap for matching estimators. *Econometrica* 76:1537-1557.
#'
#' Austin PC, Small DS (2014). The use of bootstrapping when using propensity-score matching without replacement: a
#' simulation study. *Statistics in Medicine* 33:4306-4319.
#'
#' Efron B (1987). Better bootstrap confidence intervals. *J Am Stat Assoc* 82:171-185.
#' @family estimators
#' @examples
#' bootstrap_survival(Surv(time, status) ~ sex,
#'   data = survival::lung, tau = 500, times = 365, replicates = 200, seed = 1
#' )
#' @export
bootstrap_survival <- function(formula, data, weights, subset, na.action, cluster, tau = NULL, times = NULL,
                               quantiles = 0.5, replicates = 1000, interval = c("percentile", "bca"), conf.level = 0.95,
                               seed = NULL) {
  here <- rlang::current_env()
  interval <- pick_choice(interval)
  check_resampling(replicates, conf.level, quantiles, times, here)
  check_seed(seed, here)
  if (!is.null(tau)) check_time_above_zero(tau, "tau", here, "bootstrap")
  call <- match.call()
  arms <- arm_data(call[c(1L, match(c("formula", "data", "weights", "subset", "na.action", "cluster"), names(call), 0L))],
    parent.frame(), here
  )
  check_drawn_units(if (!missing(data)) data, arms, call, here)
  rows <- resampled_rows(arms, here)
  targets <- list(tau = as.double(tau %||% NA_real_), times = as.double(times), quantiles = as.double(quantiles))
  seed <- seed %||% sample.int(.Machine$integer.max, 1)
  run <- function(how) resample(rows, targets, how, replicates, seed)
  estimate <- run("estimate")
  draws <- contrasts_of(run("bootstrap"), arms$labels, targets)
  point <- contrasts_of(estimate, arms$labels, targets)
  left_out <- if (interval == "bca") contrasts_of(run("jackknife"), arms$labels, targets)$values
  new_bootstrap(point, draws$values, left_out, conf.level, interval, arms, seed)
}

check_resampling <- function(replicates, conf.level, quantiles, times, call) {
  whole <- is.numeric(replicates) && length(replicates) == 1 && is.finite(replicates) && replicates >= 1 &&
    replicates == round(replicates) && replicates <= 1e7
  if (!whole) sm_abort("{.arg replicates} must be a whole number from 1 to 10 million.", "bootstrap", call)
  inside <- function(x) is.numeric(x) && all(is.finite(x) & x > 0 & x < 1)
  check_level(conf.level, call)
  if (length(quantiles) > 0 && !inside(quantiles)) sm_abort("{.arg quantiles} must lie in (0, 1).", "bootstrap", call)
  if (!is.null(times) && (!is.numeric(times) || anyNA(times))) sm_abort("{.arg times} must be numbers.", "bootstrap", call)
}

check_drawn_units <- function(data, arms, call, error_call) {
  if (inherits(data, "matched_cohort") && is.null(data$subclass) && is.null(call$cluster)) {
    sm_abort(c(
      "Matched patients cannot be drawn again when controls were matched with replacement.",
      x = "A control stands in several sets, and neither patients nor sets are independent draws (Abadie and Imbens 2008).",
      i = "Use the robust variance of {.fn fit_cox}, or match without replacement."
    ), "bootstrap", error_call)
  }
  if (inherits(data, "matchdata") && !arms$clustered) {
    sm_abort(c(
      "Matched rows must be drawn by their sets.", i = "Give {.code cluster = subclass}, or the matched cohort itself."
    ), "bootstrap", error_call)
  }
}

resampled_rows <- function(arms, call) {
  if (any(lengths(lapply(arms$arms, `[[`, "entry")) > 0)) {
    sm_abort("Rows with entry times are not drawn again: draw patients whose follow-up begins at 0.", "bootstrap", call)
  }
  pick <- function(name) unlist(lapply(arms$arms, `[[`, name))
  sizes <- vapply(arms$arms, function(arm) length(arm$time), 1L)
  list(
    time = pick("time"), event = pick("event"), weight = pick("weight"), unit = pick("cluster"),
    arm = rep(seq_along(sizes) - 1L, sizes), units = arms$clusters, arms = length(sizes)
  )
}

resample <- function(rows, targets, how, replicates, seed) {
  t(core_resample(
    rows$time, rows$event, rows$arm, rows$weight, rows$unit, rows$units, rows$arms, targets, how, replicates, seed,
    thread_count()
  ))
}

# The core's numbers by arm, and what is compared: a column each, and a frame that names them.
contrasts_of <- function(numbers, labels, targets) {
  k <- length(labels)
  values <- list()
  names <- list()
  add <- function(value, measure, at, arm) {
    values[[length(values) + 1]] <<- value
    names[[length(names) + 1]] <<- data.frame(measure = measure, at = at, arm = arm)
  }
  column <- 0
  take <- function() numbers[, column <<- column + 1]
  versus <- function(arm) paste(labels[arm], "v", labels[1])
  if (k == 2) add(take(), "log hr", NA_real_, versus(2))
  by_arm <- function(measure, at) {
    own <- lapply(seq_len(k), function(arm) lapply(at, function(a) take()))
    for (j in seq_along(at)) {
      for (arm in seq_len(k)) add(own[[arm]][[j]], measure, at[j], labels[arm])
      for (arm in seq_len(k)[-1]) add(own[[arm]][[j]] - own[[1]][[j]], measure, at[j], versus(arm))
    }
  }
  if (!is.na(targets$tau)) by_arm("rmst", targets$tau)
  by_arm("survival", targets$times)
  by_arm("quantile", targets$quantiles)
  list(values = do.call(cbind, values), names = do.call(rbind, names))
}

new_bootstrap <- function(point, draws, left_out, level, interval, arms, seed) {
  table <- point$names
  estimate <- point$values[1, ]
  limits <- vapply(seq_along(estimate), function(j) {
    bootstrap_limits(draws[, j], estimate[j], if (!is.null(left_out)) left_out[, j], level)
  }, c(0, 0))
  table$estimate <- estimate
  table$std.error <- apply(draws, 2, stats::sd, na.rm = TRUE)
  table$conf.low <- limits[1, ]
  table$conf.high <- limits[2, ]
  table$failed <- colMeans(is.na(draws))
  ratio <- table$measure == "log hr"
  columns <- c("estimate", "conf.low", "conf.high")
  table[ratio, columns] <- exp(table[ratio, columns])
  table$measure[ratio] <- "hr"
  structure(
    table, class = c("bootstrap_estimates", "data.frame"), replicates = draws, interval = interval, level = level,
    units = arms$clusters, clustered = arms$clustered, seed = seed
  )
}

# Percentiles of the replicates, moved by the bias and the acceleration when units left out in turn are given.
bootstrap_limits <- function(draws, estimate, left_out, level) {
  draws <- draws[!is.na(draws)]
  if (length(draws) == 0 || is.na(estimate)) return(c(NA_real_, NA_real_))
  shares <- c(1 - level, 1 + level) / 2
  if (!is.null(left_out)) shares <- bca_shares(draws, estimate, left_out, shares)
  stats::quantile(draws, shares, names = FALSE, type = 6)
}

bca_shares <- function(draws, estimate, left_out, shares) {
  bias <- stats::qnorm((sum(draws < estimate) + sum(draws == estimate) / 2) / length(draws))
  from_mean <- mean(left_out, na.rm = TRUE) - left_out[!is.na(left_out)]
  spread <- sum(from_mean^2)
  acceleration <- if (spread > 0) sum(from_mean^3) / (6 * spread^1.5) else 0
  z <- bias + stats::qnorm(shares)
  moved <- stats::pnorm(bias + z / (1 - acceleration * z))
  ifelse(is.finite(moved), moved, shares)
}

#' @export
print.bootstrap_estimates <- function(x, ...) {
  if (is.null(attr(x, "units"))) return(NextMethod())
  cat(
    "Bootstrap of ", attr(x, "units"), if (attr(x, "clustered")) " sets" else " patients", ", ", nrow(attr(x, "replicates")),
    " replicates, ", 100 * attr(x, "level"), "% ", attr(x, "interval"), " limits (seed ", attr(x, "seed"), ")\n", sep = ""
  )
  shown <- as.data.frame(x)
  numbers <- c("estimate", "std.error", "conf.low", "conf.high")
  shown[numbers] <- lapply(shown[numbers], signif, 4)
  shown$failed <- format_percent(shown$failed)
  print(shown, row.names = FALSE)
  invisible(x)
}
