#' Time-zero designs beside each other
#'
#' The same cohort analysed by each design that handles a treatment which starts after time zero, with the naive comparison
#' beside them. Each has its own estimand: the rows are not estimates of one number, and none is picked.
#'
#' @param cohort (`cohort`) from [as_cohort()], with a treatment start.
#' @param landmarks (numeric) landmarks, all of which are shown; default the quartiles of the waits for treatment, which
#'   are known without an outcome.
#' @param formula (formula) `treatment ~ covariates` of scores and adjusted models; default the cohort's.
#' @param endpoints (character) names of endpoints; default all.
#' @param caliper (number or NULL) caliper of every match, as in [run_study()].
#' @param grace (number or NULL) end of the grace period of the cloned strategies; default the third quartile of the waits.
#' @param every (number or NULL) length of the intervals of the sequential trials; default a sixth of the third quartile of
#'   the waits.
#' @param primary (string or NULL) `"risk_set"`, `"landmark"` or `"naive"`: which was chosen beforehand; [run_study()]
#'   gives its own.
#' @param why (string or NULL) the reason.
#' @return An object of class `designs`, a data frame with one row an endpoint and design: `endpoint`, `design`
#'   (`"risk_set"`, `"landmark"`, `"sequential"`, `"clone_censor"`, `"time_dependent"`, `"naive"`), `at` (landmark, length
#'   of intervals, grace or NA), `label`, `estimand`, `n` (patients, or uses of patients in risk sets), `events`,
#'   `estimate` (hazard ratio), `conf.low`, `conf.high`, `p.value`, `primary`
#'   (logical), `safe` (logical: free of immortal time) and `note` (why there is no estimate). `autoplot()` draws them, the
#'   naive one in grey.
#' @section Method:
#' `risk_set`: [match_risk_set()], Cox model clustered on the set. `landmark`: [landmark_cohort()], a score and an optimal
#' match among those at risk, Cox model clustered on the set. `sequential`: [sequential_trials()], weighted Cox model
#' clustered on the patient. `clone_censor`: [clone_censor()], the same; weights are taken as known, see
#' [estimate_clones()] for a bootstrap. `time_dependent`: [split_exposure()] of everybody, Cox model adjusted for the
#' covariates and, for an endpoint that goes on after a dated progression, stratified on progression so far. `naive`: ever
#' and never treated patients matched, time counted from time zero.
#' @section Errors: `survmatch_error_time_zero` when the cohort has no treatment start.
#' @family time zero
#' @examples
#' patients <- simulate_cohort(200, seed = 1)
#' cohort <- as_cohort(patients,
#'   id = id, treatment = rt, covariates = c(age, ecog, liver), start = start,
#'   endpoints = list(os = Surv(os_time, os_event))
#' )
#' compare_designs(cohort, landmarks = c(4, 6))
#' @export
compare_designs <- function(cohort, landmarks = NULL, grace = NULL, every = NULL, formula = NULL, endpoints = NULL,
                            caliper = 0.2, primary = NULL, why = NULL) {
  check_study_cohort(cohort)
  endpoints <- check_study_endpoints(cohort, endpoints)
  if (length(treatment_waits(cohort)) == 0) {
    sm_abort(c(
      "The cohort must have patients whose treatment starts after time zero.",
      i = "Give {.arg start} to {.fn as_cohort}; without it there is nothing to compare."
    ), "time_zero")
  }
  check_landmark(NULL, landmarks, rlang::current_env())
  plan <- list(
    formula = formula %||% stats::formula(cohort), caliper = caliper, primary = primary,
    landmarks = landmarks %||% waiting_quartiles(cohort), grace = grace %||% max(waiting_quartiles(cohort)),
    every = every %||% trial_interval(cohort)
  )
  new_designs(design_rows(cohort, endpoints, plan), cohort, primary, why)
}

# The study's own estimate stands in its row; the other designs are made with its formula and caliper.
designs_beside <- function(study, whole) {
  design <- study$design
  plan <- list(
    formula = design$formula, caliper = design$caliper, primary = design$primary,
    landmarks = design$landmark %||% waiting_quartiles(whole), grace = max(waiting_quartiles(whole)),
    every = trial_interval(whole)
  )
  rows <- design_rows(whole, names(study$endpoints), plan, except = design$primary)
  own <- lapply(study$endpoints, function(e) {
    row <- design_label(design$primary, if (identical(design$primary, "landmark")) design$landmark else NA_real_, whole)
    estimate_row(e$endpoint, row, e$cox$robust)
  })
  rows <- rbind(cbind(do.call(rbind, own), primary = TRUE), rows)
  new_designs(rows, whole, design$primary, design$why)
}

