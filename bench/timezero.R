# Bias and coverage of the designs for a treatment that starts late, each against its own truth: inst/extdata/timezero.csv.
#
#   Rscript bench/timezero.R [replicates, default 2000] [designs, default all but the bootstrap]
#
# With designs named, their rows take the place of what the file has of them. The bootstrap of the trials refits the
# weights in 100 samples of each cohort, ten seconds each:
#   Rscript bench/timezero.R 100 sequential_bootstrap
#
# Progression-free survival of cohorts of simulate_cohort() when the treatment does nothing, a little, a lot. The truth of
# a marginal hazard ratio is that of a large run in which everybody is followed under both strategies, with the same
# censoring; that of the time-dependent model is the hazard ratio the data were drawn with. The naive comparison has no
# truth of its own and is held against that of risk sets.

suppressMessages(library(survmatch))
arguments <- commandArgs(trailingOnly = TRUE)
replicates <- as.integer(c(arguments, 2000)[1])
patients <- 400
landmark <- grace <- 6
every <- 1
adjusted <- c("age", "male", "ecog", "cervical", "liver")

draw <- function(hr, seed) {
  table <- simulate_cohort(patients, hr = hr, centre_sd = 0, seed = seed)
  suppressMessages(suppressWarnings(as_cohort(table,
    id = id, treatment = rt, covariates = all_of(adjusted), start = start,
    endpoints = list(os = Surv(os_time, os_event), pfs = Surv(pfs_time, pfs_event))
  )))
}

log_hr <- function(fit) {
  row <- tidy(fit, conf.int = TRUE)[1, ]
  c(row$estimate, row$conf.low, row$conf.high)
}

designs <- list(
  naive = function(cohort) {
    log_hr(fit_cox(pfs ~ rt, data = match_cohort(stats::formula(cohort), cohort, method = "optimal", caliper = 0.2)))
  },
  landmark = function(cohort) {
    at_risk <- landmark_cohort(cohort, at = landmark)
    log_hr(fit_cox(pfs ~ rt, data = match_cohort(stats::formula(at_risk), at_risk, method = "optimal", caliper = 0.2)))
  },
  time_dependent = function(cohort) {
    rows <- split_exposure(cohort)
    log_hr(fit_cox(stats::reformulate(c("treated", adjusted), "pfs"), data = rows))
  },
  risk_set = function(cohort) log_hr(fit_cox(pfs ~ rt, data = match_risk_set(NULL, data = cohort, caliper = 0.2))),
  risk_set_two_way = function(cohort) {
    fit <- fit_cox(pfs ~ rt, data = match_risk_set(NULL, data = cohort, caliper = 0.2))
    log_hr(cluster_variance(fit, ~ subclass + id))
  },
  risk_set_censor = function(cohort) {
    log_hr(fit_cox(pfs ~ rt, data = match_risk_set(NULL, data = cohort, caliper = 0.2, later = "censor")))
  },
  sequential = function(cohort) {
    trials <- sequential_trials(NULL, cohort, every = every)
    log_hr(fit_cox(pfs ~ arm, data = trials, weights = weights, cluster = patient))
  },
  sequential_per_protocol = function(cohort) {
    trials <- sequential_trials(NULL, cohort, every = every, strategy = "per_protocol")
    log_hr(fit_cox(pfs ~ arm, data = trials, weights = weights, cluster = patient))
  },
  sequential_bootstrap = function(cohort) {
    trials <- sequential_trials(NULL, cohort, every = every, strategy = "per_protocol")
    found <- estimate_trials(trials, "pfs", tau = 12, replicates = 100, seed = 1)[1, ]
    log(c(found$estimate, found$conf.low, found$conf.high))
  },
  clone_censor = function(cohort) {
    clones <- clone_censor(cohort, grace = grace, intervals = 30)
    log_hr(fit_cox(pfs ~ arm, data = clones, weights = weights, cluster = patient))
  }
)

asked <- if (length(arguments) > 1) strsplit(arguments[2], ",")[[1]]
designs <- designs[if (length(asked) > 0) asked else setdiff(names(designs), "sequential_bootstrap")]

truths <- function(hr) {
  # the truth of a match is that of the matched: its censoring and covariates are those of the eligible population
  study <- simulate_cohort(200, hr = hr, centre_sd = 0, seed = 1)
  marginal <- function(design, later = "keep") {
    true_estimands(
      study, design, endpoint = "pfs", landmark = landmark, grace = grace, every = every, later = later, size = 2e5
    )$value[1]
  }
  treat_now <- marginal("risk_set")
  against_never <- marginal("sequential", "censor")
  c(
    naive = treat_now, landmark = marginal("landmark"), time_dependent = log(hr),
    risk_set = treat_now, risk_set_two_way = treat_now,
    risk_set_censor = marginal("risk_set", "censor"), sequential = marginal("sequential"),
    sequential_per_protocol = against_never, sequential_bootstrap = against_never,
    clone_censor = marginal("clone_censor")
  )
}

one_scenario <- function(hr) {
  truth <- truths(hr)[names(designs)]
  found <- array(NA_real_, c(replicates, length(designs), 3))
  for (b in seq_len(replicates)) {
    cohort <- draw(hr, 10000 * round(10 * hr) + b)
    for (j in seq_along(designs)) {
      found[b, j, ] <- tryCatch(suppressMessages(suppressWarnings(designs[[j]](cohort))), error = function(e) rep(NA_real_, 3))
    }
    if (b %% 100 == 0) message("hr ", hr, ": ", b, " of ", replicates)
  }
  do.call(rbind, lapply(seq_along(designs), function(j) {
    one <- found[, j, ]
    used <- !is.na(one[, 1])
    estimate <- one[used, 1]
    data.frame(
      hr = hr, design = names(designs)[j], truth = truth[[j]], mean = mean(estimate), bias = mean(estimate) - truth[[j]],
      monte_carlo_se = stats::sd(estimate) / sqrt(sum(used)), sd = stats::sd(estimate),
      coverage = mean(one[used, 2] <= truth[[j]] & truth[[j]] <= one[used, 3]), replicates = sum(used)
    )
  }))
}

results <- do.call(rbind, lapply(c(1, 0.8, 0.5), one_scenario))
results$patients <- patients
results$survmatch <- as.character(utils::packageVersion("survmatch"))
numbers <- vapply(results, is.double, NA)
results[numbers] <- lapply(results[numbers], round, 4)
if (length(asked) > 0 && file.exists("inst/extdata/timezero.csv")) {
  before <- utils::read.csv("inst/extdata/timezero.csv")
  results <- rbind(before[!before$design %in% asked, ], results)
  order <- c(
    "naive", "landmark", "time_dependent", "risk_set", "risk_set_two_way", "risk_set_censor", "sequential",
    "sequential_per_protocol", "sequential_bootstrap", "clone_censor"
  )
  results <- results[order(-results$hr, match(results$design, order)), ]
}
utils::write.csv(results, "inst/extdata/timezero.csv.new", row.names = FALSE)
invisible(file.rename("inst/extdata/timezero.csv.new", "inst/extdata/timezero.csv"))
print(results)
