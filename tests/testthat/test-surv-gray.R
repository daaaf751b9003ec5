# Gray's test against the tests of cmprsk::cuminc(), and its size by simulation.

gray_cohort <- function(seed) {
  set.seed(seed)
  n <- sample(c(12:40, 100, 250), 1)
  k <- sample(2:4, 1)
  time <- stats::rexp(n)
  if (stats::runif(1) < 0.6) time <- ceiling(time * sample(c(2, 5, 10), 1))
  d <- data.frame(
    time = time, group = factor(sample(letters[seq_len(k)], n, TRUE), letters[seq_len(k)]),
    centre = sample(c("x", "y", "z"), n, TRUE),
    kind = sample(0:2, n, TRUE, prob = list(c(1, 1, 1), c(1, 6, 3), c(8, 2, 2))[[sample(3, 1)]])
  )
  d$kind[1:2] <- 1:2
  d$state <- factor(d$kind, 0:2, c("cens", "relapse", "death"))
  d
}

test_that("test_gray() has the statistics of cmprsk::cuminc(), with groups, strata, ties and rho", {
  skip_if_not_installed("cmprsk")
  compared <- 0
  for (seed in 1:400) {
    d <- gray_cohort(seed)
    rho <- sample(c(0, 1, 0.5), 1, prob = c(3, 1, 1))
    stratified <- seed %% 2 == 0
    strata <- if (stratified) d$centre else rep(1, nrow(d))
    peer <- tryCatch(cmprsk::cuminc(d$time, d$kind, d$group, strata, rho)$Tests, error = function(e) NULL)
    mine <- if (stratified) {
      test_gray(Surv(time, state) ~ group + strata(centre), data = d, rho = rho)
    } else {
      test_gray(Surv(time, state) ~ group, data = d, rho = rho)
    }
    if (is.null(peer) || nrow(peer) != 2 || anyNA(peer) || nlevels(droplevels(d$group)) != nlevels(d$group)) next
    singular <- peer[, "stat"] < 0 # a statistic of -1 stands for none
    expect_equal(
      mine$tests$statistic, unname(ifelse(singular, NA_real_, peer[, "stat"])), tolerance = 1e-8, info = paste("seed", seed)
    )
    expect_equal(mine$tests$p.value, unname(ifelse(singular, NA_real_, peer[, "pv"])), tolerance = 1e-8)
    expect_equal(mine$tests$df, as.integer(unname(peer[, "df"])))
    compared <- compared + 2
  }
  expect_gt(compared, 400)
  count_comparison("test_gray", paste("cmprsk", utils::packageVersion("cmprsk")), compared)
})

test_that("one kind can be asked for, and what is not compared is refused", {
  d <- gray_cohort(3)
  all <- test_gray(Surv(time, state) ~ group, data = d)
  one <- test_gray(Surv(time, state) ~ group, data = d, etype = "death")
  expect_equal(tidy(one)$statistic, tidy(all)$statistic[2])
  expect_output(print(all), "relapse")
  expect_error(test_gray(Surv(time, state) ~ group, data = d, etype = "cure"), class = "survmatch_error_etype")
  expect_error(test_gray(Surv(time, kind == 1) ~ group, data = d), class = "survmatch_error_response")
  expect_error(test_gray(Surv(time, state) ~ 1, data = d), class = "survmatch_error_groups")
  expect_error(test_gray(Surv(time / 2, time, state) ~ group, data = d), class = "survmatch_error_unsupported")
})
