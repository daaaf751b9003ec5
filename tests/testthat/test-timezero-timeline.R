one_row_each <- function() {
  data.frame(patient = 11:16, end = c(5, 8, 3, 9, 2, 7), died = c(1, 0, 1, 1, 0, 1), begun = c(2, NA, NA, 4, NA, 1))
}

refused <- function(words, ...) {
  expect_error(landmark_cohort(..., at = 1), words, class = "survmatch_error_time_zero")
}

test_that("what a timeline lacks is named, with the count and the first row", {
  d <- one_row_each()
  refused("data frame with rows", d[0, ], start = begun, time = end, event = died)
  refused("end of follow-up", d, start = begun, event = died)
  refused("what happened", d, start = begun, time = end)
  refused("start must be given", d, time = end, event = died)
  refused("2 values are not, first in row 2", transform(d, end = replace(end, c(2, 4), NA)), start = begun, time = end, event = died)
  refused("1 value missing, first in row 3", transform(d, died = replace(died, 3, NA)), start = begun, time = end, event = died)
  refused("1 row does, first row 4", transform(d, begun = replace(begun, 4, -1)), start = begun, time = end, event = died)
  refused("must be a time", transform(d, begun = "later"), start = begun, time = end, event = died)
  refused("1 row lacks it, first row 6", transform(d, patient = replace(patient, 6, NA)), start = begun, time = end, event = died, id = patient)
  refused("Unknown: \"missing_column\"", d, start = begun, time = "missing_column", event = died)
  refused("It has 2; the data have 6 rows", d, start = begun, time = 1:2, event = died)
  refused("eligible", d, start = begun, time = end, event = died, eligible = rep("yes", 6))
})

test_that("patients are never named in an error", {
  d <- one_row_each()
  d$patient <- c("Ann", "Bob", "Cem", "Dan", "Eve", NA)
  message <- conditionMessage(rlang::catch_cnd(landmark_cohort(d, 1, start = begun, time = end, event = died, id = patient)))
  expect_false(any(vapply(d$patient[1:5], grepl, NA, x = message, fixed = TRUE)))
})

test_that("columns are given bare, as text or as values", {
  d <- one_row_each()
  bare <- landmark_cohort(d, 1, start = begun, time = end, event = died)
  expect_equal(landmark_cohort(d, 1, start = "begun", time = "end", event = "died"), bare, ignore_attr = TRUE)
  expect_equal(landmark_cohort(d, 1, start = d$begun, time = d$end, event = d$died), bare, ignore_attr = TRUE)
})

test_that("eligibility ends at a time, at an event of a Surv, or not before the follow-up", {
  d <- one_row_each()
  d$worse <- c(0.5, NA, NA, NA, NA, NA)
  counted <- function(...) nrow(landmark_cohort(d, 1, start = begun, time = end, event = died, ...))
  all <- counted(eligible = FALSE)
  expect_identical(counted(), all)
  expect_identical(counted(eligible = worse), all - 1L)
  expect_identical(counted(eligible = Surv(ifelse(is.na(worse), end, worse), !is.na(worse))), all - 1L)
})
