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
