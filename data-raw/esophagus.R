# Makes data/esophagus.rda: 156 simulated patients from whom the package's own pipeline, asked for the naive comparison,
# gives the figures that were published of a study of consolidative thoracic radiotherapy.
#
#   Rscript data-raw/esophagus.R
#
# 1. Covariates, centre, treatment and its start are drawn until the study's design matches 32 + 32 with small SMDs.
# 2. Outcomes are drawn around them and rescaled to the medians, until every published figure comes out.
# What is drawn in step 2 is thereby selected on the outcome: the data show how the pipeline reports such figures, and
# nothing about bias or coverage.

suppressMessages(library(survmatch))

truth <- list(
  hr = 0.80, # of radiotherapy on death and on progression, from its start on
  plateau = 0.25, # share of patients whose hazard of death ends at 24 months
  prognosis = c(cervical = 0.75, ecog = 0.35, liver = 0.25, age = 0.01),
  selection = c(cervical = 0.35, ecog = -0.45, liver = -0.55, age = -0.02)
)

draw_baseline <- function(seed) {
  set.seed(seed)
  n <- 156
  d <- data.frame(
    id = sprintf("P%03d", seq_len(n)),
    centre = factor(sample(c("A", "B", "C", "D"), n, TRUE, c(0.35, 0.3, 0.2, 0.15))),
    year = sample(2018:2023, n, TRUE, c(0.08, 0.12, 0.16, 0.2, 0.22, 0.22)),
    age = round(pmin(pmax(stats::rnorm(n, 62, 8), 41), 79)),
    male = stats::rbinom(n, 1, 0.84), ecog = stats::rbinom(n, 1, 0.45), cervical = stats::rbinom(n, 1, 0.22),
    liver = stats::rbinom(n, 1, 0.27), oligometastatic = stats::rbinom(n, 1, 0.4)
  )
  score <- with(d, -1.1 + drop(cbind(cervical, ecog, liver, age - 62) %*% truth$selection) + 0.5 * oligometastatic)
  d$rt <- stats::rbinom(n, 1, stats::plogis(score))
  d$rt_start <- ifelse(d$rt == 1, round(stats::runif(n, 2, 6.5), 1), NA)
  d
}

# The design of run_study(), which sees no outcome.
match_of <- function(d) {
  d$any_time <- seq_len(nrow(d))
  d$any_event <- rep(1:0, length.out = nrow(d))
  cohort <- suppressMessages(suppressWarnings(as_cohort(
    d, id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver, oligometastatic, year), centre = centre,
    endpoints = list(os = Surv(any_time, any_event)), time_unit = "months"
  )))
  survmatch:::match_blind(cohort, survmatch:::fix_design(cohort, list(
    formula = stats::formula(cohort), method = "optimal", ratio = 1, replace = FALSE, m.order = NULL, caliper = 0.2,
    exact_centre = FALSE, estimand = "ATT"
  )))
}

first_baseline <- function() {
  for (seed in 1:20000) {
    d <- draw_baseline(seed)
    if (sum(d$rt) < 36 || sum(d$rt) > 46) next
    made <- suppressWarnings(tryCatch(match_of(d), error = function(e) NULL))
    if (is.null(made) || sum(made$matched$weights > 0) != 64) next
    smd <- tidy(made$balance)
    after <- smd[smd$sample == "after" & smd$type != "Distance", ]
    if (all(abs(after$smd) < 0.13, na.rm = TRUE)) {
      message("baseline: seed ", seed, ", ", sum(d$rt), " treated, largest SMD ", round(max(abs(after$smd)), 3))
      d$matched <- unname(made$matched$weights > 0)
      return(d)
    }
  }
  stop("no baseline found")
}

# Times to an event with a constant hazard that the treatment multiplies from its start on.
event_time <- function(rate, start, hr) {
  area <- stats::rexp(length(rate))
  before <- ifelse(is.na(start), Inf, start)
  ifelse(area <= rate * before, area / rate, before + (area - rate * before) / (rate * hr))
}

# Alive and free of progression at the start of radiotherapy, as a patient must be to get it.
draw_outcomes <- function(d) {
  n <- nrow(d)
  risk <- exp(with(d, drop(cbind(cervical, ecog, liver, age - 62) %*% truth$prognosis)))
  ready <- function(draw, least) {
    time <- draw()
    while (any(short <- time <= least)) time[short] <- draw()[short]
    time
  }
  begun <- ifelse(is.na(d$rt_start), 0.3, d$rt_start)
  death <- ready(function() event_time(0.038 * risk, d$rt_start, truth$hr), begun)
  spared <- stats::runif(n) < truth$plateau
  death <- ifelse(spared & death > 24, Inf, death)
  progression <- ready(function() event_time(0.055 * risk, d$rt_start, truth$hr), begun)
  progression <- ifelse(stats::runif(n) < 0.25 & progression > 12, Inf, progression)
  observed <- pmax(12 * (2024.5 - d$year - stats::runif(n)), begun + 1)
  # visits end before the last contact, and progression is seen at visits only
  watched <- pmax(observed * stats::runif(n, 0.35, 1), begun + 0.5)
  list(death = death, progression = progression, observed = observed, watched = watched)
}

