#' Simulate a study in which treatment starts after time zero
#'
#' Draws patients of several centres who are offered a treatment over time while they are free of progression, with
#' linked progression and death, censoring by accrual, and toxicity by grade. What the treatment does is known: see
#' [true_estimands()].
#'
#' @param n (whole number) patients.
#' @param hr (number > 0) hazard ratio of the treatment, on each hazard of progression and death, once it acts.
#' @param shape (string) `"proportional"`: `hr` from the start of treatment on; `"delayed"`: from `shape_time` after the
#'   start on; `"crossing"`: `1 / hr` until `shape_time` after the start, `hr` from then on; `"plateau"`: `hr` from the
#'   start on, and the hazards of everybody are multiplied by `plateau` once `shape_time` has passed since time zero.
#' @param shape_time (number >= 0, months) see `shape`.
#' @param plateau (number in \[0, 1]) see `shape`.
#' @param progression,death,death_after (numbers >= 0, per month) hazards of progression, of death without it, and of
#'   death after it, at average covariates.
#' @param prognosis,selection (named numeric) log hazard ratios of `age` (per 10 years), `male`, `ecog` (1 v 0),
#'   `cervical` and `liver` on progression and death, and on the start of treatment.
#' @param offered (number >= 0, per month) hazard of starting treatment from month `delay` on, while free of
#'   progression.
#' @param delay (number >= 0, months) before which nobody is treated.
#' @param unmeasured (number >= 0) standard deviation of an unrecorded covariate in the hazards of progression and
#'   death; it acts on treatment start with the opposite sign.
#' @param centres (whole number) centres; `centre_sd` (number >= 0) is the standard deviation of their log hazards of
#'   treatment start.
#' @param centre_sd see `centres`.
#' @param accrual,follow_up (numbers, months) length of accrual, and from its end to the end of the study.
#'   Administrative censoring is at the end.
#' @param loss (number >= 0, per month) hazard of being lost to follow-up.
#' @param toxicity (list of two-row matrices) probabilities of grades 0, 1, ... by event; first row untreated, second
#'   treated.
#' @param seed (whole number or NULL) makes the draw reproducible and leaves the caller's random numbers as they were;
#'   `NULL` draws from them.
#' @return A data frame with one row a patient: `id`, `centre` (factor), `year` of diagnosis, `age`, `male`, `ecog`,
#'   `cervical`, `liver`, `rt` (ever treated, 0/1), `start` (months from time zero, `NA` for never), `os_time`,
#'   `os_event`, `pfs_time`, `pfs_event` (months; 0/1), and the worst grade of each toxicity. Its attribute
#'   `"simulation"` holds the parameters.
#' @section Method:
#' An illness-death process: hazards of progression, death without and death after it, constant between changes,
#' multiplied by exp(prognosis x) and by the treatment's factor at that time since its start. PFS is the first of
#' progression and death, so PFS <= OS. Each is drawn by inverting its cumulative hazard, all patients at once.
#' @section Errors: `survmatch_error_simulation`.
#' @family simulation
#' @examples
#' study <- simulate_cohort(200, hr = 0.7, seed = 1)
#' head(study)
#' @export
simulate_cohort <- function(n, hr = 0.7, shape = c(
  "proportional", "delayed", "crossing", "plateau"
), shape_time = 6, plateau = 0.1,
                            progression = 0.07, death = 0.015, death_after = 0.09,
                            prognosis = c(age = 0.1, male = 0.1, ecog = 0.4, cervical = 0.4, liver = 0.4),
                            selection = c(age = -0.2, male = 0, ecog = -0.5, cervical = 0.3, liver = -0.5),
                            offered = 0.07, delay = 2, unmeasured = 0, centres = 4, centre_sd = 0.3, accrual = 48,
                            follow_up = 18,
                            loss = 0.003, toxicity = toxicity_by_default(), seed = NULL) {
  p <- list(
    n = n, hr = hr, shape = pick_choice(shape), shape_time = shape_time, plateau = plateau,
    progression = progression, death = death,
    death_after = death_after, prognosis = prognosis, selection = selection, offered = offered, delay = delay,
    unmeasured = unmeasured,
    centres = centres, centre_sd = centre_sd, accrual = accrual, follow_up = follow_up, loss = loss, toxicity = toxicity
  )
  check_simulation(p)
  with_seed(seed, {
    patients <- draw_patients(p)
    out <- observe_patients(patients, live(patients, draw_start(patients, p), p), p)
  })
  p$centre_effects <- attr(patients, "centre_effects")
  structure(out, simulation = p)
}

