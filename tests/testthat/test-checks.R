# Whatever is wrong with an argument or a column, a verb works or stops with an error of ours: never with one of R's own.

checked_data <- function() {
  set.seed(1)
  n <- 60
  d <- data.frame(
    id = seq_len(n), arm = stats::rbinom(n, 1, 0.5), x = stats::rnorm(n), y = stats::rnorm(n),
    g = factor(sample(c("a", "b", "c"), n, TRUE)), w = stats::runif(n, 0.5, 2), pair = rep(seq_len(n / 2), 2)
  )
  d$time <- stats::rexp(n, 0.1) + 0.01
  d$status <- stats::rbinom(n, 1, 0.7)
  d$entry <- d$time * stats::runif(n, 0, 0.8)
  d$cause <- factor(d$status * (1 + stats::rbinom(n, 1, 0.4)), 0:2)
  d$begun <- ifelse(d$arm == 1, d$time * stats::runif(n, 0, 0.9), NA)
  d
}

# Errors of `code` that are not ours, as text.
foreign_error <- function(code) {
  tryCatch(
    {
      suppressWarnings(suppressMessages(utils::capture.output(print(code))))
      NULL
    },
    survmatch_error = function(e) NULL, error = function(e) conditionMessage(e)
  )
}

test_that("a wrong argument is an error of ours", {
  d <- checked_data()
  matched <- match_cohort(arm ~ x + y, d)
  cox <- fit_cox(Surv(time, status) ~ arm + x, d)
  wrong <- list(NULL, NA, "no such", -1, Inf, list(), character(), mean, c(TRUE, FALSE), data.frame(), ~nothing)
  calls <- alist(
    match_cohort(formula = arm ~ x, data = d, method = "nearest", distance = "glm", link = "logit", estimand = "ATT", exact = NULL,
      mahvars = NULL, antiexact = NULL, discard = "none", s.weights = NULL, replace = FALSE, m.order = NULL, caliper = NULL,
      std.caliper = TRUE, ratio = 1, normalize = TRUE),
    match_cohort(formula = arm ~ x, data = d, method = "optimal", caliper = NULL, ratio = 1, penalty = NULL, fine.balance = NULL),
    match_cohort(formula = arm ~ x, data = d, method = "cem", cutpoints = "sturges", grouping = NULL, k2k = FALSE),
    match_cohort(formula = arm ~ x, data = d, method = "subclass", subclass = 4, min.n = 1),
    assess_balance(x = matched, estimand = NULL, weights = NULL), verify_match(x = matched),
    matched_data(x = matched, group = "all", weights = "weights", subclass = "subclass", drop.unmatched = TRUE),
    match_scores(score = d$x, treat = d$arm, caliper = NULL, ratio = 1), match_subgroups(formula = arm ~ x, data = d, by = "g"),
    fit_propensity(formula = arm ~ x, data = d),
    fit_km(formula = Surv(time, status) ~ arm, data = d, na.action = na.omit, stype = 1, timefix = TRUE, conf.int = 0.95,
      conf.type = "log", conf.lower = "usual", se.fit = TRUE, reverse = FALSE),
    fit_cox(formula = Surv(time, status) ~ arm + x, data = d, weights = w, na.action = na.omit, init = c(0, 0), ties = "efron",
      robust = FALSE, model = FALSE, x = FALSE, y = TRUE, id = id, nocenter = 0, penalty = "none"),
    test_logrank(formula = Surv(time, status) ~ arm, data = d, rho = 0, weighting = "fh", na.action = na.omit),
    test_ph(fit = cox, transform = "km", terms = TRUE, singledf = FALSE, global = TRUE),
    fit_finegray(formula = Surv(time, cause) ~ arm, data = d, etype = "1", ties = "efron", weights = w),
    estimate_rmst(formula = Surv(time, status) ~ arm, data = d, tau = 5, conf.level = 0.95),
    estimate_piecewise(formula = Surv(time, status) ~ arm, data = d, cuts = 3, conf.level = 0.95),
    estimate_curves(formula = Surv(time, status) ~ arm + x, data = d, method = "gformula", times = 3),
    bootstrap_survival(formula = Surv(time, status) ~ arm, data = d, tau = 5, replicates = 2, conf.level = 0.95, seed = 1),
    landmark_cohort(data = d, at = 1, start = begun, time = time, event = status, later = "exclude"),
    match_risk_set(formula = begun ~ x, data = d, time = time, event = status, caliper = 0.2, ratio = 1, exact = NULL,
      mahvars = NULL, later = "keep"),
    clone_censor(data = d, grace = 2, formula = ~x, start = begun, time = time, event = status, truncate = 0.99),
    sequential_trials(formula = begun ~ x, data = d, every = 2, time = time, event = status, strategy = "itt", truncate = 0.99)
  )
  for (call in calls) {
    for (name in names(call)[-1]) {
      for (value in wrong) {
        bad <- call
        bad[name] <- list(value)
        found <- foreign_error(eval(bad))
        if (!is.null(found)) fail(paste0(as.character(call[[1]]), "(", name, " = ", deparse(value)[1], "): ", found))
      }
    }
    succeed()
  }
})

