#' Does the order of greedy matching matter?
#'
#' Nearest-neighbour matching depends on who chooses first. Makes the match again in many random orders and shows the
#' spread of pairs, distance and balance beside the one optimal answer.
#'
#' @param x (`matched_cohort`) made with `method` `"nearest"` (without replacement, fixed ratio) or `"optimal"`: its
#'   score or distance, caliper and strata are used.
#' @param orders (whole number) random orders.
#' @param estimate (formula, function or NULL) what is to be estimated in every match, once the design is fixed: the
#'   formula of a [fit_cox()] whose first coefficient is taken, or a function of a `matched_cohort` that returns one
#'   number. NULL: nothing reads an outcome.
#' @param distance (matrix or NULL) the distance matrix, if the match was made with one.
#' @param seed (whole number or NULL) makes the orders reproducible and leaves the caller's random numbers as they were.
#' @return An object of class `order_stability`, a list: `runs` (data frame, a row for each order: `pairs`, `distance`,
#'   `worst_smd`, `worst_term`, and `estimate` if asked for), `optimal` and `given` (the same, one row each: the optimal
#'   match under the same rules, and `x`), `different` (share of focal patients who do not always have the same partners),
#'   `focal`, `ratio`. `summary()` gives minimum, quartiles and maximum over the orders.
#' @section Method:
#' The optimum has the most pairs and of all ways to have as many the least total distance, whatever the order; see
#' [verify_match()]. The orders are draws of what could have been reported, not of a population: there are no p values
#' and no intervals.
#' @section Errors: `survmatch_error_match`.
#' @references Maruo K, Yamaguchi Y, Ishii R, Gosho M (2025). Instability of estimation results based on caliper matching
#' with propensity scores. PLoS One 20:e0325317.
#' @family matching
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' greedy <- match_cohort(hormon ~ age + size + nodes, data = breast, caliper = 0.05)
#' assess_order(greedy, orders = 50, seed = 1)
#' @export
assess_order <- function(x, orders = 200, estimate = NULL, distance = NULL, seed = NULL) {
  here <- rlang::current_env()
  prep <- prep_to_reorder(x, distance, here)
  check_number(orders, "orders", 1, prep, whole = TRUE)
  if (orders > 1e6) sm_abort("{.arg orders} must be at most a million.", "match")
  estimator <- order_estimator(estimate, here)
  optimal <- prep
  optimal$method <- "optimal"
  quietly <- function(code) suppressWarnings(code, classes = "survmatch_warning_few_controls")
  prep$method <- "nearest"
  prep$m.order <- "random"
  runs <- with_seed(seed, lapply(cli_progress_along(seq_len(orders), "Matching"), function(k) {
    quietly(match_nearest(prep)$pairs)
  }))
  all <- c(runs, list(quietly(match_optimal(optimal)$pairs), pairs_of_match(x, prep)))
  rows <- describe_matches(all, x, prep, estimator)
  structure(list(
    runs = rows[seq_len(orders), ], optimal = rows[orders + 1, ], given = rows[orders + 2, ],
    different = share_different(runs), focal = sum(prep$focal), arm = arm_words(prep)[1], ratio = prep$ratio,
    method = x$info$method
  ), class = "order_stability")
}

prep_to_reorder <- function(x, distance, call) {
  if (!inherits(x, "matched_cohort") || is.null(x$match.matrix)) {
    sm_abort(c(
      "{.arg x} must be a {.cls matched_cohort} with pairs.", x = "It is {.obj_type_friendly {x}}."
    ), "match", call)
  }
  prep <- prep_of_match(x, distance, call)
  if (is.null(prep$max.controls) && is.null(prep$dots$penalty) && prep$method != "full") return(prep)
  sm_abort("{.fn assess_order} needs a match with a fixed ratio and without a penalty.", "match", call)
}

order_estimator <- function(estimate, call) {
  if (is.null(estimate)) return(NULL)
  if (rlang::is_formula(estimate)) return(function(m) unname(stats::coef(fit_cox(estimate, data = m))[1]))
  if (is.function(estimate)) return(estimate)
  sm_abort(c(
    "{.arg estimate} must be a formula of {.fn fit_cox} or a function.", x = "It is {.obj_type_friendly {estimate}}."
  ), "match", call)
}

pairs_of_match <- function(x, prep) {
  matrix(match(x$match.matrix, prep$row_names), nrow(x$match.matrix))
}

# A row for each match, given as row numbers of partners.
describe_matches <- function(all, x, prep, estimator) {
  sampling <- as.double(x$s.weights %||% rep(1, length(prep$treat)))
  terms <- balance_terms(x$X, prep$treat, sampling, prep$estimand)
  points <- match_points(prep)
  rows <- lapply(cli_progress_along(all, "Comparing"), function(k) {
    row <- describe_pairs(all[[k]], prep, terms, sampling, points)[c("pairs", "distance", "worst_smd", "worst_term")]
    if (!is.null(estimator)) row$estimate <- estimate_of_match(estimator, x, prep, all[[k]])
    row
  })
  do.call(rbind, rows)
}

