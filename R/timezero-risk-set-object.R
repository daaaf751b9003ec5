# The object of match_risk_set() and what can be asked of it.

new_risk_set_cohort <- function(found, line, score, choices) {
  uses <- risk_set_uses(found, line, score)
  weights <- uses$weights
  structure(
    c(
      list(
        uses = uses, data = line$data, treat = uses$treated, weights = weights, subclass = uses$subclass,
        distance = uses$distance,
        counts = risk_set_counts(found, uses, line), model = score$model$fit, info = score$info, x = score$x,
        eligible = line$eligible, line = line, start_model = score$model
      ),
      choices
    ),
    class = c("risk_set_cohort", "matched_cohort")
  )
}

# One row a use: the case of each set, then its controls.
risk_set_uses <- function(found, line, score) {
  first <- !duplicated(found$set)
  row <- c(found$case_row[first], found$control_row)
  set <- c(found$set[first], found$set)
  treated <- rep(1:0, c(sum(first), length(found$set)))
  order <- order(set, -treated)
  row <- row[order]
  set <- set[order]
  treated <- treated[order]
  zero <- line$start[line$patient[found$case_row[first]]][set]
  size <- tabulate(found$set)
  later <- line$start[line$patient[row]] - zero
  later[treated == 1] <- Inf
  weights <- ifelse(treated == 1, 1, (1 / size[set]) * (length(found$set) / max(length(size), 1)))
  data.frame(
    row = row, id = line$id[line$patient[row]], time_zero = zero, treated = treated,
    subclass = factor(
      set, levels = seq_along(size)
    ), weights = as.double(weights), distance = score$score[row], later_start = later
  )
}

risk_set_counts <- function(found, uses, line) {
  treated <- is.finite(line$start)
  late <- treated & line$start >= line$progressed
  use <- tabulate(line$patient[uses$row], line$n)
  c(
    patients = line$n, treated = sum(treated), after_progression = sum(late), not_observed = sum(!late[found$unseen]),
    unmatched = length(found$unmatched), matched = sum(uses$treated == 1), controls = sum(uses$treated == 0),
    persons = sum(use > 0), repeated = sum(use > 1), later_treated = sum(is.finite(uses$later_start))
  )
}

#' @rdname match_risk_set
#' @param x (`risk_set_cohort`) what `match_risk_set()` returned.
#' @param ... not used.
#' @exportS3Method matched_data risk_set_cohort
matched_data.risk_set_cohort <- function(x, ...) matched_rows(x)

# One row a use, or a piece of its follow-up. Endpoints of a cohort are Surv columns counted from time zero, and its
# treatment is what the patient is in the pair; plain data get `end` and `event`, or `start`, `stop` and `event`.
matched_rows <- function(x) {
  piece <- x$stay$pieces %||% whole_uses(x)
  uses <- x$uses[piece$use, ]
  rows <- x$data[uses$row, , drop = FALSE]
  for (e in names(x$line$endpoints)) {
    response <- piece_response(x$line$endpoints[[e]], piece)
    columns <- list(response$start - uses$time_zero, response$stop - uses$time_zero, response$event)
    plain <- e == "event" && !e %in% x$line$roles$endpoints
    if (x$later != "censor") {
      if (plain) rows[c("end", "event")] <- columns[2:3] else rows[[e]] <- survival::Surv(columns[[2]], columns[[3]])
    } else if (plain) {
      rows[c("start", "stop", "event")] <- columns
    } else {
      rows[[e]] <- survival::Surv(columns[[1]], columns[[2]], columns[[3]])
    }
  }
  rows[c("time_zero", "treated", "subclass", "weights", "distance")] <- uses[c(
    "time_zero", "treated", "subclass", "weights", "distance"
  )]
  if (x$later == "censor") rows[c("use", "weights")] <- list(piece$use, uses$weights * piece$weight)
  rownames(rows) <- NULL
  recode_roles(rows, uses$treated)
}

# Every use with all its follow-up, or up to when the later treatment of a control censors its set.
whole_uses <- function(x) {
  uses <- x$uses
  cut <- if (x$later == "censor_pair") stats::ave(uses$later_start, uses$subclass, FUN = min) else Inf
  data.frame(
    use = seq_len(nrow(uses)), patient = x$line$patient[uses$row], begin = uses$time_zero, end = uses$time_zero + cut
  )
}

# The uses up to a control's own later treatment, in pieces with weights of having stayed untreated.
untreated_follow_up <- function(x, truncate, call) {
  uses <- x$uses
  line <- x$line
  who <- line$patient[uses$row]
  model <- x$start_model %||% fit_start_model(x$formula, line, call)
  last <- do.call(pmax, lapply(line$endpoints, `[[`, "time"))[who]
  control <- which(uses$treated == 0)
  end <- pmin(last, line$start[who])[control]
  pieces <- follow_up_pieces(end, update_times(line, model, 100), uses$time_zero[control])
  pieces$use <- control[pieces$patient]
  pieces$patient <- who[pieces$use]
  pieces$weight <- weights_of_untreated(pieces, line, model, pieces$patient, uses$time_zero[pieces$use])
  case <- which(uses$treated == 1)
  whole <- data.frame(
    patient = who[case], begin = uses$time_zero[case], end = last[case], upto = Inf, use = case, weight = 1
  )
  rows <- rbind(whole, pieces)
  rows$arm <- uses$treated[rows$use]
  cut <- truncate_weights(rows[order(rows$use, rows$begin), ], truncate)
  later <- is.finite(uses$later_start) & uses$treated == 0
  list(
    pieces = cut$rows, weights = cut$summary[cut$summary$arm == 0, -1],
    ineligible = sum(later & line$start[who] >= line$limit[who])
  )
}

