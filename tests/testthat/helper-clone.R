# Patients who may start a treatment late, and their clones.

clone_table <- function(seed, n = 60) {
  set.seed(seed)
  d <- data.frame(key = seq_len(n), x = stats::rnorm(n), time = stats::rexp(n, 0.08), event = stats::rbinom(n, 1, 0.7))
  wait <- stats::rexp(n, 0.12 * exp(0.5 * d$x))
  d$wait <- ifelse(wait < d$time, wait, NA)
  d$stops <- ifelse(stats::runif(n) < 0.3, d$time * stats::runif(n), NA)
  d$wait[!is.na(d$stops) & !is.na(d$wait) & d$wait >= d$stops] <- NA
  d
}

clones_of <- function(d, ...) {
  clone_censor(d, start = wait, time = time, event = event, eligible = stops, formula = ~x, ...)
}

trials_of <- function(d, ...) {
  sequential_trials(wait ~ x, d, time = time, event = event, id = key, eligible = stops, ...)
}
