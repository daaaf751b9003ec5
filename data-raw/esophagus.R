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
  death = c(0.050, 0.040), # hazard of death a month, untreated and from the start of radiotherapy on
  plateau = 14, # from this month on it is only
  late = c(0.08, 0.3), # this share of it
  progression = c(0.080, 0.010), # hazard of progression
  seen = c(0.6, 0.15), # share of deaths without progression that count for progression-free survival, by arm
  prognosis = c(cervical = 0.75, ecog = 0.35, liver = 0.25, age = 0.01),
  selection = c(cervical = 0.35, ecog = -0.45, liver = -0.55, age = -0.02)
)

draw_baseline <- function(seed) {
  set.seed(seed)
  n <- 156
  d <- data.frame(
    id = sprintf("P%03d", seq_len(n)),
    centre = factor(sample(c("A", "B", "C", "D"), n, TRUE, c(0.4, 0.32, 0.2, 0.08))),
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
    exact_centre = NULL, estimand = "ATT"
  )))
}

first_baseline <- function() {
  for (seed in 1:20000) {
    d <- draw_baseline(seed)
    # too few in one centre to match inside centres, as run_study() otherwise would
    if (sum(d$rt) < 36 || sum(d$rt) > 46 || !min(table(d$centre[d$rt == 1])) %in% 1:4) next
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

# Those who get radiotherapy are alive at its start.
death_times <- function(d, risk) {
  area <- stats::rexp(nrow(d)) / risk
  from <- ifelse(d$rt == 1, d$rt_start, 0)
  rate <- truth$death[d$rt + 1]
  early <- rate * (truth$plateau - from)
  ifelse(area <= early, from + area / rate, truth$plateau + (area - early) / (rate * truth$late[d$rt + 1]))
}

# Follow-up of both endpoints. Progression is seen at visits, which end at the last contact or before; a death without
# progression is an event of progression-free survival only when visits went on until then.
draw_outcomes <- function(d) {
  n <- nrow(d)
  risk <- exp(with(d, drop(cbind(cervical, ecog, liver, age - 62) %*% truth$prognosis)))
  begun <- ifelse(is.na(d$rt_start), 0.3, d$rt_start)
  list(
    begun = begun, death = death_times(d, risk), observed = pmax(12 * (2024.5 - d$year - stats::runif(n)), begun + 2),
    progression = begun + stats::rexp(n) / (risk * truth$progression[d$rt + 1]),
    visits = stats::runif(n, 0.3, 0.95), seen = stats::runif(n) < truth$seen[d$rt + 1]
  )
}

km_median <- function(time, event) {
  order <- order(time, -event)
  survival <- cumprod(1 - event[order] / rev(seq_along(time)))
  time[order][survival <= 0.5 + 1e-9][1]
}

# The factor on the times after `begun` that brings a median to its target, or NULL.
factor_for <- function(target, median_at) {
  low <- 0.2
  high <- 5
  for (step in 1:30) {
    middle <- sqrt(low * high)
    now <- median_at(middle)
    if (!is.na(now) && abs(now - target) < 0.03) return(middle)
    if (is.na(now) || now > target) high <- middle else low <- middle
  }
  NULL
}

observe <- function(d, draw) {
  m <- d$matched
  stretch <- function(time, factor) draw$begun + (time - draw$begun) * factor[d$rt + 1]
  death_factor <- vapply(0:1, function(arm) {
    who <- m & d$rt == arm
    factor_for(c(13.7, 38)[arm + 1], function(f) {
      death <- draw$begun[who] + (draw$death[who] - draw$begun[who]) * f
      km_median(pmin(death, draw$observed[who]), as.integer(death <= draw$observed[who]))
    }) %||% NA_real_
  }, 0)
  if (anyNA(death_factor)) return(NULL)
  death <- stretch(draw$death, death_factor)
  os <- pmin(death, draw$observed)
  os_event <- as.integer(death <= draw$observed)
  pfs_of <- function(factor) {
    progression <- stretch(draw$progression, factor)
    end <- ifelse(os_event == 1 & draw$seen, os, draw$begun + (os - draw$begun) * draw$visits)
    list(
      time = pmin(progression, end),
      event = as.integer(progression <= end | (os_event == 1 & draw$seen & end <= progression))
    )
  }
  control <- m & d$rt == 0
  pfs_factor <- factor_for(9.3, function(f) {
    pfs <- pfs_of(c(f, 1))
    km_median(pfs$time[control], pfs$event[control])
  })
  if (is.null(pfs_factor)) return(NULL)
  pfs <- pfs_of(c(pfs_factor, 1))
  d$os_months <- pmax(round(os, 1), round(draw$begun + 0.2, 1))
  d$death <- os_event
  d$pfs_months <- pmin(pmax(round(pfs$time, 1), round(draw$begun + 0.1, 1)), d$os_months)
  d$progression_or_death <- pfs$event
  d
}

`%||%` <- function(x, y) if (is.null(x)) y else x

# Nobody is treated after the end of follow-up, or has follow-up of 0.
is_coherent <- function(d) {
  begun <- ifelse(is.na(d$rt_start), 0, d$rt_start)
  all(d$pfs_months > begun & d$os_months > begun & d$os_months < 84)
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
  suppressWarnings(run_study(cohort, primary = "naive"))
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
  d$pneumonia <- grade(c(0.9, 0.5), c(0.08, 0.32))
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