test_that("wrong columns are an error of ours", {
  d <- checked_data()
  with_column <- function(name, change) {
    d[[name]] <- change(d[[name]])
    d
  }
  third <- function(value) function(x) replace(x, 3, value)
  tables <- list(
    "no rows" = d[0, ], "one row" = d[1, ], "one of each arm" = d[c(which(d$arm == 1)[1], which(d$arm == 0)[1]), ],
    "matrix" = as.matrix(d[c("arm", "x", "time", "status")]), "time missing" = with_column("time", third(NA)),
    "time infinite" = with_column("time", third(Inf)), "time below 0" = with_column("time", third(-1)),
    "time as text" = with_column("time", as.character), "status missing" = with_column("status", third(NA)),
    "status 3" = with_column("status", third(3)), "status as text" = with_column("status", as.character),
    "no events" = with_column("status", function(x) 0 * x), "one arm" = with_column("arm", function(x) 0 * x),
    "arm missing" = with_column("arm", third(NA)), "three arms" = with_column("arm", third(2)),
    "arm a list" = with_column("arm", function(x) I(as.list(x))), "x missing" = with_column("x", third(NA)),
    "x infinite" = with_column("x", third(Inf)), "x constant" = with_column("x", function(x) 0 * x + 1),
    "x a list" = with_column("x", function(x) I(as.list(x))), "x complex" = with_column("x", as.complex),
    "x one level" = with_column("x", function(x) factor(rep("k", length(x)))), "x huge" = with_column("x", function(x) 1e300 * x),
    "weight below 0" = with_column("w", third(-1)), "weights 0" = with_column("w", function(x) 0 * x),
    "entry after the end" = with_column("entry", third(1e5)), "start below 0" = with_column("begun", third(-1)),
    "start after the end" = with_column("begun", third(1e6)), "nobody starts" = with_column("begun", function(x) NA * x),
    "no kind of event" = with_column("cause", function(x) factor(rep(0, length(x)), 0:2)), "id missing" = with_column("id", third(NA)),
    "ids alike" = with_column("id", function(x) 0 * x), "times tied" = with_column("time", function(x) 0 * x + 5)
  )
  calls <- alist(
    match_cohort(arm ~ x + y, d), match_cohort(arm ~ x, d, method = "full"), match_cohort(arm ~ x, d, method = "cem"),
    match_cohort(arm ~ x + y, d, distance = "mahalanobis"), match_cohort(arm ~ x, d, s.weights = "w"), assess_balance(arm ~ x + g, d),
    assess_balance(arm ~ x, d, weights = d$w), fit_propensity(arm ~ x, d), fit_km(Surv(time, status) ~ arm, d, weights = w),
    fit_km(Surv(time, cause) ~ arm, d), fit_cox(Surv(time, status) ~ arm + x, d), fit_cox(Surv(entry, time, status) ~ arm, d, weights = w),
    fit_cox(Surv(time, status) ~ arm + x, d, ties = "exact"), fit_cox(Surv(time, status) ~ ridge(x, theta = 1), d),
    test_logrank(Surv(time, status) ~ arm + strata(g), d), test_ph(fit_cox(Surv(time, status) ~ arm + x, d)),
    test_gray(Surv(time, cause) ~ arm, d), fit_finegray(Surv(time, cause) ~ arm + x, d), estimate_rmst(Surv(time, status) ~ arm, d),
    estimate_piecewise(Surv(time, status) ~ arm, d, cuts = 3), estimate_curves(Surv(time, status) ~ arm + x, d, times = 3),
    fit_rmst(Surv(time, status) ~ arm + x, d, tau = 3), bootstrap_survival(Surv(time, status) ~ arm, d, replicates = 2, seed = 1),
    run_study(as_cohort(d, id = id, treatment = arm, covariates = c(x, y), endpoints = list(os = Surv(time, status)))),
    landmark_cohort(d, 1, start = begun, time = time, event = status), split_exposure(d, start = begun, time = time, event = status),
    match_risk_set(begun ~ x, d, time = time, event = status), sequential_trials(begun ~ x, d, every = 2, time = time, event = status),
    clone_censor(d, grace = 2, formula = ~x, start = begun, time = time, event = status)
  )
  for (name in names(tables)) {
    d <- tables[[name]]
    for (call in calls) {
      found <- foreign_error(eval(call))
      if (!is.null(found)) fail(paste0(name, ", ", deparse(call)[1], ": ", found))
    }
    succeed()
  }
})

test_that("a choice is the first by default, may be abbreviated where survival allows it, and is told when it is none", {
  chosen <- function(type = c("plain", "log", "log-log"), partial = FALSE) survmatch:::pick_choice(type, partial = partial)
  expect_identical(chosen(), "plain")
  expect_identical(chosen("log"), "log")
  expect_identical(chosen("pl", partial = TRUE), "plain")
  expect_identical(chosen(NULL, partial = TRUE), "plain")
  expect_error(chosen("pl"), "It is \"pl\"", class = "survmatch_error_argument")
  expect_error(chosen(mean), "a function", class = "survmatch_error_argument")
  expect_identical(fit_cox(Surv(time, status) ~ age, survival::lung, ties = "bres")$method, "breslow")
})

test_that("a seed is a whole number", {
  expect_error(simulate_cohort(20, seed = "one"), class = "survmatch_error_seed")
  expect_error(simulate_cohort(20, seed = 1.5), class = "survmatch_error_seed")
})