# The patients as they came, ever against never treated, and under them the uses: one table for what is shown before and
# after matching. Weights are those of the two samples.
stack_uses <- function(x) {
  patients <- length(x$line$first)
  rows <- bare_table(x$data)[c(x$line$first, x$uses$row), , drop = FALSE]
  list(
    data = rows, treat = c(as.integer(is.finite(x$line$start)), x$uses$treated),
    weights = cbind(
      before = rep(1:0, c(patients, nrow(x$uses))), after = c(rep(0, patients), as.double(x$uses$weights))
    )
  )
}

matching_covariates <- function(x) all.vars(stats::delete.response(stats::terms(x$x)))

# A cohort of uses: treated or not in the pair, and no start after time zero.
recode_roles <- function(rows, treated) {
  roles <- cohort_roles(rows)
  if (is.null(roles)) return(rows)
  rows[[roles$treatment]] <- arm_values(rows[[roles$treatment]], treated, roles)
  roles["start"] <- list(NULL)
  attr(rows, "roles") <- roles
  rows
}

# 0/1 as the values of a cohort's treatment column.
arm_values <- function(column, treated, roles) {
  values <- ifelse(treated == 1, as.character(roles$treated), as.character(roles$reference))
  if (is.factor(column)) factor(values, levels(column)) else methods_as(values, column)
}

methods_as <- function(values, like) {
  if (is.logical(like)) return(as.logical(values))
  if (is.numeric(like)) return(`storage.mode<-`(as.numeric(values), storage.mode(like)))
  values
}

#' A matchit object on the rows of a risk-set match
#'
#' @param x (`risk_set_cohort`) made by [match_risk_set()].
#' @param ... not used.
#' @return A list of class `matchit`, one entry a use: its `call$data` is the expanded table, [matched_data()] with
#'   `later = "keep"`, to which `MatchIt::match_data()` adds distance, weights and matched sets; `cobalt::bal.tab()` reads
#'   it too. Only matched patients are in it: before and after matching are the same.
#' @family time zero
#' @examples
#' transplant <- survival::jasa[survival::jasa$futime > 0, ]
#' transplant$start <- ifelse(transplant$transplant == 1, transplant$wait.time, NA)
#' matched <- match_risk_set(start ~ age + surgery, transplant, time = futime, event = fustat)
#' as_matchit(matched)$weights[1:6]
#' @export
as_matchit <- function(x, ...) UseMethod("as_matchit")

#' @rdname as_matchit
#' @export
as_matchit.risk_set_cohort <- function(x, ...) {
  x$later <- "keep"
  rows <- bare_table(matched_rows(x))
  rows[c("distance", "weights", "subclass")] <- NULL # match_data() adds them
  names <- rownames(rows)
  named <- function(v) stats::setNames(v, names)
  covariates <- matching_covariates(x)
  formula <- stats::reformulate(if (length(covariates) > 0) covariates else "1", "treated")
  structure(
    list(
      match.matrix = match_matrix(x$uses, names), subclass = named(x$uses$subclass), weights = named(x$uses$weights),
      X = rows[intersect(covariates, names(rows))], call = as.call(
        list(quote(matchit), formula = formula, data = rows)
      ),
      info = list(
        method = "nearest", distance = "user", replace = x$replace, ratio = x$ratio, mahalanobis = FALSE,
        distance_is_matrix = FALSE
      ),
      estimand = "ATT", formula = formula, treat = named(x$uses$treated), distance = named(x$uses$distance),
      discarded = named(rep(FALSE, nrow(rows)))
    ),
    class = "matchit"
  )
}

match_matrix <- function(uses, names) {
  control <- which(uses$treated == 0)
  case <- which(uses$treated == 1)
  set <- as.integer(uses$subclass)
  slot <- stats::ave(seq_along(control), set[control], FUN = seq_along)
  matrix <- matrix(NA_character_, length(case), max(slot, 0), dimnames = list(names[case], NULL))
  matrix[cbind(match(set[control], set[case]), slot)] <- names[control]
  matrix
}

#' @export
print.risk_set_cohort <- function(x, ...) {
  n <- x$counts
  cat("Risk-set match: each set starts when its treatment does\n")
  cat("  matched: ", n[["matched"]], " of ", n[["treated"]], " treated, with ", n[["controls"]], " uses of controls (",
    n[["persons"]], " persons, ", n[["repeated"]], " used more than once)\n", sep = "")
  cat("  left out: ", n[["after_progression"]], " treated after progression, ", n[["not_observed"]],
    " at or after the end of observation, ",
    n[["unmatched"]], " without a partner\n", sep = "")
  cat("  controls: ", x$eligible, "\n", sep = "")
  cat(
    "  distance: ", x$info, if (is.finite(x$caliper)) paste0("; caliper ", format_number(x$caliper, 3)), "\n", sep = ""
  )
  cat("  later treatment of ", n[["later_treated"]], " controls: ", later_words(x$later), "\n", sep = "")
  if (!is.null(x$stay)) cat(stay_words(x$stay))
  invisible(x)
}

later_words <- function(later) {
  switch(later,
    keep = "follow-up goes on (treat now against not now, later allowed)",
    censor_pair = "the whole set is censored then",
    censor = "the control is censored then, with weights (treat now against stay untreated; dependent censoring)"
  )
}

stay_words <- function(stay) {
  w <- stay$weights
  paste0(
    "  weights of staying untreated: mean ", format_number(w$mean, 2), ", largest ", format_number(w$largest, 2), "; ",
    w$truncated, if (w$truncated == 1) " row" else " rows", " set to ", format_number(w$truncated_at, 2), "\n",
    if (stay$ineligible > 0) paste0(
      "  ", stay$ineligible, " of these started when no longer eligible: no weight makes up for their censoring\n"
    )
  )
}
