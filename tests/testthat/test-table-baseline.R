test_that("means, deviations and shares are those of the rows", {
  data <- survival::lung
  numbers <- tidy(tabulate_baseline(sex ~ age + ph.ecog, data = data))
  men <- numbers[numbers$variable == "age" & numbers$group == "sex = 1", ]
  expect_equal(men$mean, mean(data$age[data$sex == 1]))
  expect_equal(men$sd, sd(data$age[data$sex == 1]))
  expect_equal(men$q1, quantile(data$age[data$sex == 1], 0.25, names = FALSE))
  expect_equal(numbers$missing[numbers$variable == "ph.ecog"], c(1, 0))
  pooled <- sqrt((var(data$age[data$sex == 1]) + var(data$age[data$sex == 2])) / 2)
  expect_equal(men$smd, (mean(data$age[data$sex == 2]) - mean(data$age[data$sex == 1])) / pooled)
})

test_that("before and after matching agree with the means of the matched rows", {
  for (seed in 1:5) {
    study <- run_study(small_cohort(80, seed = seed))
    numbers <- tidy(tabulate_baseline(study$matched))
    rows <- matched_data(study$matched)
    after <- numbers[numbers$sample == "after" & numbers$variable == "age", ]
    expect_equal(after$mean, as.vector(tapply(rows$age, rows$rt, mean)), info = seed)
    expect_equal(after$smd[1], diff(after$mean) / sd(study$cohort$age[study$cohort$rt == 1]), info = seed)
    share <- numbers[numbers$sample == "before" & numbers$level %in% "IVB" & numbers$group == "RT", ]
    expect_equal(share$share, mean(study$cohort$stage[study$cohort$rt == 1] == "IVB"), info = seed)
  }
})

test_that("standardised differences are those of cobalt", {
  skip_if_not_installed("cobalt")
  skip_if_not_installed("MatchIt")
  for (seed in 1:40) {
    cohort <- small_cohort(80, seed = seed)
    matched <- suppressWarnings(match_cohort(formula(cohort), data = cohort))
    peer <- cobalt::bal.tab(matched, un = TRUE, binary = "std", continuous = "std")$Balance
    numbers <- tidy(tabulate_baseline(matched))
    count_comparison("tabulate_baseline", peer_version("cobalt"))
    ours <- numbers$smd[numbers$variable == "age" & numbers$group == "RT"]
    expected <- unlist(peer["age", c("Diff.Un", "Diff.Adj")], use.names = FALSE)
    # where everybody was matched cobalt gives one sample only
    seen <- !is.na(expected)
    expect_true(seen[1])
    expect_equal(ours[seen], expected[seen], tolerance = 1e-9, info = seed)
  }
})

test_that("what cannot be described is refused", {
  data <- data.frame(g = c("a", "b", "a"), x = Sys.Date() + 1:3)
  expect_error(tabulate_baseline(g ~ x, data = data), class = "survmatch_error_table")
  expect_error(tabulate_baseline(g ~ y, data = data), class = "survmatch_error_table")
  expect_error(tabulate_baseline(1), class = "survmatch_error_table")
})

test_that("labels with braces and factors with unused levels are text", {
  data <- data.frame(g = c("{a}", "b", "b", "{a}"), x = factor(c("u", "v", "u", "v"), c("u", "v", "w")))
  text <- capture.output(print(tabulate_baseline(g ~ x, data = data)))
  expect_true(any(grepl("{a} (n = 2)", text, fixed = TRUE)))
  expect_false(any(grepl("^ *w ", text)))
})

test_that("label attributes name the rows", {
  data <- survival::lung
  attr(data$age, "label") <- "Age, years"
  expect_match(tabulate_baseline(sex ~ age, data = data)$characteristic, "Age, years", fixed = TRUE)
})