new_designs <- function(rows, cohort, primary, why) {
  order <- order(
    match(rows$endpoint, unique(rows$endpoint)), !rows$primary,
    match(rows$design, c("risk_set", "landmark", "sequential", "clone_censor", "time_dependent", "naive")), rows$at
  )
  rows <- rows[order, ]
  rownames(rows) <- NULL
  structure(rows, class = c("designs", "data.frame"), roles = cohort_roles(cohort), primary = primary, why = why)
}

waiting_quartiles <- function(cohort) {
  unique(signif(stats::quantile(treatment_waits(cohort), c(0.25, 0.5, 0.75), names = FALSE), 2))
}

trial_interval <- function(cohort) signif(max(waiting_quartiles(cohort)) / 6, 2)

design_rows <- function(cohort, endpoints, plan, except = NULL) {
  designs <- c(
    list(list("risk_set", NA_real_)), lapply(plan$landmarks, function(at) list("landmark", at)),
    list(list("sequential", plan$every), list("clone_censor", plan$grace), list("time_dependent", NA_real_), list("naive", NA_real_))
  )
  designs <- Filter(function(d) !identical(d[[1]], except), designs)
  rows <- do.call(rbind, lapply(designs, function(d) one_design(d[[1]], d[[2]], cohort, endpoints, plan)))
  rows$primary <- rows$design %in% plan$primary
  rows
}

one_design <- function(name, at, cohort, endpoints, plan) {
  label <- design_label(name, at, cohort)
  made <- attempt(switch(name,
    risk_set = match_starts(cohort, list(
      formula = plan$formula, caliper = plan$caliper, ratio = 1, replace = FALSE, exact = NULL
    ))$matched,
    landmark = match_plainly(landmark_cohort(cohort, at), plan),
    naive = match_plainly(cohort, plan), sequential = sequential_trials(start_formula(plan$formula, cohort), cohort, at),
    clone_censor = clone_censor(cohort, grace = at, formula = plan$formula),
    time_dependent = split_exposure(cohort, progression = TRUE)
  ))
  covariates <- if (name == "time_dependent") lapply(setdiff(all.vars(plan$formula), cohort_roles(cohort)$treatment), as.name)
  do.call(rbind, lapply(endpoints, function(endpoint) {
    strata <- if (name == "time_dependent" && is_estimable(made)) progression_strata(made, endpoint)
    if (!is.null(strata)) label$estimand <- paste0(label$estimand, ", by progression so far")
    formula <- endpoint_formula(endpoint, c(cohort_roles(cohort)$treatment, covariates, strata), list(made = made))
    row <- estimate_row(endpoint, label, if (is_estimable(made)) attempt(fit_design(name, formula, made)) else made)
    count_patients(row, name, made, cohort)
  }))
}

# Rows of these designs are pieces of patients, or patients more than once.
count_patients <- function(row, name, made, cohort) {
  if (!name %in% c("sequential", "clone_censor", "time_dependent") || is.na(row$estimate)) return(row)
  id <- cohort_roles(cohort)$id
  ids <- if (is.null(id)) seq_len(nrow(cohort)) else as.character(cohort[[id]])
  if (name == "sequential") cohort <- cohort[ids %in% made$patient, ]
  row$n <- nrow(cohort)
  if (name != "time_dependent") row$events <- sum(cohort[[row$endpoint]][, "status"])
  row
}

fit_design <- function(name, formula, made) {
  if (!name %in% c("sequential", "clone_censor")) return(fit_cox(formula, data = made))
  fit_cox(formula, data = made, weights = made$weights, cluster = made$patient)
}

match_plainly <- function(cohort, plan) {
  match_blind(cohort, list(
    formula = plan$formula, caliper = plan$caliper, method = "optimal", estimand = "ATT", ratio = 1, exact = NULL
  ))$matched
}

