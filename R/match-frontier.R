#' Pairs against closeness and balance
#'
#' How many pairs an optimal match keeps, how far apart they are and how well they balance, over calipers and over
#' penalties for a missing pair. Nothing here reads an outcome: look before you choose a caliper, and say which you chose.
#'
#' @inheritParams match_cohort
#' @param calipers (numeric > 0, `Inf` for none, or NULL) calipers on the score. NULL: from 0.01 to 1 standard deviation,
#'   and none.
#' @param penalties (numeric >= 0 or NULL) prices of a missing pair, in the unit of the distance. NULL: quantiles of the
#'   distances of the optimal pairs without a caliper.
#' @param std.caliper (flag) are `calipers` in standard deviations of the score?
#' @param ... further arguments of [match_cohort()] but `method`, `caliper` and `penalty`: `distance`, `exact`, `ratio`,
#'   `mahvars`, ...
#' @return A data frame of class `match_frontier`, one row a match:
#' \describe{
#'   \item{rule}{`"caliper"` or `"penalty"`.}
#'   \item{value}{the caliper or penalty.}
#'   \item{pairs, share}{pairs made; share of the patients who look for partners that have one.}
#'   \item{distance, mean_distance}{of the pairs, in all and on average.}
#'   \item{worst_smd, worst_term}{the largest absolute standardised mean difference of a covariate after matching, and whose
#'     it is; `NA` without pairs.}
#' }
#' @section Method:
#' Each row is an exact optimum ([verify_match()]). With a caliper it has the most pairs that the caliper allows, and of
#' all ways to have as many the least total distance. With a penalty the sum of the distances and of one penalty for each
#' missing partner is the least possible, so no other match of as many pairs is closer: the rows of all
#' penalties are the frontier of pairs against distance.
#' @section Errors: those of [match_cohort()].
#' @references
#' Rosenbaum PR (2012). Optimal matching of an optimally chosen subset in observational studies. Journal of Computational
#' and Graphical Statistics 21:57-71.
#'
#' King G, Lucas C, Nielsen RA (2017). The balance-sample size frontier in matching methods for causal inference. American
#' Journal of Political Science 61:473-489.
#' @family matching
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' frontier <- trace_frontier(hormon ~ age + size + nodes, data = breast)
#' frontier
#' ggplot2::autoplot(frontier)
#' @export
trace_frontier <- function(formula, data, calipers = NULL, penalties = NULL, std.caliper = TRUE, ...) {
  here <- rlang::current_env()
  given <- list(...)
  check_frontier(given, calipers, penalties, here)
  formula <- check_match_formula(if (missing(formula)) stats::formula(data) else formula)
  whole <- suppressWarnings(match_cohort(formula, data, method = "optimal", ...), classes = "survmatch_warning_few_controls")
  prep <- prep_of_match(whole, if (is.matrix(given$distance)) given$distance, here)
  sampling <- as.double(whole$s.weights %||% rep(1, length(prep$treat)))
  terms <- balance_terms(whole$X, prep$treat, sampling, prep$estimand)
  points <- match_points(prep)
  scored <- !is.null(prep$distance)
  unit <- if (scored && std.caliper) stats::sd(prep$distance[!prep$discarded]) else 1
  if (is.null(calipers)) calipers <- if (scored) frontier_calipers else numeric()
  if (is.null(penalties)) penalties <- frontier_penalties(whole, prep)
  steps <- data.frame(
    rule = rep(c("caliper", "penalty"), c(length(calipers), length(penalties))), value = c(sort(calipers), sort(penalties))
  )
  rows <- lapply(cli_progress_along(steps$rule, "Matching"), function(k) {
    frontier_row(prep, steps$rule[k], steps$value[k], unit, terms, sampling, points)
  })
  structure(
    cbind(steps, do.call(rbind, rows)), class = c("match_frontier", "data.frame"), focal = sum(prep$focal), unit = unit,
    standardised = scored && std.caliper, arm = arm_words(prep)[1]
  )
}

frontier_calipers <- c(0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, Inf)

check_frontier <- function(given, calipers, penalties, call) {
  taken <- intersect(names(given), c("method", "caliper", "penalty", "replace", "max.controls", "min.controls"))
  if (length(taken) > 0) {
    sm_abort("{.arg {taken}} {?is/are} not an argument of {.fn trace_frontier}.", "match", call)
  }
  for (name in c("calipers", "penalties")) {
    values <- get(name, inherits = FALSE)
    if (is.null(values) || (is.numeric(values) && !anyNA(values) && all(values >= 0))) next
    sm_abort("{.arg {name}} must be numbers of at least 0, without missing values.", "match", call)
  }
}

frontier_penalties <- function(whole, prep) {
  made <- list_pairs(whole, prep)
  distances <- distance_of_pairs(prep, made$i, made$j)
  if (!any(distances > 0)) return(numeric())
  unique(unname(stats::quantile(distances[distances > 0], c(0.1, 0.25, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1))))
}