# Multiplies an arm's times so that the matched patients' median is `target`.
rescale <- function(time, event, arm, matched, target) {
  for (a in 0:1) {
    if (is.na(target[a + 1])) next
    mine <- arm == a
    fit <- fit_km(Surv(time[mine & matched], event[mine & matched]) ~ 1)
    median <- unname(stats::quantile(fit, 0.5)$quantile)
    if (is.na(median)) return(NULL)
    time[mine] <- time[mine] * target[a + 1] / median
  }
  time
}

observe <- function(d, draw) {
  os <- pmin(draw$death, draw$observed)
  os_event <- as.integer(draw$death <= draw$observed)
  os <- rescale(os, os_event, d$rt, d$matched, c(13.7, 38))
  if (is.null(os)) return(NULL)
  pfs <- pmin(draw$progression, draw$death, draw$watched)
  pfs_event <- as.integer(pmin(draw$progression, draw$death) <= draw$watched)
  pfs <- rescale(pfs, pfs_event, d$rt, d$matched, c(9.3, NA))
  if (is.null(pfs)) return(NULL)
  d$os_months <- round(os, 1)
  d$death <- os_event
  d$pfs_months <- round(pfs, 1)
  d$progression_or_death <- pfs_event
  d
}

# Dates that contradict each other are not drawn.
is_coherent <- function(d) {
  begun <- ifelse(is.na(d$rt_start), 0.2, d$rt_start)
  all(d$pfs_months <= d$os_months & d$pfs_months > begun & d$os_months > begun & d$os_months < 80) &&
    all(d$progression_or_death == 1 | d$pfs_months < d$os_months | d$death == 0)
}

published <- function(d) {
  m <- d[d$matched, ]
  fit <- fit_cox(Surv(os_months, death) ~ rt, data = m)
  row <- tidy(fit, exponentiate = TRUE, conf.int = TRUE)
  figures <- sprintf("%.2f", c(row$estimate, row$conf.low, row$conf.high, row$p.value))
  if (!identical(figures, c("0.70", "0.35", "1.41", "0.32")) || !sum(m$death) %in% 29:33) return(FALSE)
  median_of <- function(time, event, arm) {
    unname(stats::quantile(fit_km(Surv(m[[time]], m[[event]])[m$rt == arm] ~ 1), 0.5)$quantile)
  }
  if (!identical(c(median_of("os_months", "death", 0), median_of("os_months", "death", 1)), c(13.7, 38))) return(FALSE)
  pfs <- fit_km(Surv(pfs_months, progression_or_death) ~ 1, data = m[m$rt == 1, ])
  if (min(pfs$surv) < 0.53 || !isTRUE(median_of("pfs_months", "progression_or_death", 0) == 9.3)) return(FALSE)
  for (y in list(Surv(d$os_months, d$death), Surv(d$pfs_months, d$progression_or_death))) {
    model <- fit_cox(y ~ rt + age + male + ecog + cervical + liver + oligometastatic + year, data = d)
    low <- tidy(model, exponentiate = TRUE, conf.int = TRUE)
    if (low$conf.low[low$term == "cervical"] <= 1.05) return(FALSE)
  }
  TRUE
}

pair_robust_p <- function(d) {
  study <- study_of(d)
  tidy(study$endpoints$os$cox$robust)$p.value
}

study_of <- function(d) {
  cohort <- suppressMessages(suppressWarnings(as_cohort(
    d, id = id, treatment = rt, covariates = c(age, male, ecog, cervical, liver, oligometastatic, year), centre = centre,
    start = rt_start, time_unit = "months",
    endpoints = list(os = Surv(os_months, death), pfs = Surv(pfs_months, progression_or_death))
  )))
  suppressWarnings(run_study(cohort, primary = "naive", exact_centre = FALSE))
}

first_outcomes <- function(d) {
  for (seed in 1:400000) {
    set.seed(seed)
    x <- observe(d, draw_outcomes(d))
    if (is.null(x) || !is_coherent(x)) next
    if (!suppressWarnings(published(x))) next
    p <- pair_robust_p(x)
    message("outcomes: seed ", seed, ", pair-robust p ", round(p, 3))
    if (round(p, 2) >= 0.30 && round(p, 2) <= 0.34) return(x)
  }
  stop("no outcomes found")
}

# Worst CTCAE grades; nobody has grade 3 or more.
draw_toxicity <- function(d) {
  set.seed(2025)
  grade <- function(none, one) {
    u <- stats::runif(nrow(d))
    ifelse(u < none[d$rt + 1], 0L, ifelse(u < none[d$rt + 1] + one[d$rt + 1], 1L, 2L))
  }
  d$pneumonia <- grade(c(0.86, 0.55), c(0.1, 0.3))
  d$oesophagitis <- grade(c(0.93, 0.6), c(0.05, 0.25))
  d$lymphopenia <- grade(c(0.6, 0.45), c(0.25, 0.3))
  d
}

baseline <- first_baseline()
esophagus <- draw_toxicity(first_outcomes(baseline))
esophagus$matched <- NULL
esophagus <- esophagus[c(
  "id", "centre", "year", "age", "male", "ecog", "cervical", "liver", "oligometastatic", "rt", "rt_start", "os_months",
  "death", "pfs_months", "progression_or_death", "pneumonia", "oesophagitis", "lymphopenia"
)]
save(esophagus, file = "data/esophagus.rda", compress = "xz", version = 2)
message("data/esophagus.rda: ", nrow(esophagus), " patients")
