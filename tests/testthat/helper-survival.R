# Seeded random cohorts for the survival verbs: ties, days, times a rounding error apart, entry, weights, clusters, NA,
# levels without anybody, curves of one row.

random_survival <- function(seed) {
  set.seed(seed)
  n <- sample(c(1:6, 10, 20, 40, 60), 1)
  if (n < 4 && seed %% 7 > 0) n <- n + 15
  time <- switch(sample(4, 1), stats::rexp(n), sample(1:8, n, TRUE), round(stats::rexp(n, 0.1)), sample(1:3, n, TRUE) / 10)
  if (seed %% 5 == 0) time <- time + sample(c(0, 1e-9, -1e-9, 2e-10), n, TRUE)
  if (seed %% 11 == 0) time <- time - 1
  data <- data.frame(
    time, event = stats::rbinom(n, 1, sample(c(0, 0.3, 0.6, 1), 1, prob = c(1, 4, 4, 1))),
    g = factor(sample(c("a", "b", "c"), n, TRUE), levels = c("empty", "a", "b", "c")),
    h = sample(0:1, n, TRUE), pair = sample(max(1, n %/% 2), n, TRUE),
    w = sample(list(rep(1, n), stats::runif(n), sample(0:3, n, TRUE), round(stats::runif(n), 1)), 1)[[1]]
  )
  data$start <- data$time - sample(list(stats::rexp(n), sample(1:4, n, TRUE)), 1)[[1]]
  if (seed %% 3 == 0) data$time[sample(n, 1)] <- NA
  if (seed %% 4 == 0) data$g[sample(n, 1)] <- NA
  data
}

# Several rows a subject: chains without a gap, with a gap, events in the middle.
random_intervals <- function(seed) {
  set.seed(seed)
  subjects <- sample(c(2, 8, 20), 1)
  one <- function(id) {
    cuts <- sort(sample(0:12, sample(2:5, 1)))
    m <- length(cuts) - 1
    rows <- data.frame(
      id, start = cuts[-(m + 1)], stop = cuts[-1], event = stats::rbinom(m, 1, 0.4), g = sample(c("a", "b"), 1),
      w = sample(c(1, 2, 0.5, 0.3), 1), pair = id %/% 2
    )
    if (m > 1 && stats::runif(1) < 0.3) rows <- rows[-sample(m, 1), ]
    if (stats::runif(1) < 0.2) rows$w <- stats::runif(nrow(rows))
    rows
  }
  data <- do.call(rbind, lapply(seq_len(subjects), one))
  data[sample(nrow(data)), ]
}

# Calls both verbs with the same arguments. Where the peer fails ours must fail with a class of ours, else the fields
# must agree. Returns TRUE when objects were compared.
compare_with_peer <- function(ours, peer, arguments, info, ignore = "call", ...) {
  b <- tryCatch(suppressWarnings(do.call(peer, arguments)), error = identity)
  a <- tryCatch(suppressWarnings(suppressMessages(do.call(ours, arguments))), error = identity)
  if (inherits(b, "error")) {
    testthat::expect(
      inherits(a, "survmatch_error"), paste0("[", info, "] the peer stops (", conditionMessage(b), "), ours does not")
    )
    return(FALSE)
  }
  if (inherits(a, "error")) {
    testthat::fail(paste0("[", info, "] ours stops: ", cli::ansi_strip(conditionMessage(a))))
    return(FALSE)
  }
  # ifelse() on nothing but NA gives the peer logical limits.
  for (name in intersect(c("lower", "upper"), names(b))) storage.mode(b[[name]]) <- "double"
  # The multi-state code of the peer never sets the error of a hazard that is still 0.
  if (!is.null(b$pstate) && !is.null(b$std.chaz)) b$std.chaz[b$cumhaz == 0] <- 0
  expect_same_fields(a, b, ignore = ignore, info = info, ...)
  TRUE
}
