#' Is a match the best there is?
#'
#' Proves how many pairs the rules of a match allow and how small their total distance can be, and holds the match
#' against it. Where not everybody can have a partner it says who is short, and of whom.
#'
#' @param x (`matched_cohort` or MatchIt's `matchit`) made with `method` `"nearest"` without replacement and with a fixed
#'   ratio, `"optimal"` or `"full"`.
#' @param distance (matrix or NULL) the distance matrix, if the match was made with one: objects do not keep it.
#' @param ... for methods.
#' @return An object of class `match_proof`, a list of
#' \describe{
#'   \item{optimal}{flag: as many pairs as possible, and the least total distance for as many.}
#'   \item{valid}{flag: every pair respects the caliper, the strata and the number of uses.}
#'   \item{pairs, distance}{number of pairs and their total distance, in the unit of the distance. In full matching
#'     `pairs` counts the patients in sets.}
#'   \item{most_pairs, least_distance}{what the rules allow; with a `penalty` those of the optimum.}
#'   \item{imbalance, least_imbalance}{with `fine.balance`: partners beyond what their category asks for.}
#'   \item{gap, contradiction}{numeric, length 2: pairs and distance. `gap` between the optimum and the bound that the
#'     prices give; `contradiction` of the pair that contradicts them most. Both zero but for rounding, or there is no
#'     proof.}
#'   \item{prices}{data frame, a row for each patient in the order of the data: `pairs`, `distance`. The dual prices, see
#'     below.}
#'   \item{short}{data frame, a row for each group that lacks partners: `arm`, `patients`, `partners` (all whom any of
#'     them could have), `missing` (how many more they would need), `score_from`, `score_to` (`NA` without a score),
#'     `first_row`. No rows if everybody has as many as asked for, after a match with bounds on the sets (other than
#'     `ratio`) or with a penalty. In full matching: patients with nobody in reach.}
#' }
#' @section Method:
#' Every patient gets a price. For every two patients who may be a pair, their prices are together at least what the pair
#' is worth: 1 pair less its distance, pairs counting before any distance. Then no match can be worth more than
#' all prices together (weak duality), and a match that is worth as much is optimal. On a score the prices are shortest
#' ways between the pairs of the optimum, and one pass along the line checks them against all pairs; otherwise they are
#' the potentials of the flow. In full matching prices are shares of the distance: at most the distance of a pair
#' together, and the total over all patients.
#'
#' Groups that are short are Hall's: the `patients` have nobody in reach but the `partners`, who are fewer than they ask
#' for.
#' @section Errors: `survmatch_error_match`: a match without pairs, with replacement, or whose distance is not at hand.
#' @references
#' Hall P (1935). On representatives of subsets. Journal of the London Mathematical Society 10:26-30.
#'
#' Rosenbaum PR (2012). Optimal matching of an optimally chosen subset in observational studies. Journal of Computational
#' and Graphical Statistics 21:57-71.
#' @family matching
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' verify_match(match_cohort(hormon ~ age + nodes, data = breast, method = "optimal", caliper = 0.1))
#' verify_match(match_cohort(hormon ~ age + nodes, data = breast, method = "nearest", caliper = 0.1))
#' @export
verify_match <- function(x, ...) UseMethod("verify_match")

#' @rdname verify_match
#' @export
verify_match.default <- function(x, ...) {
  sm_abort(c("{.arg x} must be a matched cohort.", x = "It is {.obj_type_friendly {x}}."), "match")
}

#' @rdname verify_match
#' @export
verify_match.matchit <- function(x, distance = NULL, ...) {
  rlang::check_dots_empty()
  prep <- prep_of_match(x, distance, rlang::current_env())
  best <- if (on_line(prep) && !is_bounded(prep)) prove_on_line(prep) else prove_on_network(prep)
  made <- value_of_match(x, prep)
  structure(list(
    optimal = made$valid && is_as_good(made, best, prep$dots$penalty), valid = made$valid,
    pairs = made$pairs, distance = made$distance, most_pairs = best$pairs, least_distance = best$distance,
    gap = best$gap, contradiction = best$contradiction,
    prices = data.frame(pairs = best$price[, 1], distance = best$price[, 2]),
    short = shortage_table(if (length(best$short) > 0) best$short, prep), method = prep$method, caliper = prep$caliper,
    penalty = prep$dots$penalty, imbalance = made$imbalance, least_imbalance = best$imbalance
  ), class = "match_proof")
}

