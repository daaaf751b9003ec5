# The fields that survival before 3.8 lacks or forms differently are compared only with the newest.
compare_km <- function(arguments, info, ...) {
  ok <- compare_with_peer(fit_km, survival::survfit, arguments, info, ...)
  if (ok) count_comparison("fit_km", peer_version("survival"))
  ok
}

random_km_arguments <- function(seed, data) {
  pick <- function(...) sample(list(...), 1)[[1]]
  arguments <- list(
    formula = pick(Surv(time, event) ~ 1, Surv(time, event) ~ g, Surv(time, event) ~ g + h, Surv(time, event) ~ strata(h) + g, Surv(time, event) ~ h),
    data = quote(data),
    stype = pick(1, 1, 2), ctype = pick(1, 1, 2), conf.type = pick("log", "log-log", "plain", "none", "logit", "arcsin"),
    conf.int = pick(0.95, 0.95, 0.8), conf.lower = pick("usual", "usual", "usual", "peto", "modified")
  )
  if (seed %% 2 == 0) arguments$weights <- quote(w)
  if (seed %% 3 == 0) arguments$cluster <- quote(pair)
  if (seed %% 7 == 0) arguments$robust <- pick(TRUE, FALSE)
  if (seed %% 13 == 0) arguments$start.time <- pick(0.5, 1, 2)
  if (seed %% 17 == 0) arguments$timefix <- FALSE
  if (seed %% 19 == 0) arguments$subset <- quote(h == 1)
  if (seed %% 23 == 0) arguments$se.fit <- FALSE
  if (seed %% 29 == 0) arguments$influence <- pick(TRUE, 1, 2, 3)
  if (seed %% 31 == 0) arguments$na.action <- stats::na.exclude
  arguments
}

test_that("random right-censored cohorts give survfit's object, field by field", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:500) {
    data <- random_survival(seed)
    arguments <- random_km_arguments(seed, data)
    arguments$data <- data
    for (name in intersect(c("weights", "cluster", "subset"), names(arguments))) {
      arguments[[name]] <- eval(arguments[[name]], data)
    }
    compare_km(arguments, paste("seed", seed))
  }
})

test_that("random intervals with entry, subjects and clusters give survfit's object", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:400) {
    data <- random_intervals(seed)
    arguments <- list(
      formula = if (seed %% 2) Surv(start, stop, event) ~ 1 else Surv(start, stop, event) ~ g, data = data,
      stype = 1 + seed %% 3 %/% 2, ctype = 1 + seed %% 5 %/% 4, entry = seed %% 4 < 2
    )
    if (seed %% 3) arguments$id <- data$id
    if (seed %% 4 == 1) arguments$weights <- data$w
    if (seed %% 5 == 1) arguments$cluster <- data$pair
    if (seed %% 11 == 1) arguments$start.time <- 3
    if (seed %% 13 == 1) arguments$influence <- TRUE
    compare_km(arguments, paste("seed", seed))
  }
})