# Evaluates with a seed of its own, and puts the caller's random numbers back.
with_seed <- function(seed, code, call = rlang::caller_env()) {
  check_seed(seed, call)
  if (is.null(seed)) return(code)
  before <- if (exists(".Random.seed", globalenv(), inherits = FALSE)) get(".Random.seed", globalenv())
  on.exit(if (is.null(before)) rm(".Random.seed", envir = globalenv()) else assign(".Random.seed", before, globalenv()))
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  code
}

#' @rdname simulate_cohort
#' @export
toxicity_by_default <- function() {
  list(
    pneumonia = rbind(c(0.78, 0.13, 0.06, 0.02, 0.008, 0.002), c(0.55, 0.25, 0.14, 0.05, 0.008, 0.002)),
    oesophagitis = rbind(c(0.90, 0.07, 0.025, 0.005, 0, 0), c(0.50, 0.25, 0.18, 0.07, 0, 0)),
    lymphopenia = rbind(c(0.55, 0.22, 0.15, 0.06, 0.02, 0), c(0.30, 0.25, 0.25, 0.15, 0.05, 0))
  )
}

check_simulation <- function(p, call = rlang::caller_env()) {
  positive <- c("n", "hr", "centres", "accrual")
  at_least_zero <- c(
    "shape_time", "plateau", "progression", "death", "death_after", "offered", "delay", "unmeasured", "centre_sd",
    "follow_up", "loss"
  )
  for (name in c(positive, at_least_zero)) {
    value <- p[[name]]
    fine <- is.numeric(value) && length(value) == 1 && is.finite(value) && value >= 0 && !(name %in% positive && value == 0)
    if (!fine) {
      required <- if (name %in% positive) "above 0" else "not below 0"
      sm_abort(c("{.arg {name}} must be one number, {required}.", x = "It is {shown(value)}."), "simulation", call)
    }
  }
  if (p$plateau > 1) sm_abort(
    c("{.arg plateau} must lie in [0, 1].", x = "It is {shown(p$plateau)}."), "simulation", call
  )
  for (name in c("prognosis", "selection")) {
    unknown <- setdiff(names(p[[name]]), covariates_simulated())
    if (!is.numeric(p[[name]]) || length(unknown) > 0 || is.null(names(p[[name]]))) {
      sm_abort(
        c(
          "{.arg {name}} must be numbers named by covariates.", x = "Unknown: {.val {unknown}}.",
          i = "They are {.val {covariates_simulated()}}."
        ),
        "simulation", call
      )
    }
  }
  for (name in names(p$toxicity)) {
    grades <- p$toxicity[[name]]
    if (!is.matrix(grades) || nrow(grades) != 2 || ncol(grades) > 6 || any(grades < 0) || any(
      abs(rowSums(grades) - 1) > 1e-8
    )) {
      sm_abort(
        "Each entry of {.arg toxicity} must be a matrix with two rows of probabilities of grades 0 to at most 5, each adding up to 1.",
        "simulation", call
      )
    }
  }
}

covariates_simulated <- function() c("age", "male", "ecog", "cervical", "liver")

# Covariates, end of observation, and one unit exponential for each thing that may happen: all that does not depend on
# treatment.
draw_patients <- function(p) {
  n <- p$n
  x <- data.frame(
    age = round(stats::rnorm(n, 62, 9)), male = stats::rbinom(n, 1, 0.8), ecog = stats::rbinom(n, 1, 0.4),
    cervical = stats::rbinom(n, 1, 0.2), liver = stats::rbinom(n, 1, 0.3)
  )
  decades <- replace(x, "age", x$age / 10)
  centred <- sweep(as.matrix(decades), 2, c(6.2, 0.8, 0.4, 0.2, 0.3))
  hidden <- stats::rnorm(n) * p$unmeasured
  centre_effects <- stats::rnorm(p$centres) * p$centre_sd
  x$centre <- sample.int(p$centres, n, replace = TRUE)
  x$entered <- stats::runif(n, 0, p$accrual)
  x$end <- pmin(p$accrual + p$follow_up - x$entered, if (p$loss > 0) stats::rexp(n, p$loss) else Inf)
  x$risk <- exp(drop(centred[, names(p$prognosis), drop = FALSE] %*% p$prognosis) + hidden)
  x$willing <- exp(
    drop(centred[, names(p$selection), drop = FALSE] %*% p$selection) - hidden + centre_effects[x$centre]
  )
  x[c("e_progression", "e_death", "e_after", "e_start")] <- matrix(stats::rexp(4 * n), n)
  structure(x, centre_effects = centre_effects)
}

