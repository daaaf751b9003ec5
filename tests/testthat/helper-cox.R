# Random cohorts for Cox regression: ties, entry times, weights, strata (some with one row), clusters, missing values,
# redundant and nearly separating covariates.

cox_cohort <- function(seed) {
  set.seed(seed)
  n <- sample(c(12:30, 40:90, 150), 1)
  d <- data.frame(
    age = stats::rnorm(n, 60, 9), rt = stats::rbinom(n, 1, 0.4), stage = factor(sample(c("I", "II", "III"), n, TRUE)),
    grade = factor(sample(1:3, n, TRUE), ordered = TRUE), marker = round(stats::rexp(n), sample(0:2, 1)),
    centre = sample(c("a", "b", "c"), n, TRUE), pair = sample(rep_len(seq_len(ceiling(n / 2)), n)),
    hospital = sample(1:6, n, TRUE), shift = stats::rnorm(n, 0, 0.3), copy = 0
  )
  d$copy <- 2 * d$age - d$rt
  d$w <- if (stats::runif(1) < 0.5) sample(1:3, n, TRUE) else stats::runif(n, 0.2, 2)
  time <- stats::rexp(n, 0.1 * exp(0.02 * (d$age - 60) + 0.5 * d$rt))
  digits <- sample(c(-1, 0, 1, 6), 1, prob = c(1, 3, 2, 2))
  d$time <- round(pmax(time, 0.01) * if (digits < 0) 3 else 1, max(digits, 0)) + 1
  d$entry <- round(d$time * stats::runif(n, -0.2, 0.9), max(digits, 0))
  d$entry[d$entry >= d$time] <- 0
  d$status <- stats::rbinom(n, 1, sample(c(0.3, 0.6, 0.9), 1))
  d$status[1] <- 1
  if (stats::runif(1) < 0.3) d$time <- d$time + sample(c(0, 1e-10), n, TRUE)
  if (stats::runif(1) < 0.3) {
    for (column in sample(c("age", "stage", "marker", "time", "w", "pair", "centre"), 3)) {
      d[[column]][sample(n, 1)] <- NA
    }
  }
  if (stats::runif(1) < 0.2) rownames(d) <- paste0("p", sample(n))
  d
}

# A call of coxph() or fit_cox() without its head, drawn at random.
cox_request <- function(seed) {
  set.seed(seed + 50000)
  pick <- function(p) stats::runif(1) < p
  counting <- pick(0.35)
  left <- if (counting) "Surv(entry, time, status)" else "Surv(time, status)"
  terms <- sample(
    c("age", "rt", "stage", "grade", "marker", "splines::ns(age, 2)", "rt:marker", "hospital"), sample(1:3, 1)
  )
  if (pick(0.15)) terms <- c(terms, "age", "rt", "copy")
  if (pick(0.2)) terms <- c(terms, "offset(shift)")
  if (pick(0.3)) terms <- c(terms, sample(c("strata(centre)", "strata(pair)", "strata(centre, rt)"), 1))
  if (pick(0.05)) terms <- if (pick(0.5)) "1" else "offset(shift)"
  if (pick(0.06)) terms <- c("rt*strata(centre)")
  args <- list(formula = stats::as.formula(paste(left, "~", paste(terms, collapse = " + "))))
  exact <- pick(0.12)
  args$ties <- if (exact) "exact" else sample(c("efron", "breslow"), 1, prob = c(3, 1))
  if (!exact) {
    if (pick(0.4)) args$weights <- quote(w)
    if (pick(0.2)) args$cluster <- sample(c(quote(pair), quote(hospital)), 1)[[1]]
    if (pick(0.1)) args$id <- quote(seq_along(time))
    if (pick(0.15)) args$robust <- if (counting) FALSE else pick(0.7)
  }
  if (pick(0.15)) args$subset <- quote(age > 50)
  if (pick(0.2)) args$na.action <- quote(na.exclude)
  if (pick(0.08)) args$iter.max <- sample(0:3, 1)
  if (pick(0.05)) args$timefix <- FALSE
  if (pick(0.1)) args$model <- TRUE
  if (pick(0.15)) args$x <- TRUE
  if (pick(0.05)) args$nocenter <- 0
  args
}

# The value of a call and its warnings, or its error.
cox_outcome <- function(head, args, data) {
  warnings <- character()
  call <- as.call(c(head, args, list(data = quote(d))))
  env <- list2env(list(d = data), parent = globalenv())
  environment(call$formula) <- env
  value <- tryCatch(
    withCallingHandlers(eval(call, env), warning = function(w) {
      warnings <<- c(warnings, conditionMessage(w))
      invokeRestart("muffleWarning")
    }),
    error = function(e) e
  )
  list(value = value, warnings = warnings, env = env)
}
