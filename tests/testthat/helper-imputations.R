# Tables of the same patients with a covariate imputed.
imputed_list <- function(seed, m = 4, n = 250) {
  set.seed(seed)
  x <- stats::rnorm(n)
  z <- stats::rnorm(n)
  t <- stats::rbinom(n, 1, stats::plogis(-0.8 + x))
  time <- stats::rexp(n, exp(0.4 * x + 0.3 * z - 0.3 * t))
  missing <- stats::runif(n) < 0.3
  lapply(seq_len(m), function(k) {
    data.frame(id = seq_len(n), t, x, z = ifelse(missing, stats::rnorm(n), z), time = pmin(time, 2), status = as.numeric(time < 2))
  })
}
