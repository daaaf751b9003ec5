# A reference that looks at everybody at every time, written from the rule alone.
risk_set_by_hand <- function(d, limit, ratio, replace, caliper, strata, whitened = NULL) {
  patients <- unique(d$id)
  start <- d$start[match(patients, d$id)]
  start[is.na(start)] <- Inf
  used <- rep(FALSE, length(patients))
  covers <- function(p, t) {
    row <- which(d$id == patients[p] & d$entry < t & t <= d$stop)
    if (length(row) == 1) row else NA_integer_
  }
  pairs <- NULL
  for (t in sort(unique(start[is.finite(start)]))) {
    cases <- which(start == t & limit > t)
    case_rows <- vapply(cases, covers, 1L, t = t)
    case_rows <- case_rows[!is.na(case_rows)]
    for (row in case_rows[order(-d$score[case_rows], case_rows)]) {
      open <- which(start > t & limit > t & !used)
      control_rows <- vapply(open, covers, 1L, t = t)
      keep <- !is.na(control_rows) & strata[control_rows] == strata[row] & abs(
        d$score[control_rows] - d$score[row]
      ) <= caliper
      control_rows <- control_rows[which(keep)]
      distance <- if (is.null(whitened)) abs(d$score[control_rows] - d$score[row]) else
        sqrt(colSums((t(whitened[control_rows, , drop = FALSE]) - whitened[row, ])^2))
      chosen <- utils::head(control_rows[order(distance, control_rows)], ratio)
      if (length(chosen) == 0) next
      if (!replace) used[match(d$id[chosen], patients)] <- TRUE
      pairs <- rbind(pairs, data.frame(case = row, control = chosen))
    }
  }
  pairs
}

# One patient in `share` has several rows; times tie when `step` > 0.
timed_cohort <- function(seed, n = 25, rows = FALSE, step = 0) {
  set.seed(seed)
  tie <- function(x) if (step > 0) ceiling(x / step) * step else x
  end <- tie(stats::rexp(n, 0.1)) + (if (step > 0) 0 else 0.01)
  start <- tie(stats::rexp(n, 0.12))
  start[start > end | stats::runif(n) < 0.3] <- NA
  progression <- ifelse(stats::runif(n) < 0.5, tie(stats::runif(n) * end), NA)
  d <- data.frame(id = seq_len(n), entry = -Inf, stop = end, event = stats::rbinom(n, 1, 0.6), start, progression,
    x = stats::rnorm(n), centre = sample(c("a", "b"), n, TRUE))
  if (rows) {
    cuts <- lapply(d$stop, function(s) sort(unique(c(0, tie(stats::runif(sample(0:2, 1), 0, s)), s))))
    cuts <- lapply(cuts, function(k) k[k <= max(k)])
    times <- lengths(cuts) - 1
    d <- d[rep(seq_len(n), times), ]
    d$entry <- unlist(lapply(cuts, function(k) k[-length(k)]))
    d$stop <- unlist(lapply(cuts, function(k) k[-1]))
    last <- !duplicated(d$id, fromLast = TRUE)
    d$event <- d$event * last
    d$x <- stats::rnorm(nrow(d))
    d <- d[sample(nrow(d)), ]
    rownames(d) <- NULL
  }
  d$score <- if (step > 0) round(d$x, 1) else d$x
  d
}

limit_of <- function(d, progression) {
  patients <- unique(d$id)
  end <- vapply(patients, function(p) max(d$stop[d$id == p]), 0)
  stop_at <- d$progression[match(patients, d$id)]
  if (progression) pmin(end, ifelse(is.na(stop_at), Inf, stop_at)) else end
}

pairs_of <- function(matched) {
  uses <- matched$uses
  case <- uses$row[uses$treated == 1]
  control <- uses[uses$treated == 0, ]
  if (nrow(control) == 0) return(NULL)
  data.frame(case = case[as.integer(control$subclass)], control = control$row)
}