is_as_good <- function(made, best, penalty) {
  slack <- 1e-9 * max(1, abs(best$distance))
  if (!identical(made$imbalance, best$imbalance)) return(made$pairs >= best$pairs && made$imbalance < best$imbalance)
  if (is.null(penalty)) return(made$pairs >= best$pairs && made$distance <= best$distance + slack)
  made$distance - penalty * made$pairs <= best$distance - penalty * best$pairs + slack
}

is_bounded <- function(prep) {
  if (prep$method == "full") is_bounded_full(prep) else !is.null(prep$max.controls)
}

# What prepare_match() made, read off the object.
prep_of_match <- function(x, distance, call) {
  check_verifiable(x, call)
  limits <- attr(x, "limits")
  prep <- list(
    method = x$info$method, estimand = x$estimand, treat = as.integer(unname(x$treat)), error_call = call, dots = limits,
    distance = unname(x$distance), discarded = unname(x$discarded), transform = x$info$transform, caliper = x$caliper,
    s.weights = x$s.weights, ratio = as.numeric(x$info$ratio %||% 1), reuse.max = 1L, row_names = names(x$treat),
    data = x$data %||% x$X
  )
  prep$focal <- if (identical(prep$estimand, "ATC")) 1L - prep$treat else prep$treat
  if (prep$method == "full") {
    prep$min.controls <- limits$min.controls %||% 0
    prep$max.controls <- limits$max.controls %||% Inf
  } else {
    prep$min.controls <- limits$min.controls %||% if (!is.null(x$info$max.controls)) 1
    prep$max.controls <- x$info$max.controls
  }
  prep$category <- limits$category
  prep$covariates <- frame_of_terms(x, stats::delete.response(stats::terms(x$formula, data = x$data %||% x$X)))
  prep$mahvars_frame <- frame_of_terms(x, x$mahvars)
  prep$exact_frame <- frame_of_terms(x, x$exact)
  if (length(x$info$antiexact) > 0) prep$antiexact_frame <- x$X[x$info$antiexact]
  if (any(nzchar(names(x$caliper)))) prep$caliper_frame <- x$X[names(x$caliper)[nzchar(names(x$caliper))]]
  if (x$info$distance_is_matrix %||% FALSE) prep$distance_matrix <- given_distances(distance, prep)
  prepare_strata(prep)
}

check_verifiable <- function(x, call) {
  if (!is.null(attr(x, "parts"))) {
    sm_abort(c(
      "{.fn verify_match} takes one match.", x = "This one was put together from {nrow(attr(x, 'parts'))}: verify each."
    ), "match", call)
  }
  method <- x$info$method %||% "NULL"
  if (!method %in% c("nearest", "optimal", "full")) {
    sm_abort(c(
      "{.fn verify_match} needs a match with pairs or optimal sets.", x = "This one has {.code method = {.val {method}}}."
    ), "match", call)
  }
  if (method == "nearest" && isTRUE(as.logical(x$info$replace))) {
    sm_abort(c(
      "{.fn verify_match} needs a match without replacement.", x = "Here everybody takes the nearest: nothing competes."
    ), "match", call)
  }
}

# Columns of the object's covariates that a term names, with the terms.
frame_of_terms <- function(x, terms) {
  if (is.null(terms)) return(NULL)
  names <- vapply(as.list(attr(terms, "variables"))[-1], rlang::as_label, "")
  frame <- if (length(names) > 0) x$X[intersect(names, names(x$X))] else data.frame(row.names = seq_along(x$treat))
  structure(frame, terms = terms)
}

given_distances <- function(distance, prep) {
  if (!is.null(distance)) return(orient_distances(distance, prep))
  sm_abort(c(
    "The match was made with a distance matrix, which it does not keep.", i = "Give it again as {.arg distance}."
  ), "match", prep$error_call)
}

# The best that the rules allow: pairs, distance, gap, contradiction, prices, short (groups of patients).
prove_on_line <- function(prep) {
  strata <- prep$strata %||% integer()
  caliper <- line_caliper(prep)
  full <- prep$method == "full"
  ratio <- if (full) 0L else as.integer(prep$ratio)
  penalty <- prep$dots$penalty %||% NA_real_
  best <- core_prove_line(prep$distance, prep$focal, prep$retained, strata, ratio, caliper, penalty)
  if (full) {
    covered <- !is.na(core_match_line_full(prep$distance, prep$focal, prep$retained, strata, integer(), caliper, 1L))
    best$pairs <- sum(covered)
    best$short <- without_partner(prep, covered)
  } else if (is.na(penalty)) {
    best$short <- core_shortage_on_line(prep$distance, prep$focal, prep$retained, strata, ratio, caliper)
  }
  best
}