frontier_row <- function(prep, rule, value, unit, terms, sampling, points) {
  prep["caliper"] <- list(NULL)
  if (rule == "penalty") prep$dots$penalty <- value else if (is.finite(value)) prep$caliper <- c(value * unit)
  if (!is.null(prep$caliper)) names(prep$caliper) <- ""
  pairs <- suppressWarnings(match_optimal(prep)$pairs, classes = "survmatch_warning_few_controls")
  row <- describe_pairs(pairs, prep, terms, sampling, points)
  data.frame(
    pairs = row$pairs, share = sum(rowSums(!is.na(pairs)) > 0) / sum(prep$focal),
    row[c("distance", "mean_distance", "worst_smd", "worst_term")]
  )
}

# Number, distances and worst imbalance of pairs, given as row numbers of partners of each focal patient.
describe_pairs <- function(pairs, prep, terms, sampling, points) {
  made <- which(!is.na(pairs), arr.ind = TRUE)
  distances <- distance_of_pairs(prep, which(prep$focal == 1L)[made[, 1]], pairs[made], points)
  worst <- data.frame(smd = NA_real_, term = NA_character_)
  if (nrow(made) > 0) {
    weights <- core_weights_of_sets(core_sets_of_pairs(pairs, prep$focal), prep$focal, "ATT", NULL)
    worst <- worst_differences(terms, cbind(weights * sampling))
  }
  data.frame(
    pairs = nrow(made), distance = sum(distances), mean_distance = if (nrow(made) > 0) mean(distances) else NA_real_,
    worst_smd = worst$smd, worst_term = worst$term
  )
}

#' @export
print.match_frontier <- function(x, ...) {
  if (is.null(attr(x, "focal"))) return(NextMethod())
  cat(
    "Optimal matches of ", attr(x, "focal"), " ", attr(x, "arm"), " patients, by caliper (",
    if (attr(x, "standardised")) paste0("in SD of the score, ", format_number(attr(x, "unit"), 3)) else "in the unit of the distance",
    ") and by penalty of a missing pair\n", sep = ""
  )
  shown <- as.data.frame(unclass(x))
  shown$share <- format_percent(shown$share)
  numbers <- vapply(shown, is.double, NA)
  shown[numbers] <- lapply(shown[numbers], formatC, digits = 3, format = "g")
  print(shown, row.names = FALSE)
  invisible(x)
}

#' Pairs against distance and against the worst imbalance
#'
#' @param object (`match_frontier`) from [trace_frontier()].
#' @param limit (number) where the dashed line of the imbalance stands.
#' @param ... must be empty.
#' @return A ggplot of two panels; points of calipers bear their value.
#' @family plots
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' ggplot2::autoplot(trace_frontier(hormon ~ age + nodes, data = breast))
#' @export
autoplot.match_frontier <- function(object, limit = 0.1, ...) {
  rlang::check_dots_empty()
  panels <- c(distance = "Total distance", worst_smd = "Worst absolute SMD")
  rows <- as.data.frame(unclass(object))
  long <- do.call(rbind, lapply(names(panels), function(name) {
    data.frame(rows[c("rule", "value", "pairs")], y = rows[[name]], panel = panels[[name]])
  }))
  long <- long[!is.na(long$y), ]
  long$panel <- factor(long$panel, panels)
  long$rule <- factor(long$rule, c("caliper", "penalty"), c("Caliper", "Penalty of a missing pair"))
  # one label where several calipers keep the same pairs
  long$text <- ifelse(is.finite(long$value), formatC(long$value, digits = 2, format = "g"), "none")
  long$text[long$rule != "Caliper" | duplicated(long[c("rule", "panel", "pairs")])] <- ""
  dashed <- data.frame(panel = factor(panels[["worst_smd"]], panels), y = limit)
  ggplot2::ggplot(long, ggplot2::aes(.data$pairs, .data$y, colour = .data$rule, shape = .data$rule)) +
    ggplot2::geom_hline(data = dashed, ggplot2::aes(yintercept = .data$y), colour = "grey60", linetype = "dashed") +
    ggplot2::geom_line(linewidth = 0.4) +
    ggplot2::geom_point(size = 2.2) +
    ggplot2::geom_text(
      ggplot2::aes(label = .data$text), size = 2.9, hjust = 1.3, vjust = -0.4, show.legend = FALSE, check_overlap = TRUE
    ) +
    ggplot2::facet_wrap(~panel, scales = "free_y") +
    ggplot2::scale_colour_manual(values = arm_colours(2)) +
    ggplot2::scale_shape_manual(values = c(16, 1)) +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(mult = c(0.12, 0.05))) +
    ggplot2::scale_y_continuous(limits = c(0, NA), expand = ggplot2::expansion(mult = c(0.02, 0.08))) +
    ggplot2::labs(x = "Pairs kept", y = NULL) +
    theme_survmatch()
}
