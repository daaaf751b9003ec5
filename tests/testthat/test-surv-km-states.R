# Where survfit() 3.8 is not the measure: with `start.time` it keeps the clusters of rows that it left out, and takes
# the influence of the starting probabilities from the wrong rows when there are several curves; it stops when nobody
# has an event; it never sets the standard error of the hazard at the times that `entry = TRUE` adds, nor before the first
# event where subjects begin in different states.
compare_states <- function(arguments, info) {
  if (!is.null(arguments$start.time)) {
    arguments$cluster <- NULL
    arguments$formula[[3]] <- 1
  }
  status <- as.integer(arguments$data$event)[!is.na(
    arguments$data[[if (is.null(arguments$data$time)) "stop" else "time"]]
  )]
  if (all(status == 1)) return(FALSE)
  ok <- compare_with_peer(
    fit_km, survival::survfit, arguments, info, ignore = c("call", if (isTRUE(arguments$entry) || !is.null(arguments$istate)) "std.chaz")
  )
  if (ok) count_comparison("fit_km states", peer_version("survival"))
  ok
}

random_risks <- function(seed) {
  set.seed(seed)
  n <- sample(c(2, 5, 15, 40), 1)
  data <- data.frame(
    time = if (seed %% 2) sample(1:9, n, TRUE) else rexp(n), event = factor(
      sample(0:2, n, TRUE), 0:2, c("none", "relapse", "death")
    ),
    g = sample(c("a", "b"), n, TRUE), w = sample(
      list(runif(n), sample(1:3, n, TRUE)), 1
    )[[1]], pair = sample(n %/% 2 + 1, n, TRUE)
  )
  if (seed %% 7 == 0) data$time <- data$time - 2
  if (seed %% 5 == 0) data$time[1] <- NA
  data
}

# Illness and death: subjects move between states, rest between rows, or are censored in the middle.
random_states <- function(seed) {
  set.seed(seed)
  one <- function(id) {
    cuts <- sort(sample(0:10, sample(2:4, 1)))
    if (seed %% 3 == 0) cuts[1] <- 0
    cuts <- unique(cuts)
    m <- length(cuts) - 1
    to <- sample(c("none", "ill", "well", "dead"), m, TRUE, c(3, 2, 1, 1))
    dead <- match("dead", to)
    if (!is.na(dead)) {
      to <- to[seq_len(dead)]
      m <- dead
    }
    data.frame(
      id, start = cuts[seq_len(m)], stop = cuts[seq_len(m) + 1], event = to, g = sample(c("a", "b"), 1), w = runif(m),
      pair = id %/% 2
    )
  }
  data <- do.call(rbind, lapply(seq_len(sample(c(3, 10, 25), 1)), one))
  data$event <- factor(data$event, c("none", "ill", "well", "dead"))
  data
}

test_that("random competing risks give survfit's object, field by field", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:300) {
    data <- random_risks(seed)
    arguments <- list(
      formula = if (seed %% 3) Surv(time, event) ~ 1 else Surv(time, event) ~ g, data = data,
      conf.type = c("log", "log-log", "plain", "none")[1 + seed %% 4]
    )
    if (seed %% 4 < 2) arguments$weights <- data$w
    if (seed %% 5 < 2) arguments$cluster <- data$pair
    if (seed %% 11 == 0) arguments$time0 <- TRUE
    if (seed %% 13 == 0) arguments$influence <- TRUE
    if (seed %% 17 == 0) arguments$start.time <- 2
    if (seed %% 19 == 0) arguments$se.fit <- FALSE
    if (seed %% 23 == 0) arguments$p0 <- c(0.5, 0.25, 0.25)
    compare_states(arguments, paste("seed", seed))
  }
})

test_that("random multi-state histories give survfit's object", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:300) {
    data <- random_states(seed)
    arguments <- list(
      formula = if (seed %% 3) Surv(start, stop, event) ~ 1 else Surv(start, stop, event) ~ g, data = data, id = data$id
    )
    if (seed %% 4 < 2) arguments$weights <- data$w
    if (seed %% 5 < 2) arguments$cluster <- data$pair
    if (seed %% 2) arguments$entry <- TRUE
    if (seed %% 11 == 0) arguments$time0 <- TRUE
    if (seed %% 13 == 0) arguments$influence <- TRUE
    if (seed %% 17 == 0) arguments$start.time <- 2
    compare_states(arguments, paste("seed", seed))
  }
})

test_that("subjects that begin in different states give survfit's object", {
  skip_if_not(is_newest_survival(), "survival 3.8")
  for (seed in 1:300) {
    data <- random_states(seed)
    data <- data[order(data$g), ] # see above: rows of several curves
    first <- sample(c("entry", "well"), max(data$id), TRUE)
    before <- c(NA, as.character(data$event)[-nrow(data)])
    starts <- !duplicated(data$id)
    data$state <- ifelse(starts, first[data$id], before)
    for (i in seq_len(nrow(data))) {
      if (!starts[i] && before[i] == "none") data$state[i] <- data$state[i - 1]
    }
    arguments <- list(
      formula = if (seed %% 3) Surv(start, stop, event) ~ 1 else Surv(start, stop, event) ~ g, data = data, id = data$id,
      istate = data$state
    )
    if (seed %% 4 == 0) arguments$weights <- data$w
    if (seed %% 7 == 0) arguments$p0 <- c(0.4, 0.2, 0.3, 0.1)
    if (seed %% 11 == 0) arguments$time0 <- TRUE
    compare_states(arguments, paste("seed", seed))
  }
  succeed()
})

test_that("histories that contradict themselves are refused where survfit refuses them", {
  data <- data.frame(id = c(1, 1, 1, 2, 2), start = c(0, 2, 4, 0, 3), stop = c(2, 4, 6, 3, 5), to = c(1, 0, 2, 0, 1))
  data$event <- factor(data$to, 0:2, c("none", "ill", "dead"))
  fit <- function(fun, data) fun(Surv(start, stop, event) ~ 1, data, id = data$id, istate = data$state)
  follows <- c("well", "ill", "ill", "well", "well")
  for (row in 0:5) { # each row in turn begins elsewhere, the last of a subject included
    data$state <- replace(follows, row, "dead")
    refused <- inherits(try(fit(survival::survfit, data), silent = TRUE), "try-error")
    expect_identical(refused, row > 1)
    if (refused) {
      expect_error(fit(fit_km, data), "follow each other", class = "survmatch_error")
    } else {
      expect_no_error(fit(fit_km, data))
    }
  }
})

test_that("errors are exactly zero where everybody or nobody is in a state, also of many rows that enter late", {
  set.seed(40)
  data <- data.frame(stop = rexp(1500), event = factor(sample(1:2, 1500, TRUE), 0:2), id = seq_len(1500))
  data$start <- data$stop * runif(1500) * 0.5
  first <- which.min(data$stop)
  data$start[-first] <- pmax(data$start[-first], data$stop[first]) # the first is alone and has an event
  data <- data[data$start < data$stop, ]
  arguments <- list(formula = Surv(start, stop, event) ~ 1, data = data, id = data$id)
  if (is_newest_survival()) compare_states(arguments, "alone")
  expect_true(all(do.call(fit_km, arguments)$std.err == 0))
})
