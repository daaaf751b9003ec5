named_tables <- function() {
  set.seed(3)
  n <- 80
  d <- data.frame(x = stats::rnorm(n), t = rep(c(1, 0, 0, 0), 20), day = stats::rexp(n), event = 1)
  list(
    automatic = d, subset = d[sample(n, 60), ], text = `row.names<-`(d, paste0("patient ", sample(n))),
    negative = `row.names<-`(d, as.integer(sample(n) - 40L))
  )
}

test_that("names are those of MatchIt's object, whatever the row names are", {
  skip_if_not_installed("MatchIt")
  tables <- named_tables()
  for (name in names(tables)) {
    d <- tables[[name]]
    for (ratio in 1:2) {
      ours <- match_cohort(t ~ x, d, distance = d$x, ratio = ratio, caliper = 0.3)
      peer <- MatchIt::matchit(t ~ x, d, distance = d$x, ratio = ratio, caliper = 0.3)
      expect_identical(ours$match.matrix, peer$match.matrix, info = name)
      for (part in c("weights", "subclass", "distance", "treat", "discarded")) {
        expect_identical(names(ours[[part]]), names(peer[[part]]), info = paste(name, part))
      }
      expect_equal(ours$weights, peer$weights)
      count_comparison("names of a match", peer_version("MatchIt"), 7)
    }
  }
})

test_that("an object that was written and read again is the same", {
  d <- named_tables()$automatic
  matched <- match_cohort(t ~ x, d, distance = d$x)
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(matched, file)
  again <- readRDS(file)
  expect_identical(again$match.matrix, matched$match.matrix)
  expect_identical(again$weights, matched$weights)
  expect_identical(matched_data(again), matched_data(matched))
})

test_that("matched rows are MatchIt's", {
  skip_if_not_installed("MatchIt")
  d <- named_tables()$text
  d$w <- stats::runif(80, 0.5, 2)
  matched <- match_cohort(t ~ x, d, distance = d$x, caliper = 0.5, s.weights = "w")
  for (arguments in list(
    list(), list(group = "treated"), list(group = "control"), list(drop.unmatched = FALSE), list(include.s.weights = FALSE),
    list(distance = "score", weights = "mw", subclass = "pair")
  )) {
    ours <- do.call(matched_data, c(list(matched), arguments))
    peer <- do.call(MatchIt::match_data, c(list(matched), arguments))
    expect_equal(as.list(ours), as.list(peer), ignore_attr = TRUE)
    expect_identical(row.names(ours), row.names(peer))
    count_comparison("matched_data", peer_version("MatchIt"), 2)
  }
  other <- data.frame(z = 1:80)
  expect_identical(matched_data(matched, data = other)$z, which(unname(matched$weights > 0)))
})

test_that("added columns need names of their own, and data the same rows", {
  d <- named_tables()$automatic
  matched <- match_cohort(t ~ x, d, distance = d$x)
  expect_error(matched_data(matched, weights = "day"), "day", class = "survmatch_error_match")
  expect_error(matched_data(matched, data = d[-1, ]), "79; 80", class = "survmatch_error_match")
  expect_error(matched_data(matched, group = "both"))
})

test_that("print says what was done and who is lost", {
  d <- named_tables()$automatic
  matched <- match_cohort(t ~ x, d, distance = d$x, caliper = 0.05)
  lost <- sum(d$t == 1) - sum(!is.na(matched$match.matrix))
  expect_gt(lost, 0)
  expect_output(print(matched), paste("not ATT:", lost, "of 20 have none"))
  expect_output(print(matched), "nearest neighbour matching without replacement")
  expect_output(print(matched), "given score")
  expect_output(print(match_cohort(t ~ x, d, method = "full")), "optimal full matching")
})

test_that("nobody with a partner is an error that says so", {
  d <- data.frame(t = c(1, 0), x = c(0, 10))
  expect_error(
    match_cohort(t ~ x, d, distance = d$x, caliper = 0.01, std.caliper = FALSE), "At least one pair", class = "survmatch_error_match"
  )
})