test_that("risk sets equal a search of everybody at every time, for each option", {
  designs <- list(
    list(ratio = 1, replace = FALSE, caliper = NULL, exact = NULL, progression = TRUE),
    list(ratio = 2, replace = FALSE, caliper = 0.8, exact = NULL, progression = TRUE),
    list(ratio = 1, replace = TRUE, caliper = 0.5, exact = "centre", progression = FALSE),
    list(ratio = 3, replace = TRUE, caliper = NULL, exact = "centre", progression = TRUE),
    list(ratio = 1, replace = FALSE, caliper = 0.3, exact = "centre", progression = FALSE)
  )
  for (seed in 1:60) {
    for (design in designs) {
      d <- timed_cohort(seed, rows = seed %% 2 == 0, step = if (seed %% 3 == 0) 1 else 0)
      arguments <- list(start ~ x, d, time = "stop", event = "event", id = "id", distance = "score",
        ratio = design$ratio,
        replace = design$replace, caliper = design$caliper, std.caliper = FALSE, exact = design$exact)
      if (seed %% 2 == 0) arguments$entry <- "entry"
      if (design$progression) arguments$eligible <- "progression"
      if (!any(is.finite(d$start))) next
      ours <- pairs_of(do.call(match_risk_set, arguments))
      strata <- if (is.null(design$exact)) rep(1, nrow(d)) else d$centre
      expected <- risk_set_by_hand(
        d, limit_of(d, design$progression), design$ratio, design$replace, design$caliper %||% Inf, strata
      )
      expect_equal(ours, expected, info = paste("seed", seed, deparse(design)), ignore_attr = TRUE)
    }
  }
})

test_that("a Mahalanobis distance within the caliper equals the search of everybody", {
  for (seed in 1:40) {
    d <- timed_cohort(seed)
    d$z <- stats::rnorm(nrow(d))
    matched <- match_risk_set(
      start ~ x, d, stop, event, distance = d$score, mahvars = ~ x + z, caliper = 1, std.caliper = FALSE
    )
    root <- solve(chol(stats::cov(d[c("x", "z")])))
    expected <- risk_set_by_hand(
      d, limit_of(d, FALSE), 1, FALSE, 1, rep(1, nrow(d)), as.matrix(d[c("x", "z")]) %*% root
    )
    expect_equal(pairs_of(matched), expected, info = paste("seed", seed), ignore_attr = TRUE)
  }
})

test_that("no control had the event, progressed, was censored or was treated at the time of the pair", {
  for (seed in 1:40) {
    d <- timed_cohort(seed, n = 80, step = if (seed %% 2) 1 else 0)
    matched <- match_risk_set(start ~ x + centre, d, stop, event, eligible = progression)
    uses <- matched$uses
    before <- function(x) is.na(x) | x > uses$time_zero
    control <- uses$treated == 0
    expect_true(all(d$stop[uses$row] > uses$time_zero), info = seed)
    expect_true(all(before(d$progression[uses$row])), info = seed)
    expect_true(all(before(d$start[uses$row])[control]), info = seed)
    expect_false(anyDuplicated(uses$id[control]) > 0)
    late <- !is.na(d$start) & !is.na(d$progression) & d$start >= d$progression
    expect_identical(matched$counts[["after_progression"]], sum(late))
    expect_identical(
      sum(matched$counts[c("after_progression", "not_observed", "unmatched", "matched")]), sum(!is.na(d$start))
    )
  }
})

test_that("the score is the linear predictor of a Cox model for treatment start among the eligible", {
  d <- timed_cohort(3, n = 120)
  matched <- match_risk_set(start ~ x + centre, d, stop, event, eligible = progression)
  gone <- pmin(d$stop, d$progression, d$start, na.rm = TRUE)
  started <- !is.na(d$start) & d$start == gone & d$start < pmin(d$stop, d$progression, na.rm = TRUE)
  peer <- survival::coxph(survival::Surv(gone, started) ~ x + centre, d)
  expect_equal(unname(stats::coef(matched$model)), unname(stats::coef(peer)), tolerance = 1e-9)
  ours <- matched$uses$distance
  theirs <- unname(peer$linear.predictors[matched$uses$row])
  expect_equal(ours - ours[1], theirs - theirs[1], tolerance = 1e-9)
})

test_that("covariates that change are read strictly before the time", {
  d <- data.frame(
    id = c(1, 2, 2, 3), entry = c(0, 0, 4, 0), stop = c(9, 4, 9, 9), event = 0, start = c(4, NA, NA, NA),
    x = c(0, 0.1, 5, 1)
  )
  matched <- match_risk_set(start ~ x, d, stop, event, id = id, entry = entry, distance = "x")
  expect_identical(matched$uses$row, 1:2)
})

test_that("everything is counted from the time of the pair", {
  d <- data.frame(stop = c(10, 12, 9), event = c(1, 1, 0), start = c(4, 6, NA), x = c(0, 0, 3))
  rows <- matched_data(match_risk_set(start ~ x, d, stop, event, distance = "x"))
  expect_identical(rows$time_zero, c(4, 4, 6, 6))
  expect_identical(rows$end, c(6, 8, 6, 3))
  expect_identical(rows$event, c(1L, 1L, 1L, 0L))
  expect_identical(rows$treated, c(1L, 0L, 1L, 0L))
  pair <- matched_data(match_risk_set(start ~ x, d, stop, event, distance = "x", later = "censor_pair"))
  expect_identical(pair$end, c(2, 2, 6, 3))
  expect_identical(pair$event, c(0L, 0L, 1L, 0L))
})