# The time at which treatment would start if nothing came before.
draw_start <- function(x, p) p$delay + x$e_start / (p$offered * x$willing)

# Progression and death when treatment starts at `start`, if the patient is then alive and free of progression.
live <- function(x, start, p) {
  untreated <- free_of_progression(x, rep(Inf, nrow(x)), p)
  start <- ifelse(start < pmin(untreated$progression, untreated$death), start, Inf)
  free <- free_of_progression(x, start, p)
  progressed <- free$progression < free$death
  after <- waiting_time(x$e_after / (p$death_after * x$risk), free$progression, start, p)
  data.frame(
    start = start, pfs = pmin(free$progression, free$death), os = ifelse(
      progressed, after, free$death
    ), progressed = progressed
  )
}

free_of_progression <- function(x, start, p) {
  zero <- numeric(nrow(x))
  list(
    progression = waiting_time(x$e_progression / (p$progression * x$risk), zero, start, p),
    death = waiting_time(x$e_death / (p$death * x$risk), zero, start, p)
  )
}

# The time at which the integral of the factor from `from` on reaches `area`; the factor is constant between its
# changes.
waiting_time <- function(area, from, start, p) {
  bounds <- factor_changes(from, start, p)
  now <- rep(Inf, length(area))
  for (k in seq_len(length(bounds) - 1)) {
    factor <- hazard_factor(bounds[[k]], start, p)
    room <- ifelse(bounds[[k + 1]] > bounds[[k]], (bounds[[k + 1]] - bounds[[k]]) * factor, 0)
    here <- is.infinite(now) & area <= room & factor > 0
    now[here] <- (bounds[[k]] + area / factor)[here]
    area <- area - room
  }
  now
}

# The integral of the factor from 0 to t.
passed_area <- function(t, start, p) {
  bounds <- factor_changes(numeric(length(start)), start, p)
  area <- numeric(length(start))
  for (k in seq_len(length(bounds) - 1)) {
    area <- area + pmax(pmin(bounds[[k + 1]], t) - bounds[[k]], 0) * hazard_factor(bounds[[k]], start, p)
  }
  area
}

# When the factor may change after `from`: increasing, from `from` to Inf.
factor_changes <- function(from, start, p) {
  a <- pmax(start, from)
  b <- pmax(start + p$shape_time, from)
  c <- pmax(rep_len(p$shape_time, length(from)), from)
  list(from, pmin(a, c), pmax(a, pmin(b, c)), pmax(b, c), rep(Inf, length(from)))
}

# What multiplies the hazards just after time t.
hazard_factor <- function(t, start, p) {
  since <- t - start
  acts <- ifelse(is.finite(start) & since >= 0, switch(p$shape,
    delayed = ifelse(since >= p$shape_time, p$hr, 1),
    crossing = ifelse(since >= p$shape_time, p$hr, 1 / p$hr),
    p$hr
  ), 1)
  if (p$shape == "plateau") acts * ifelse(t >= p$shape_time, p$plateau, 1) else acts
}

# What a study sees of the patients before the end of observation.
observe_patients <- function(x, life, p) {
  seen <- life$start < x$end
  out <- data.frame(
    id = seq_len(nrow(x)), centre = factor(
      paste0("C", x$centre), paste0("C", seq_len(p$centres))
    ), year = 2018L + as.integer(x$entered %/% 12),
    x[covariates_simulated()], rt = as.integer(seen), start = ifelse(seen, life$start, NA_real_),
    os_time = pmin(life$os, x$end), os_event = as.integer(life$os <= x$end),
    pfs_time = pmin(life$pfs, x$end), pfs_event = as.integer(life$pfs <= x$end)
  )
  for (name in names(p$toxicity)) out[[name]] <- draw_grades(p$toxicity[[name]], out$rt)
  out
}

draw_grades <- function(probabilities, treated) {
  u <- stats::runif(length(treated))
  limits <- t(apply(probabilities, 1, cumsum))
  rowSums(u > limits[treated + 1L, -ncol(limits), drop = FALSE])
}
