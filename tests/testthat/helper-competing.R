# Random competing risks, and the rows that survival::finegray() makes of them.

competing_cohort <- function(seed, ties = TRUE) {
  set.seed(seed)
  n <- sample(c(15:40, 80, 200), 1)
  d <- data.frame(
    age = stats::rnorm(n, 60, 9), rt = stats::rbinom(n, 1, 0.5), stage = factor(sample(c("I", "II", "III"), n, TRUE)),
    centre = sample(c("a", "b"), n, TRUE), pair = rep_len(seq_len(ceiling(n / 2)), n), shift = stats::rnorm(n, 0, 0.2),
    key = seq_len(n)
  )
  d$w <- if (stats::runif(1) < 0.4) sample(1:3, n, TRUE) else stats::runif(n, 0.3, 2)
  time <- stats::rexp(n, 0.1 * exp(0.02 * (d$age - 60)))
  if (ties && stats::runif(1) < 0.7) time <- ceiling(time * sample(c(0.3, 1, 3), 1))
  d$time <- time
  kind <- sample(c("cens", "relapse", "death"), n, TRUE, prob = list(c(3, 3, 3), c(1, 5, 4), c(6, 2, 2))[[sample(3, 1)]])
  kind[1:3] <- c("relapse", "death", "cens")
  d$state <- factor(kind, c("cens", "relapse", "death"))
  if (stats::runif(1) < 0.3) d$age[sample(n, 1)] <- NA
  d
}

expanded <- function(d, etype, groups = FALSE) {
  formula <- if (groups) survival::Surv(time, state) ~ . + strata(grp) else survival::Surv(time, state) ~ .
  d$grp <- d$centre
  survival::finegray(formula, data = d, etype = etype, weights = w)
}
patients_at_competing_risks <- function() {
  d <- survival::mgus2
  d$time <- ifelse(d$pstat == 1, d$ptime, d$futime)
  d$state <- factor(ifelse(d$pstat == 1, 1, 2 * d$death), 0:2, c("censored", "pcm", "death"))
  d
}

# Competing risks with entry times and covariates that change, one to three rows a patient.
competing_histories <- function(seed) {
  set.seed(seed + 5e4)
  n <- sample(c(12, 30, 80, 200), 1)
  whole <- stats::runif(1) < 0.6
  stop <- if (whole) ceiling(stats::rexp(n, 0.05)) else stats::rexp(n, 0.1)
  entry <- stop * stats::runif(n, 0, 0.6) * stats::rbinom(n, 1, sample(c(0, 0.4, 1), 1))
  if (whole) entry <- floor(entry)
  kind <- sample(c("cens", "relapse", "death"), n, TRUE, prob = list(c(3, 3, 3), c(1, 4, 3), c(5, 2, 2))[[sample(3, 1)]])
  d <- do.call(rbind, lapply(seq_len(n), function(i) {
    cuts <- entry[i] + (stop[i] - entry[i]) * sort(stats::runif(sample(0:2, 1)))
    if (whole) cuts <- setdiff(unique(round(cuts)), c(entry[i], stop[i]))
    times <- c(entry[i], cuts, stop[i])
    m <- length(times) - 1
    data.frame(
      id = i, start = times[seq_len(m)], stop = times[-1], kind = c(rep("cens", m - 1), kind[i]), age = stats::rnorm(m),
      rt = stats::rbinom(m, 1, 0.5), w = stats::runif(1, 0.3, 2), centre = sample(c("a", "b"), 1)
    )
  }))
  d$state <- factor(d$kind, c("cens", "relapse", "death"))
  d$grp <- d$centre
  d$row <- seq_len(nrow(d))
  d
}
