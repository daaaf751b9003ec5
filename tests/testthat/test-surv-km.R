# The fields that survival before 3.8 lacks or forms differently are compared only with the newest.
compare_km <- function(arguments, info, ...) {
  ok <- compare_with_peer(fit_km, survival::survfit, arguments, info, ...)
  if (ok) count_comparison("fit_km", peer_version("survival"))
  ok
}

random_km_arguments <- function(seed, data) {
  pick <- function(...) sample(list(...), 1)[[1]]
  arguments <- list(
    formula = pick(
      Surv(time, event) ~ 1, Surv(time, event) ~ g, Surv(time, event) ~ g + h, Surv(time, event) ~ strata(h) + g,
      Surv(time, event) ~ h
    ),
    data = quote(data),
    stype = pick(1, 1, 2), ctype = pick(1, 1, 2), conf.type = pick(
      "log", "log-log", "plain", "none", "logit", "arcsin"
    ),
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

# Without an error the limits are the estimate itself; survival before 3.8 has NA there on some scales.
survfit_with_limits <- function(...) {
  fit <- survival::survfit(...)
  if (is.null(fit$lower) || !fit$conf.type %in% c("log", "log-log", "logit")) return(fit)
  exact <- which(fit$std.err == 0)
  fit$lower[exact] <- fit$upper[exact] <- fit$surv[exact]
  fit
}

test_that("the fields that survival before 3.8 has agree with it", {
  skip_if(is_newest_survival(), "survival before 3.8")
  # 3.5-3 has no t0 or counts, forms n.id and n.enter otherwise, and gives NA where all deaths weigh nothing.
  for (seed in 1:300) {
    data <- random_survival(seed)
    data$w <- pmax(data$w, 0.1)
    arguments <- random_km_arguments(seed, data)
    arguments$data <- data
    for (name in intersect(
      c("weights", "cluster", "subset"), names(arguments)
    )) arguments[[name]] <- eval(arguments[[name]], data)
    arguments[c("start.time", "influence")] <- NULL
    ok <- compare_with_peer(fit_km, survfit_with_limits, arguments, paste("seed", seed), extra = TRUE)
    if (ok) count_comparison("fit_km", peer_version("survival"))
  }
})

# Freireich et al. (1963) Blood 21:699; survival by Kalbfleisch & Prentice (2002) Statistical Analysis of Failure Time
# Data, table 1.2 and p. 17, Greenwood's errors by Cox & Oakes (1984), p. 48.
test_that("the 6-MP trial has its published curve", {
  mp <- data.frame(
    time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35),
    event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0)
  )
  fit <- fit_km(Surv(time, event) ~ 1, data = mp)
  s <- summary(fit)
  expect_equal(s$time, c(6, 7, 10, 13, 16, 22, 23))
  expect_equal(round(s$surv, 3), c(0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448))
  expect_equal(round(s$std.err, 4), c(0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346))
  expect_equal(unname(quantile(fit, 0.5)$quantile), 23)
})

test_that("weight 2 is a row twice, and rows in any order give one curve", {
  data <- survival::lung
  twice <- fit_km(Surv(time, status) ~ sex, data = rbind(data, data))
  weighted <- fit_km(Surv(time, status) ~ sex, data = data, weights = rep(2, nrow(data)))
  expect_equal(weighted$surv, twice$surv)
  expect_equal(weighted$std.err, twice$std.err)
  shuffled <- fit_km(Surv(time, status) ~ sex, data = data[sample(nrow(data)), ])
  plain <- fit_km(Surv(time, status) ~ sex, data = data)
  expect_same_fields(shuffled, plain)
})