prove_on_network <- function(prep) {
  full <- prep$method == "full"
  limited <- is_bounded(prep) || !is.null(prep$dots$penalty) || !is.null(prep$category)
  best <- if (full) solve_full_network(prep) else solve_network(prep, optimal_network_bounds(prep), !limited)
  rows <- best$pairs
  best$distance <- sum(distance_of_pairs(prep, rows[, 1], rows[, 2]))
  best$pairs <- if (full) length(unique(c(rows))) else nrow(rows)
  if (!is.null(prep$category)) {
    best$imbalance <- category_imbalance(prep, rows[, 2])
    # a pair counts as more than all imbalance
    best$price[, 1] <- best$price[, 1] / (sum(prep$focal == 0L & prep$retained) + 1)
  }
  best$gap <- c(0, if (full && !limited) sum(best$price[, 2]) - best$distance else 0)
  if (full && !limited) best$short <- without_partner(prep, seq_along(prep$treat) %in% rows)
  best
}

# How many of the chosen others are more than their category asks for.
category_imbalance <- function(prep, others) {
  n <- max(prep$category)
  asked <- prep$ratio * tabulate(prep$category[prep$focal == 1L & prep$retained], n)
  sum(pmax(tabulate(prep$category[others], n) - asked, 0))
}

# One group for each arm.
without_partner <- function(prep, covered) {
  ifelse(prep$retained & !covered, 1L + prep$treat, 0L)
}

# Pairs, distance and validity of the match itself. In full matching `pairs` counts the patients in sets.
value_of_match <- function(x, prep) {
  if (prep$method == "full") return(value_of_sets(as.integer(x$subclass), prep))
  made <- list_pairs(x, prep)
  valid <- !anyDuplicated(made$j) && all(prep$focal[made$j] == 0L) && allowed_pairs(prep, made$i, made$j) &&
    all(rowSums(!is.na(x$match.matrix)) <= (prep$max.controls %||% prep$ratio))
  list(
    pairs = length(made$i), distance = sum(distance_of_pairs(prep, made$i, made$j)), valid = valid,
    imbalance = if (!is.null(prep$category)) category_imbalance(prep, made$j)
  )
}

# Rows of focal patients and of their partners.
list_pairs <- function(x, prep) {
  partner <- match(x$match.matrix, prep$row_names)
  focal <- rep(which(prep$focal == 1L), ncol(x$match.matrix))
  list(i = focal[!is.na(partner)], j = partner[!is.na(partner)])
}

# Every set is a star: one patient and those of the other arm.
value_of_sets <- function(sets, prep) {
  rows <- which(!is.na(sets))
  n <- max(0L, sets[rows])
  arm <- function(a) rows[prep$focal[rows] == a]
  count <- function(a) tabulate(sets[arm(a)], n)
  single <- count(1L) == 1
  centre <- integer(n)
  centre[sets[arm(0L)]] <- arm(0L)
  centre[which(single)] <- arm(1L)[match(which(single), sets[arm(1L)])]
  member <- setdiff(rows, centre)
  stars <- all(pmin(count(1L), count(0L)) == 1)
  ends <- cbind(centre[sets[member]], member)
  swap <- prep$focal[member] == 1L
  ends[swap, ] <- ends[swap, 2:1]
  list(
    pairs = length(rows), distance = sum(distance_of_pairs(prep, ends[, 1], ends[, 2])),
    valid = stars && allowed_pairs(prep, ends[, 1], ends[, 2])
  )
}

# `i` are rows of focal patients, `j` of others.
distance_of_pairs <- function(prep, i, j, points = match_points(prep)) {
  if (!is.null(points)) return(sqrt(rowSums((points[i, , drop = FALSE] - points[j, , drop = FALSE])^2)))
  if (is.null(prep$distance_matrix)) return(abs(prep$distance[i] - prep$distance[j]))
  prep$distance_matrix[cbind(cumsum(prep$focal == 1L)[i], cumsum(prep$focal == 0L)[j])]
}

