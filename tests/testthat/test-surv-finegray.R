# Fine-Gray fits against coxph() on the expanded data of survival::finegray(), with a row's patient as cluster, and
# against cmprsk::crr(). With groups of the censoring finegray() gives weights that only a model stratified on them can
# use, and case weights of other rows (`user.weights` is not subset), so those are compared without weights.

finegray_request <- function(seed) {
  set.seed(seed + 7e4)
  pick <- function(p) stats::runif(1) < p
  terms <- sample(c("age", "rt", "stage", "rt:age"), sample(1:3, 1))
  if (pick(0.3)) terms <- c(terms, "offset(shift)")
  if (pick(0.3)) terms <- c(terms, "strata(centre)")
  list(
    terms = terms, ties = if (pick(0.5)) "efron" else "breslow", etype = sample(c("relapse", "death"), 1),
    weighted = pick(0.5), groups = pick(0.3), paired = pick(0.3)
  )
}

test_that("fit_finegray() is coxph() on finegray() data, clustered on the patient", {
  compared <- 0
  for (seed in 1:300) {
    d <- competing_cohort(seed)
    ask <- finegray_request(seed)
    if (ask$groups) ask$terms <- union(ask$terms, "strata(centre)")
    ask$weighted <- ask$weighted && !ask$groups
    if (!ask$weighted) d$w <- 1
    d$who <- if (ask$paired) d$pair else d$key
    wide <- d[stats::complete.cases(d), ]
    fg <- expanded(wide, ask$etype, ask$groups)
    right <- paste(ask$terms, collapse = " + ")
    quiet <- function(expr) suppressWarnings(tryCatch(expr, error = function(e) NULL))
    peer <- quiet(survival::coxph(
      stats::as.formula(paste("survival::Surv(fgstart, fgstop, fgstatus) ~", right)), fg, weights = fgwt,
      cluster = who, ties = ask$ties, x = TRUE
    ))
    given <- list(
      formula = stats::as.formula(paste("Surv(time, state) ~", right)), data = wide, etype = ask$etype, ties = ask$ties,
      cluster = quote(who)
    )
    if (ask$weighted) given$weights <- quote(w)
    if (ask$groups) given$censoring <- quote(centre)
    mine <- quiet(do.call(fit_finegray, given))
    if (is.null(peer) || any(diag(peer$naive.var) > 100)) next
    info <- paste("seed", seed)
    expect_equal(stats::coef(mine), stats::coef(peer), tolerance = 1e-8, info = info)
    expect_equal(mine$var, peer$var, tolerance = 1e-7, info = info)
    expect_equal(mine$naive.var, peer$naive.var, tolerance = 1e-7, info = info)
    expect_equal(mine$loglik, peer$loglik, tolerance = 1e-9, info = info)
    expect_equal(mine$score, peer$score, tolerance = 1e-7, info = info)
    per_patient <- rowsum(stats::residuals(peer, "martingale") * fg$fgwt, fg$key)
    if (!ask$weighted) expect_equal(
      unname(mine$residuals), unname(per_patient[as.character(wide$key), ]), tolerance = 1e-7, info = info
    )
    compared <- compared + 1
  }
  expect_gt(compared, 20)
  count_comparison("fit_finegray", paste("survival", utils::packageVersion("survival")), compared)
})

test_that("fit_finegray(known_censoring = FALSE) has the variance of cmprsk::crr()", {
  skip_if_not_installed("cmprsk")
  for (seed in 1:60) {
    d <- competing_cohort(seed, ties = FALSE)
    d <- d[stats::complete.cases(d), ]
    peer <- cmprsk::crr(d$time, as.integer(d$state) - 1, cbind(d$age, d$rt), gtol = 1e-12, maxiter = 50)
    if (!peer$converged || any(abs(peer$coef) > 8)) next
    mine <- fit_finegray(Surv(time, state) ~ age + rt, data = d, ties = "breslow", known_censoring = FALSE)
    expect_equal(unname(stats::coef(mine)), unname(peer$coef), tolerance = 1e-6)
    expect_equal(unname(mine$var), unname(peer$var), tolerance = 1e-6, info = paste("seed", seed))
    count_comparison("fit_finegray", paste("cmprsk", utils::packageVersion("cmprsk")))
    peer <- cmprsk::crr(
      d$time, as.integer(d$state) - 1, cbind(d$age, d$rt), cengroup = d$centre, variance = FALSE, gtol = 1e-12
    )
    mine <- fit_finegray(Surv(time, state) ~ age + rt, data = d, ties = "breslow", censoring = centre)
    if (peer$converged && all(abs(peer$coef) < 8)) expect_equal(
      unname(stats::coef(mine)), unname(peer$coef), tolerance = 1e-6
    )
  }
})