test_that("the linear robust variance of many clusters is that of survfit", {
  set.seed(1)
  n <- 600
  data <- data.frame(time = rexp(n), event = rbinom(n, 1, 0.6), pair = sample(300, n, TRUE), w = runif(n), start = 0)
  data$start <- data$time * runif(n)
  for (arguments in list(
    list(formula = Surv(time, event) ~ 1, weights = data$w, cluster = data$pair),
    list(formula = Surv(time, event) ~ 1, weights = data$w),
    list(formula = Surv(start, time, event) ~ 1, weights = data$w, cluster = data$pair),
    list(formula = Surv(time, event) ~ 1, cluster = data$pair, stype = 2, ctype = 2)
  )) {
    compare_km(
      c(arguments, list(data = data)), "600 rows", ignore = c("call", "n.enter"), extra = !is_newest_survival()
    )
  }
})

test_that("follow-up reversed is the curve of 1 - status", {
  ours <- fit_km(Surv(time, status) ~ sex, data = survival::lung, reverse = TRUE)
  peer <- survival::survfit(Surv(time, status == 1) ~ sex, data = survival::lung)
  expect_same_fields(ours, peer, extra = !is_newest_survival())
})

test_that("a fit made in a function, a loop or with reformulate() is a whole object", {
  inner <- function(d, terms) {
    f <- reformulate(terms, "Surv(time, status)")
    fit_km(f, data = d)
  }
  fit <- inner(survival::lung, "sex")
  expect_output(print(fit), "sex=2")
  expect_equal(formula(fit), Surv(time, status) ~ sex, ignore_attr = TRUE)
  expect_equal(eval(fit$call$formula), Surv(time, status) ~ sex, ignore_attr = TRUE)
  fits <- lapply(c("sex", "ph.ecog"), function(v) inner(survival::lung, v))
  expect_named(fits[[2]]$strata, paste0("ph.ecog=", 0:3))
  expect_s3_class(summary(fits[[1]], times = 300), "summary.survfit")
  expect_equal(fit[1]$n, unname(table(survival::lung$sex)[[1]]), ignore_attr = TRUE)
  expect_equal(with(survival::lung, fit_km(Surv(time, status) ~ 1))$n, 228)
})

test_that("tidy and glance have broom's columns and values", {
  skip_if_not_installed("broom")
  fit <- fit_km(Surv(time, status) ~ sex, data = survival::lung)
  peer <- survival::survfit(Surv(time, status) ~ sex, data = survival::lung)
  expect_equal(tidy(fit), as.data.frame(broom::tidy(peer)))
  one <- fit_km(Surv(time, status) ~ 1, data = survival::lung)
  expect_equal(
    glance(one), as.data.frame(broom::glance(survival::survfit(Surv(time, status) ~ 1, data = survival::lung)))
  )
  expect_error(glance(fit), class = "survmatch_error_glance")
})

test_that("what fit_km() does not take is refused with a class", {
  lung <- survival::lung
  expect_error(fit_km(time ~ sex, data = lung), class = "survmatch_error_response")
  expect_error(fit_km(Surv(time, time + 1, type = "interval2") ~ 1, data = lung), class = "survmatch_error_response")
  expect_error(fit_km(survival::coxph(Surv(time, status) ~ sex, data = lung)), class = "survmatch_error_formula")
  expect_error(fit_km(Surv(time, status) ~ sex * age, data = lung), class = "survmatch_error_formula")
  expect_error(fit_km(Surv(time, status) ~ nothing, data = lung), class = "survmatch_error_formula")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, weights = -time), class = "survmatch_error_weights")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, stype = 3), class = "survmatch_error_stype")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, conf.int = 2), class = "survmatch_error_conf.int")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, start.time = 1e6), class = "survmatch_error_start.time")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, timefix = NA), class = "survmatch_error_timefix")
  expect_error(suppressWarnings(fit_km(Surv(time, status) ~ 1, data = lung[0, ])), class = "survmatch_error_data")
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, etype = sex), class = "survmatch_error_etype")
  expect_warning(fit_km(Surv(time, status) ~ cluster(inst), data = lung), class = "survmatch_warning_cluster")
})
