test_that("each ratio is that of its model, with n and events of its cell", {
  lung <- survival::lung
  lung$ecog <- factor(lung$ph.ecog)
  numbers <- tidy(tabulate_cox(Surv(time, status) ~ age + ecog, data = lung))
  alone <- survival::coxph(survival::Surv(time, status) ~ ecog, data = lung)
  both <- survival::coxph(survival::Surv(time, status) ~ age + ecog, data = lung)
  count_comparison("tabulate_cox", peer_version("survival"), 2)
  expect_equal(numbers$uni_estimate[numbers$variable == "ecog"][-1], unname(exp(coef(alone))), tolerance = 1e-9)
  expect_equal(
    numbers$multi_conf.high, c(exp(confint(both))[1, 2], NA, exp(confint(both))[-1, 2]), tolerance = 1e-9,
    ignore_attr = TRUE
  )
  expect_equal(numbers$n[numbers$variable == "ecog"], as.vector(table(lung$ecog)))
  expect_equal(numbers$events[numbers$level %in% "2"], sum(lung$status[lung$ecog %in% "2"] == 2))
})

test_that("few events a parameter are said, in a warning and in the table", {
  few <- survival::lung[1:30, ]
  expect_warning(
    table <- tabulate_cox(Surv(time, status) ~ age + sex + ph.ecog + wt.loss, data = few),
    class = "survmatch_warning_events_per_parameter"
  )
  expect_match(attr(table, "footnotes")[1], "under 10")
  expect_warning(tabulate_cox(Surv(time, status) ~ age + sex, data = survival::lung), NA)
})

test_that("a cohort's table names its population and its arms", {
  study <- run_study(small_cohort(120, seed = 3))
  table <- study$tables$cox$os
  expect_match(attr(table, "caption"), "the whole cohort")
  expect_true(any(grepl("RT", table$term)))
  matched <- suppressWarnings(tabulate_cox(study$matched, endpoint = "os", population = "matched"))
  expect_match(attr(matched, "caption"), "matched patients")
  expect_error(tabulate_cox(study$matched, endpoint = "dfs"), class = "survmatch_error_table")
})

test_that("a ratio that would print as 1.00 (1.00 to 1.00) is told for more units", {
  data <- data.frame(
    time = c(4, 3, 9, 2, 7, 5, 8, 1, 6, 10), status = 1, marker = 1000 * c(5, 7, 1, 8, 3, 4, 6, 9, 2, 0)
  )
  table <- suppressWarnings(tabulate_cox(Surv(time, status) ~ marker, data = data))
  row <- tidy(table)
  fit <- summary(survival::coxph(Surv(time, status) ~ I(marker / row$per), data = data))$conf.int
  expect_gt(row$per, 1)
  expect_equal(
    unlist(row[c("uni_estimate", "uni_conf.low", "uni_conf.high")]), fit[c(1, 3, 4)], ignore_attr = TRUE,
    tolerance = 1e-8
  )
  expect_match(table$term, "per 1")
  expect_false(grepl("1.00 (1.00 to 1.00)", table$uni, fixed = TRUE))
  plain <- tidy(suppressWarnings(tabulate_cox(Surv(time, status) ~ age, data = survival::lung)))
  expect_identical(plain$per, 1)
})