design_label <- function(name, at, cohort) {
  unit <- cohort_roles(cohort)$time_unit
  data.frame(
    design = name, at = at,
    label = switch(name,
      risk_set = "Matched at treatment (risk sets)", landmark = paste("Landmark at", format_number(at), unit),
      sequential = paste("Sequential trials every", format_number(at), unit),
      clone_censor = paste("Cloned strategies, grace", format_number(at), unit),
      time_dependent = "Time-dependent treatment, whole cohort", naive = "Naive: ever v never from time zero"
    ),
    estimand = switch(name,
      risk_set = "marginal; treat now v not now, later allowed", landmark = paste0(
        "marginal; survivors to ", format_number(at), " ", unit
      ),
      sequential = "marginal; start now v not now, those at risk after each interval",
      clone_censor = paste0("marginal; start by ", format_number(at), " ", unit, " v no start"),
      time_dependent = "conditional on covariates; current treatment", naive = "none: biased by immortal time"
    )
  )
}

estimate_row <- function(endpoint, label, model) {
  if (!is_estimable(model)) {
    return(data.frame(
      endpoint = endpoint, label, n = NA_integer_, events = NA_integer_, estimate = NA_real_, conf.low = NA_real_,
      conf.high = NA_real_, p.value = NA_real_, safe = label$design != "naive", note = model$why
    ))
  }
  row <- tidy(model, exponentiate = TRUE, conf.int = TRUE)[1, ]
  data.frame(
    endpoint = endpoint, label, n = model$n, events = model$nevent,
    row[c("estimate", "conf.low", "conf.high", "p.value")], safe = label$design != "naive",
    note = if (is.na(row$estimate)) "No hazard ratio can be estimated." else NA_character_
  )
}

#' @export
print.designs <- function(x, ...) {
  for (endpoint in unique(x$endpoint)) {
    rows <- x[x$endpoint == endpoint, ]
    cli::cli_text("{.strong {attr(x, 'roles')$endpoint_labels[[endpoint]]}}: hazard ratios, each with its own estimand")
    text <- ifelse(
      is.na(rows$estimate), "not estimable", format_estimate(rows$estimate, rows$conf.low, rows$conf.high)
    )
    table <- data.frame(
      design = paste0(ifelse(rows$primary, "> ", "  "), rows$label), HR = text, events = rows$events, n = rows$n,
      estimand = rows$estimand
    )
    print(table, row.names = FALSE, right = FALSE)
    cat("\n")
  }
  cat(paste(strwrap(say_designs(x)), collapse = "\n"), "\n", sep = "")
  invisible(x)
}

# The one sentence on which design was chosen and why.
say_designs <- function(x) {
  primary <- attr(x, "primary")
  if (is.null(primary)) return("No design was named as chosen beforehand; none of the rows is a headline.")
  why <- attr(x, "why")
  paste0(
    x$label[x$primary][1], " was chosen beforehand (marked), ",
    if (is.null(why)) "and no reason was given." else paste0("because ", sub("\\.$", "", why), "."),
    " The rows answer different questions; the naive one is shown only to say how far immortal time moves it."
  )
}

#' @export
autoplot.designs <- function(object, endpoint = NULL, ...) {
  endpoint <- endpoint %||% object$endpoint[1]
  rows <- object[object$endpoint == endpoint & !is.na(object$estimate), ]
  if (nrow(rows) == 0) sm_abort("There is no estimate of this endpoint to draw.", "plot")
  class(rows) <- "data.frame"
  roles <- attr(object, "roles")
  rows$name <- factor(paste0(rows$label, "\n", rows$estimand), rev(unique(paste0(rows$label, "\n", rows$estimand))))
  rows$kind <- ifelse(!rows$safe, "naive", ifelse(rows$primary, "primary", "safe"))
  colours <- c(primary = arm_colours(1), safe = "grey15", naive = "grey65")
  caption <- paste0(roles$arm_labels[2], " v ", roles$arm_labels[1], ". ", say_designs(object))
  draw_forest(
    rows, ggplot2::aes(.data$estimate, .data$name, colour = .data$kind), 0.6,
    paste(strwrap(caption, 100), collapse = "\n"), roles$endpoint_labels[[endpoint]]
  ) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$kind), size = 2.8) +
    ggplot2::scale_colour_manual(values = colours, guide = "none") +
    ggplot2::scale_shape_manual(values = c(primary = 15, safe = 16, naive = 1), guide = "none")
}