test_that("weights are those of MatchIt: 1/k, scaled to a mean of 1 over the controls", {
  d <- data.frame(stop = c(10, 10, 9, 9, 9), event = 1, start = c(4, 6, NA, NA, NA), x = c(0, 0.1, 0, 0.2, 0.3))
  uses <- match_risk_set(start ~ x, d, stop, event, distance = "x", ratio = 2, replace = FALSE)$uses
  expect_equal(uses$weights[uses$treated == 1], c(1, 1))
  expect_equal(mean(uses$weights[uses$treated == 0]), 1)
  by_set <- tapply(uses$weights * (uses$treated == 0), uses$subclass, sum)
  expect_equal(by_set[[1]], by_set[[2]])
})

test_that("what cannot be matched is refused with the argument's name", {
  d <- data.frame(stop = c(10, 12, 9), event = c(1, 1, 0), start = c(4, 6, NA), x = c(0, NA, 3), id = c(1, 1, 2))
  expect_error(match_risk_set(start ~ x, d, stop, event), class = "survmatch_error_missing")
  expect_error(match_risk_set(~x, d, stop, event), class = "survmatch_error_time_zero")
  expect_error(match_risk_set(start ~ 1, d, stop, event, id = id), "entry", class = "survmatch_error_time_zero")
  expect_error(match_risk_set(start ~ 1, d, "nowhere", event), "nowhere", class = "survmatch_error_time_zero")
  expect_error(match_risk_set(start ~ 1, transform(d, start = -1), stop, event), class = "survmatch_error_time_zero")
  expect_error(match_risk_set(start ~ 1, d, stop, event, ratio = 0), "ratio", class = "survmatch_error_time_zero")
  expect_error(
    match_risk_set(start ~ 1, transform(d, start = NA_real_), stop, event), class = "survmatch_error_time_zero"
  )
})

test_that("controls censored at their own treatment weigh 1 / P(untreated since time zero), by coxph() and survfit()", {
  for (seed in 1:20) {
    d <- clone_table(seed, n = 120)
    matched <- match_risk_set(
      wait ~ x, d, time = time, event = event, id = key, eligible = stops, later = "censor", truncate = 1, ratio = 2
    )
    rows <- matched_data(matched)
    limit <- pmin(d$time, d$stops, na.rm = TRUE)
    end <- pmin(limit, d$wait, na.rm = TRUE)
    model <- survival::coxph(survival::Surv(end, !is.na(d$wait)) ~ x, data = d, ties = "efron")
    base <- survival::survfit(model, newdata = data.frame(x = 0), stype = 2, ctype = 1)
    hazard <- function(i, t) {
      c(0, base$cumhaz)[findInterval(min(t, limit[i]), base$time) + 1] * exp(d$x[i] * stats::coef(model))
    }
    for (use in unique(rows$use)) {
      mine <- rows[rows$use == use, ]
      i <- mine$key[1]
      zero <- mine$time_zero[1]
      wait <- if (is.na(d$wait[i]) || mine$treated[1] == 1) Inf else d$wait[i]
      expect_equal(c(min(mine$start), max(mine$stop)), c(0, min(d$time[i], wait) - zero))
      expect_equal(mine$start[-1], mine$stop[-nrow(mine)])
      expect_identical(sum(mine$event), d$event[i] * (d$time[i] <= wait))
      expected <- if (mine$treated[1] == 1) 1 else matched$uses$weights[use] * exp(vapply(
        zero + mine$start, function(t) hazard(i, t + 1e-9) - hazard(i, zero), 0
      ))
      expect_equal(mine$weights, as.vector(rep_len(expected, nrow(mine))), tolerance = 1e-6)
    }
  }
  fit <- fit_km(Surv(start, stop, event) ~ treated, data = matched)
  expect_identical(sum(fit$n.id), nrow(matched$uses))
  expect_output(print(fit), "Dependent censoring")
  expect_error(test_logrank(Surv(start, stop, event) ~ treated, data = matched), class = "survmatch_error_time_zero")
  expect_error(match_risk_set(wait ~ x, d, time = time, event = event, truncate = 2), class = "survmatch_error_time_zero")
})
