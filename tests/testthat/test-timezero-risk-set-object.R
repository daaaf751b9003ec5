# What can be asked of the object of match_risk_set(): tables, a matchit object, the print.

transplants <- function() {
  d <- survival::jasa[survival::jasa$futime > 0, ]
  d$start <- ifelse(d$transplant == 1, d$wait.time, NA)
  d
}

test_that("the table has one row a use, counted from time zero", {
  d <- transplants()
  for (ratio in 1:2) {
    matched <- match_risk_set(start ~ age + surgery, d, time = futime, event = fustat, ratio = ratio)
    rows <- matched_data(matched)
    expect_identical(nrow(rows), nrow(matched$uses))
    expect_equal(rows$end, d$futime[matched$uses$row] - matched$uses$time_zero)
    expect_equal(rows$event, d$fustat[matched$uses$row])
    expect_true(all(rows$end > 0))
    expect_equal(as.vector(tapply(rows$treated, rows$subclass, sum)), rep(1, nlevels(rows$subclass)))
    expect_equal(sum(rows$weights[rows$treated == 0]), sum(rows$treated == 0))
  }
})

test_that("a set that is censored at its control's own treatment ends for both", {
  d <- transplants()
  keep <- match_risk_set(start ~ age, d, futime, fustat)
  cut <- match_risk_set(start ~ age, d, futime, fustat, later = "censor_pair")
  expect_identical(keep$uses, cut$uses)
  longest <- stats::ave(cut$uses$later_start, cut$uses$subclass, FUN = min)
  whole <- matched_data(keep)
  short <- matched_data(cut)
  expect_equal(short$end, pmin(whole$end, longest))
  expect_equal(short$event, whole$event * (whole$end <= longest))
  expect_true(any(short$end < whole$end))
})

test_that("MatchIt and cobalt read the matchit object", {
  skip_if_not_installed("MatchIt")
  d <- transplants()
  matched <- match_risk_set(start ~ age + surgery, d, futime, fustat, ratio = 2, caliper = 0.05)
  expect_gt(length(unique(matched$weights)), 1)
  object <- as_matchit(matched)
  expect_s3_class(object, "matchit")
  rows <- MatchIt::match_data(object)
  ours <- matched_data(matched)
  expect_equal(rows$weights, ours$weights, ignore_attr = TRUE)
  expect_equal(as.integer(rows$subclass), as.integer(ours$subclass))
  expect_identical(nrow(object$match.matrix), sum(object$treat == 1))
  # the partners that the match matrix names are of the same set
  set <- function(name) as.integer(object$subclass[name])
  for (j in seq_len(ncol(object$match.matrix))) {
    partner <- object$match.matrix[, j]
    known <- !is.na(partner)
    expect_identical(set(partner[known]), set(rownames(object$match.matrix)[known]))
  }
  skip_if_not_installed("cobalt")
  found <- cobalt::bal.tab(object, un = TRUE)$Balance["age", "Diff.Adj"]
  age <- split(ours, ours$treated)
  mean_of <- function(x) stats::weighted.mean(x$age, x$weights)
  expect_equal(found, (mean_of(age$`1`) - mean_of(age$`0`)) / stats::sd(age$`1`$age), tolerance = 1e-9)
  count_comparison("as_matchit of a risk-set match", peer_version("cobalt"))
})

test_that("the print accounts for every treated patient and says what later treatment does", {
  d <- transplants()
  matched <- match_risk_set(start ~ age, d, futime, fustat)
  n <- matched$counts
  expect_identical(sum(n[c("matched", "after_progression", "not_observed", "unmatched")]), n[["treated"]])
  expect_output(print(matched), paste0("matched: ", n[["matched"]], " of ", n[["treated"]], " treated"), fixed = TRUE)
  expect_output(print(matched), "follow-up goes on")
  expect_output(print(match_risk_set(start ~ age, d, futime, fustat, later = "censor_pair")), "whole set is censored")
})