estimate_of_match <- function(estimator, x, prep, pairs) {
  sets <- core_sets_of_pairs(pairs, prep$focal)
  weights <- core_weights_of_sets(sets, prep$focal, "ATT", NULL)
  if (x$info$normalize %||% TRUE) weights <- core_scale_to_arm_sizes(weights, prep$treat)
  x$match.matrix <- named_pairs(pairs, prep)
  x$subclass <- named_sets(sets, prep)
  x$weights <- stats::setNames(weights, prep$row_names)
  value <- estimator(x)
  if (is.numeric(value) && length(value) == 1) return(as.double(value))
  sm_abort(c(
    "{.arg estimate} must return one number for a match.", x = "It returned {.obj_type_friendly {value}}."
  ), "match", prep$error_call)
}

# Of the focal patients, how many do not have the same partners in all runs.
share_different <- function(runs) {
  sorted <- lapply(runs, function(pairs) if (ncol(pairs) == 1) pairs else t(apply(pairs, 1, sort, na.last = TRUE)))
  first <- sorted[[1]]
  other <- Reduce(`|`, lapply(sorted[-1], function(pairs) {
    columns <- seq_len(min(ncol(pairs), ncol(first)))
    changed <- (is.na(pairs[, columns]) != is.na(first[, columns])) | (pairs[, columns] != first[, columns]) %in% TRUE
    rowSums(matrix(changed, nrow(first))) > 0
  }), FALSE)
  mean(rep_len(other, nrow(first)))
}

#' @export
summary.order_stability <- function(object, ...) {
  columns <- intersect(c("pairs", "distance", "worst_smd", "estimate"), names(object$runs))
  spread <- vapply(object$runs[columns], stats::quantile, numeric(5), probs = c(0, 0.25, 0.5, 0.75, 1), names = FALSE, na.rm = TRUE)
  data.frame(
    measure = columns, minimum = spread[1, ], lower_quartile = spread[2, ], median = spread[3, ],
    upper_quartile = spread[4, ], maximum = spread[5, ], optimal = unlist(object$optimal[columns]),
    given = unlist(object$given[columns]), row.names = NULL
  )
}

#' @export
print.order_stability <- function(x, ...) {
  cat(
    "Greedy matching of ", x$focal, " ", x$arm, " patients in ", nrow(x$runs), " random orders, and the optimum\n",
    " - ", format_percent(x$different, 0), " of them do not have the same ", if (x$ratio > 1) "partners" else "partner",
    " in all orders\n", sep = ""
  )
  shown <- summary(x)
  names(shown)[names(shown) == "given"] <- paste0("this match (", x$method, ")")
  numbers <- vapply(shown, is.double, NA)
  shown[numbers] <- lapply(shown[numbers], formatC, digits = 4, format = "g")
  print(shown, row.names = FALSE)
  invisible(x)
}

#' Spread over the orders of greedy matching
#'
#' @param object (`order_stability`) from [assess_order()].
#' @param ... must be empty.
#' @return A ggplot: a histogram of each measure over the random orders, with the optimum and the given match as lines.
#' @family plots
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' greedy <- match_cohort(hormon ~ age + size + nodes, data = breast, caliper = 0.05)
#' ggplot2::autoplot(assess_order(greedy, orders = 50, seed = 1))
#' @export
autoplot.order_stability <- function(object, ...) {
  rlang::check_dots_empty()
  panels <- c(pairs = "Pairs", distance = "Total distance", worst_smd = "Worst absolute SMD", estimate = "Estimate")
  panels <- panels[names(panels) %in% names(object$runs)]
  same <- vapply(object$runs[names(panels)], function(x) isTRUE(min(x) == max(x)), NA)
  caption <- if (any(same)) {
    paste0("The same in all orders: ", paste0(sub("^([A-Z])", "\\L\\1", panels[same], perl = TRUE), " ", vapply(object$runs[names(panels)[same]], function(x) {
      format(x[1], digits = 3)
    }, ""), collapse = ", "), ".")
  }
  if (!all(same)) panels <- panels[!same]
  long <- function(rows) {
    values <- lapply(names(panels), function(name) data.frame(x = as.double(rows[[name]]), panel = panels[[name]]))
    values <- do.call(rbind, values)
    values$panel <- factor(values$panel, panels)
    values
  }
  labels <- c("Optimal", if (object$method == "nearest") "This match")
  lines <- rbind(cbind(long(object$optimal), which = "Optimal"), cbind(long(object$given), which = "This match"))
  lines <- lines[lines$which %in% labels, ]
  lines$which <- factor(lines$which, labels)
  ggplot2::ggplot(long(object$runs), ggplot2::aes(.data$x)) +
    ggplot2::geom_histogram(bins = 30, fill = "grey75", colour = "white", linewidth = 0.2, na.rm = TRUE) +
    ggplot2::geom_vline(
      data = lines, ggplot2::aes(xintercept = .data$x, colour = .data$which, linetype = .data$which), linewidth = 0.8
    ) +
    ggplot2::facet_wrap(~panel, scales = "free") +
    ggplot2::scale_colour_manual(values = arm_colours(2)) +
    ggplot2::scale_x_continuous(n.breaks = 4) +
    ggplot2::labs(x = NULL, y = "Random orders", caption = caption) +
    theme_survmatch()
}