# The score of a Fine-Gray model in which row i counts `count[i]` times, in the censoring curves too. These move from their
# product-limit estimates by the change of the cumulative hazard, as in Fine and Gray's formula.
weighted_score <- function(count, d, beta, groups) {
  before <- function(t, g) {
    censored <- sort(unique(d$time[d$kind == 0 & groups == g & d$time < t]))
    hazard <- function(count, c) {
      sum(count[groups == g & d$kind == 0 & d$time == c]) / sum(count[groups == g & d$time >= c])
    }
    now <- vapply(censored, hazard, 0, count = count)
    plain <- vapply(censored, hazard, 0, count = rep(1, nrow(d)))
    prod(1 - plain) * exp(-sum(now - plain))
  }
  x <- cbind(d$age, d$rt)
  risk <- exp(drop(x %*% beta))
  score <- c(0, 0)
  for (i in which(d$kind == 1)) {
    t <- d$time[i]
    share <- vapply(seq_along(count), function(j) {
      if (d$time[j] >= t) return(1)
      if (d$kind[j] != 2 || t > max(d$time[groups == groups[j]])) return(0)
      before(t, groups[j]) / before(d$time[j], groups[j])
    }, 0)
    w <- count * share * risk
    score <- score + count[i] * (x[i, ] - colSums(w * x) / sum(w))
  }
  score
}

test_that("the term for the censoring is the derivative of the score by a patient's count, with groups of it too", {
  for (seed in c(3, 7, 8)) {
    d <- competing_cohort(seed, ties = FALSE)
    d <- d[stats::complete.cases(d), ][1:20, ]
    d <- d[!is.na(d$age), ]
    d$kind <- as.integer(d$state) - 1
    fit <- fit_finegray(
      Surv(time, state) ~ age + rt, data = d, ties = "breslow", censoring = centre, known_censoring = FALSE
    )
    n <- nrow(d)
    influence <- t(vapply(seq_len(n), function(i) {
      shifted <- function(by) weighted_score(replace(rep(1, n), i, 1 + by), d, stats::coef(fit), d$centre)
      (shifted(1e-5) - shifted(-1e-5)) / 2e-5
    }, c(0, 0)))
    expect_equal(unname(fit$var), fit$naive.var %*% crossprod(influence) %*% fit$naive.var, tolerance = 1e-5)
  }
})

test_that("score residuals are those of the expanded data, summed by patient", {
  d <- stats::na.omit(competing_cohort(11))
  d$w <- 1
  fg <- expanded(d, "relapse")
  peer <- survival::coxph(survival::Surv(fgstart, fgstop, fgstatus) ~ age + rt, fg, weights = fgwt)
  mine <- fit_finegray(Surv(time, state) ~ age + rt, data = d)
  each <- rowsum(stats::residuals(peer, "score", weighted = TRUE), fg$key)
  expect_equal(unname(stats::residuals(mine, "score")), unname(each[as.character(d$key), ]), tolerance = 1e-7)
})

test_that("a matched cohort gives its weights and sets", {
  d <- simulate_cohort(150, seed = 4)
  d$state <- factor(ifelse(d$pfs_event == 0, 0, 1 + (d$pfs_time == d$os_time)), 0:2, c("cens", "progression", "death"))
  matched <- match_cohort(rt ~ age + male, data = d, method = "nearest")
  fit <- fit_finegray(Surv(pfs_time, state) ~ rt, data = matched)
  rows <- matched_data(matched)
  byhand <- fit_finegray(Surv(pfs_time, state) ~ rt, data = rows, cluster = subclass)
  expect_equal(fit$var, byhand$var)
  expect_output(print(fit), "clustered on the matched set")
})

