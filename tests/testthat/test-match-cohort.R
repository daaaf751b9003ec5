# The front of match_cohort(): what it takes, refuses and ignores, and where its result finds the data again.

patients <- function() survival::rotterdam[survival::rotterdam$nodes > 0, ]

test_that("arguments of another method are refused by name, with those that the method takes", {
  d <- patients()
  expect_error(match_cohort(hormon ~ age, d, cutpoints = 3), "cutpoints", class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, d, method = "full", tols = 0.1), "min.controls", class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, d, method = "nearestt"), "nearest", class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, d, estimand = "ATE"), "ATT", class = "survmatch_error_match")
  expect_error(match_cohort(~age, d), class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, as.list(d)), class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, d[0, ]), "without rows", class = "survmatch_error_match")
  expect_error(match_cohort(hormon ~ age, d, normalize = NA), "normalize", class = "survmatch_error_match")
})

test_that("arguments that a method does not use are ignored with a warning that names them", {
  d <- patients()
  expect_warning(
    exact <- match_cohort(hormon ~ size, d, method = "exact", caliper = 0.1), "caliper", class = "survmatch_warning_match"
  )
  expect_identical(exact$weights, match_cohort(hormon ~ size, d, method = "exact")$weights)
  expect_no_warning(match_cohort(hormon ~ size, d, method = "exact", replace = FALSE))
})

test_that("without a method nobody is matched, and everybody who is not discarded has weight 1", {
  d <- patients()
  none <- match_cohort(hormon ~ age + nodes, d, method = NULL, discard = "both")
  expect_true(any(none$discarded))
  expect_equal(unname(none$weights), as.numeric(!none$discarded))
})

test_that("the result finds its table again wherever it was made", {
  in_function <- function(table) match_cohort(hormon ~ age + nodes, data = table, caliper = 0.2)
  in_loop <- lapply(list(patients(), patients()[1:400, ]), function(part) in_function(part))
  called <- do.call(match_cohort, list(hormon ~ age + nodes, data = patients(), caliper = 0.2))
  built <- match_cohort(stats::reformulate(c("age", "nodes"), "hormon"), patients(), caliper = 0.2)
  expect_identical(called$weights, in_loop[[1]]$weights)
  expect_identical(built$weights, in_loop[[1]]$weights)
  for (matched in c(in_loop, list(called, built))) {
    rows <- eval(matched$call$data, environment(matched$formula))
    expect_identical(nrow(rows), length(matched$weights))
    expect_identical(sum(matched$weights > 0), nrow(matched_data(matched)))
  }
  skip_if_not_installed("MatchIt")
  peer <- MatchIt::matchit(hormon ~ age + nodes, patients(), caliper = 0.2)
  expect_equal(in_loop[[1]]$weights, peer$weights)
  expect_identical(nrow(MatchIt::match_data(in_loop[[2]])), nrow(matched_data(in_loop[[2]])))
  count_comparison("match_cohort", peer_version("MatchIt"))
})
