test_that("the table that a design is made on has no outcome", {
  cohort <- small_cohort(64, toxicity = TRUE)
  blind <- blind_table(cohort)
  expect_false(any(c("os", "pfs", "os_time", "os_event", "pfs_time", "pfs_event", "pneumonia") %in% names(blind)))
  expect_true(all(c("age", "stage", "rt") %in% names(blind)))
})

test_that("a centre is an exact stratum only with enough patients in each arm", {
  roles <- list(centre = "centre", treatment = "rt", treated = 1, reference = 0)
  table <- data.frame(centre = rep(c("A", "B"), each = 10), rt = rep(0:1, 10))
  expect_equal(exact_strata(table, roles, NULL), "centre")
  expect_null(exact_strata(table, roles, FALSE))
  table$rt[11:20] <- c(1, rep(0, 9))
  expect_null(exact_strata(table, roles, NULL))
  expect_equal(exact_strata(table, roles, TRUE), "centre")
})