test_that("what it does not do is refused with a sentence", {
  d <- competing_cohort(2)
  expect_error(fit_finegray(Surv(time, state == "death") ~ age, data = d), class = "survmatch_error_response")
  expect_error(fit_finegray(Surv(time, state) ~ age, data = d, etype = "cure"), class = "survmatch_error_etype")
  fit <- fit_finegray(Surv(time, state) ~ age + strata(centre), data = d)
  expect_error(predict(fit), class = "survmatch_error_newdata")
  expect_error(survival::survfit(fit), class = "survmatch_error_unsupported")
  expect_error(test_ph(fit), class = "survmatch_error_ph")
  expect_output(print(fit), "other events")
})

test_that("with entry times and several rows a patient it is coxph() on finegray() data", {
  quiet <- function(expr) suppressWarnings(tryCatch(expr, error = function(e) NULL))
  compared <- 0
  for (seed in 1:200) {
    d <- competing_histories(seed)
    groups <- seed %% 4 == 0
    weighted <- !groups && seed %% 3 == 0
    if (!weighted) d$w <- 1
    ties <- if (seed %% 2) "efron" else "breslow"
    right <- c("age", "age + rt", "rt + strata(centre)", "age + strata(centre)")[1 + seed %% 4 * (seed %% 5 > 0)]
    if (groups) right <- "age + strata(centre)"
    fg <- quiet(survival::finegray(
      if (groups) Surv(start, stop, state) ~ . + strata(grp) else Surv(start, stop, state) ~ ., d, etype = "relapse",
      id = id, weights = w
    ))
    peer <- quiet(survival::coxph(
      stats::as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", right)), fg, weights = fgwt, cluster = id, ties = ties
    ))
    given <- list(
      formula = stats::as.formula(paste("Surv(start, stop, state) ~", right)), data = d, etype = "relapse", ties = ties,
      id = quote(id), weights = quote(w)
    )
    if (groups) given$censoring <- quote(centre)
    mine <- quiet(do.call(fit_finegray, given))
    if (is.null(peer) || is.null(mine) || any(diag(peer$naive.var) > 100)) next
    info <- paste("seed", seed)
    expect_equal(stats::coef(mine), stats::coef(peer), tolerance = 1e-8, info = info)
    for (field in c("var", "naive.var", "loglik", "score")) {
      expect_equal(mine[[field]], peer[[field]], tolerance = 1e-7, info = paste(info, field))
    }
    if (!weighted) {
      by_row <- rowsum(stats::residuals(peer, "martingale") * fg$fgwt, fg$row)
      expect_equal(unname(mine$residuals)[as.integer(rownames(by_row))], unname(by_row[, 1]), tolerance = 1e-7, info = info)
    }
    compared <- compared + 1
  }
  expect_gt(compared, 120)
  count_comparison("fit_finegray with entry", paste("survival", utils::packageVersion("survival")), compared)
})

test_that("the order of rows does not matter, and rows that do not follow each other are refused", {
  d <- competing_histories(7)
  fit <- function(d, ...) fit_finegray(Surv(start, stop, state) ~ age, d, id = id, etype = "relapse", ...)
  expect_equal(stats::coef(fit(d[rev(d$row), ])), stats::coef(fit(d)), tolerance = 1e-12)
  expect_error(
    fit_finegray(Surv(start, stop, state) ~ age, d, etype = "relapse"), "Give `id`", class = "survmatch_error_id"
  )
  expect_error(fit(d, known_censoring = FALSE), class = "survmatch_error_unsupported")
  several <- which(d$id == d$id[duplicated(d$id)][1])
  gap <- replace(d, "start", replace(d$start, several[2], (d$start + d$stop)[several[2]] / 2))
  expect_error(fit(gap), "1 row is not followed at once", class = "survmatch_error_id")
  early <- replace(d, "state", replace(d$state, several[1], "death"))
  expect_error(fit(early), "1 row has an event before", class = "survmatch_error_id")
  alone <- data.frame(
    id = 1:7, start = c(0, 2, 2, 2, 2, 3, 3), stop = c(1, 4, 5, 6, 7, 8, 9), state = factor(c(2, 1, 2, 1, 0, 1, 1), 0:2), age = 1:7
  )
  expect_error(fit_finegray(Surv(start, stop, state) ~ age, alone, id = id), "not known", class = "survmatch_error_entry")
})
