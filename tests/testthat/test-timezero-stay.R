# Pieces of follow-up beside survival's survSplit(), and what weights are cut to.

test_that("follow-up is cut where survSplit() cuts it", {
  for (seed in 1:50) {
    set.seed(seed)
    n <- 30
    end <- if (seed %% 2) stats::rexp(n) + 0.01 else sample(8, n, TRUE)
    times <- sort(unique(if (seed %% 3) stats::rexp(5) else sample(7, 4)))
    from <- if (seed %% 5 == 0) end * stats::runif(n, 0, 0.9) else rep(0, n)
    ours <- survmatch:::follow_up_pieces(end, times, from)
    d <- data.frame(patient = seq_len(n), begin = from, end, event = 1)
    expected <- survival::survSplit(Surv(begin, end, event) ~ patient, d, cut = times)
    expected <- expected[order(expected$patient, expected$begin), ]
    expect_equal(ours[c("patient", "begin", "end")], expected[c("patient", "begin", "end")], ignore_attr = TRUE, info = seed)
    inside <- ours$end < ours$upto
    expect_true(all(ours$end[!inside] == ours$upto[!inside]))
    expect_true(all(ours$upto %in% c(times, Inf)))
    count_comparison("follow_up_pieces", peer_version("survival"))
  }
})

test_that("weights above the quantile of their arm are set to it, and counted", {
  rows <- data.frame(arm = rep(0:1, each = 100), weight = c(1:100, rep(2, 100)))
  cut <- survmatch:::truncate_weights(rows, 0.95)
  expect_equal(cut$rows$weight, c(pmin(1:100, 95), rep(2, 100)))
  expect_equal(cut$summary$truncated, c(5, 0))
  expect_equal(cut$summary$largest, c(100, 2))
  whole <- survmatch:::truncate_weights(rows, 1)
  expect_equal(whole$rows, rows)
  expect_equal(whole$summary$truncated, c(0, 0))
})

test_that("stabilised weights are cut on the stabilised scale and given back on the one asked for", {
  rows <- data.frame(arm = c(0, 0, 0, 0, 0, 1), weight = c(1, 2, 50, 4, 3, 1))
  marginal <- c(1, 0.5, 0.5, 0.5, 1, 1)
  stabilised <- survmatch:::truncate_stabilised(rows, marginal, list(truncate = 0.8, stabilise = TRUE))
  plain <- survmatch:::truncate_stabilised(rows, marginal, list(truncate = 0.8, stabilise = FALSE))
  expect_equal(stabilised$rows$weight, c(1, 1, 3, 2, 3, 1))
  expect_equal(plain$rows$weight, stabilised$rows$weight / marginal)
})

test_that("an endpoint in pieces is over after its time, and has its event in the piece that it ends in", {
  pieces <- data.frame(patient = c(1, 1, 1, 2), begin = c(0, 2, 4, 0), end = c(2, 4, 6, 3))
  response <- survmatch:::piece_response(list(time = c(4, 5), status = c(1, 1)), pieces)
  expect_equal(response$start, c(0, 2, NA, 0))
  expect_equal(response$stop, c(2, 4, NA, 3))
  expect_equal(response$event, c(0, 1, NA, 0))
})

test_that("weights of staying untreated are 1 over the probability of it where pieces end at every start", {
  baseline <- list(time = c(1, 2, 4), cumulative = c(0.1, 0.3, 0.6))
  model <- list(baseline = baseline, linear = log(c(1, 2)))
  line <- list(delayed = FALSE, first = 1:2, limit = c(Inf, Inf), start = c(1, 4))
  pieces <- survmatch:::follow_up_pieces(c(5, 5), baseline$time)
  survival <- exp(-c(0, baseline$cumulative)[findInterval(pieces$begin, baseline$time) + 1] * c(1, 2)[pieces$patient])
  expect_equal(survmatch:::weights_of_untreated(pieces, line, model), 1 / survival)
  expect_equal(survmatch:::update_times(line, model, 100), c(1, 4))
})

test_that("settings of weights are checked", {
  d <- data.frame(x = c(1, 2, 3, 4), stop = 2:5, event = 1, start = c(1, NA, 2, NA))
  for (share in list(0.5, 1.1, NA, "a", c(0.9, 0.95))) {
    expect_error(
      match_risk_set(start ~ x, d, stop, event, later = "censor", truncate = share), class = "survmatch_error_time_zero"
    )
  }
})