allowed_pairs <- function(prep, i, j) {
  if (!all(prep$retained[c(i, j)])) return(FALSE)
  if (!is.null(prep$strata) && any(prep$strata[i] != prep$strata[j])) return(FALSE)
  for (column in prep$antiexact_frame) if (any(column[i] == column[j])) return(FALSE)
  for (k in seq_along(prep$caliper)) {
    name <- names(prep$caliper)[k]
    width <- prep$caliper[[k]]
    values <- if (nzchar(name)) prep$caliper_frame[[name]] else prep$distance
    apart <- if (is.null(values)) distance_of_pairs(prep, i, j) else abs(values[i] - values[j])
    slack <- 1e-12 * max(1, abs(width))
    if (any(if (width >= 0) apart > width + slack else apart < -width - slack)) return(FALSE)
  }
  TRUE
}

# A row for each group of patients who are short of partners; those with nobody in reach are one group.
shortage_table <- function(group, prep) {
  group <- group %||% integer(length(prep$treat))
  searching <- if (prep$method == "full") rep(TRUE, length(group)) else prep$focal == 1L
  partners <- tabulate(group[group > 0 & !searching], max(group, 0L))
  alone <- group > 0 & searching & partners[pmax(group, 1)] == 0
  group[alone] <- -1L - prep$treat[alone]
  mine <- which(group != 0 & searching)
  number <- sort(unique(group[mine]))
  code <- factor(group[mine], number)
  first <- mine[match(number, group[mine])]
  patients <- tabulate(code, length(number))
  shared <- ifelse(number > 0, partners[pmax(number, 1)], 0L)
  score <- if (is.null(prep$distance)) rep(NA_real_, length(group)) else prep$distance
  data.frame(
    arm = c("control", "treated")[1 + prep$treat[first]], patients = patients, partners = shared,
    missing = (if (prep$method == "full") 1 else prep$ratio) * patients - shared,
    score_from = vapply(split(score[mine], code), min, 0, USE.NAMES = FALSE),
    score_to = vapply(split(score[mine], code), max, 0, USE.NAMES = FALSE), first_row = first
  )
}

#' @export
print.match_proof <- function(x, ...) {
  unit <- if (x$method == "full") "patients in sets" else "pairs"
  cat("Is the match the best there is? ", if (x$optimal) "Yes." else "No.", "\n", sep = "")
  cat(" - made: ", x$pairs, " ", unit, ", total distance ", format_number(x$distance, 4), "\n", sep = "")
  cat(
    " - possible: ", x$most_pairs, " ", unit, ", total distance ", format_number(x$least_distance, 4),
    if (!is.null(x$penalty)) paste0(", a missing pair counting as ", format_number(x$penalty, 4)), "\n", sep = ""
  )
  if (!is.null(x$imbalance)) cat(
    " - controls beyond what their category asks for: ", x$imbalance, "; at least ", x$least_imbalance, "\n", sep = ""
  )
  proved <- all(abs(x$contradiction) <= 1e-9 * max(1, x$least_distance)) && x$contradiction[1] == 0
  cat(
    " - proof: one price a patient, ", if (proved) "which no pair contradicts" else "CONTRADICTED", "; gap to the bound ",
    signif(x$gap[2], 2), "\n", sep = ""
  )
  if (!x$valid) cat(" - a pair breaks the rules of the match\n")
  if (nrow(x$short) > 0) cat(paste0(" - ", shortage_words(x), "\n"), sep = "")
  invisible(x)
}

shortage_words <- function(x) {
  within <- if (is.null(x$caliper)) "" else " within the caliper"
  other <- c(treated = "controls", control = "treated")
  one <- c(treated = "control", control = "treated")
  apply_rows <- function(k) {
    row <- x$short[k, ]
    who <- paste(row$patients, if (row$arm == "treated") "treated" else ngettext(row$patients, "control", "controls"))
    if (row$partners == 0) {
      return(paste0(who, ngettext(row$patients, " has", " have"), " no ", one[[row$arm]], within))
    }
    paste0(
      who, " share ", row$partners, " ", if (row$partners == 1) one[[row$arm]] else other[[row$arm]], within,
      if (!is.na(row$score_from)) paste0(" (scores ", format_number(row$score_from, 3), " to ", format_number(row$score_to, 3), ")"),
      ": ", row$missing, " ", ngettext(row$missing, "is", "are"), " missing"
    )
  }
  shown <- order(-x$short$missing)[seq_len(min(6, nrow(x$short)))]
  words <- vapply(shown, apply_rows, "")
  if (nrow(x$short) > 6) words <- c(words, paste(nrow(x$short) - 6, "more groups: see the element `short`"))
  words
}
