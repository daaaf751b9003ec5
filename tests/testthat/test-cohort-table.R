patients <- function(n = 12) {
  data.frame(
    who = paste0("secret-", seq_len(n)), rt = rep(0:1, length.out = n), age = 50 + seq_len(n), stage = rep(
      c("a", "b", "b"), length.out = n
    ),
    time = seq_len(n) + 0.5, dead = rep(
      c(1, 0, 1, 1), length.out = n
    ), site = rep(c("x", "y"), each = n / 2), tox = rep(0:3, length.out = n)
  )
}

make <- function(data = patients(), ..., treatment = "rt", covariates = c("age", "stage")) {
  as_cohort(
    data, treatment = tidyselect::all_of(treatment), covariates = tidyselect::all_of(covariates),
    endpoints = list(os = Surv(time, dead)), ...
  )
}

test_that("roles can be bare, text, chosen or embraced", {
  bare <- as_cohort(
    patients(), treatment = rt, covariates = c(age, stage), endpoints = list(os = Surv(time, dead)), id = who,
    centre = site, toxicity = tox
  )
  text <- as_cohort(
    patients(), treatment = "rt", covariates = c("age", "stage"), endpoints = list(os = Surv(time, dead)), id = "who",
    centre = "site", toxicity = "tox"
  )
  wrap <- function(data, x) {
    as_cohort(
      data, treatment = {{ x }}, covariates = c(age, stage), endpoints = list(os = Surv(time, dead)), id = who,
      centre = site, toxicity = tox
    )
  }
  expect_identical(cohort_roles(bare), cohort_roles(text))
  expect_identical(cohort_roles(wrap(patients(), rt)), cohort_roles(bare))
  expect_s3_class(bare, c("cohort", "data.frame"), exact = TRUE)
  expect_equal(attrition(bare), data.frame(step = "In the table", n = 12L, excluded = 0L, treated = 6L, reference = 6L))
})

test_that("times are in the declared unit: a month is 365.25/12 days", {
  data <- patients()
  expect_equal(make(data, time_unit = "months", from_unit = "days")$os[, "time"], data$time * 12 / 365.25)
  expect_equal(make(data, time_unit = "years", from_unit = "months")$os[, "time"], data$time / 12)
  expect_equal(make(data, time_unit = "days")$os[, "time"], data$time)
})

test_that("the coding of events is fixed on the whole column", {
  data <- patients()
  data$dead <- data$dead + 1
  cohort <- make(data)
  expect_equal(cohort$os[, "status"], data$dead - 1)
  # all rows with code 1 would read as events in Surv() by themselves
  some <- cohort[c(1:4, which(data$dead == 1)), ]
  expect_equal(sum(some$os[, "status"]), sum(data$dead[c(1:4, which(data$dead == 1))] == 2))
})

test_that("treatments other than 0/1 and logical have their stated reference first", {
  data <- patients()
  data$arm <- ifelse(data$rt == 1, "RT", "none")
  cohort <- make(data, treatment = "arm", reference = "none")
  expect_identical(levels(cohort$arm), c("none", "RT"))
  expect_identical(cohort_roles(cohort)$arm_labels, c("none", "RT"))
  turned <- make(data, reference = 1)
  expect_identical(levels(turned$rt), c("1", "0"))
  expect_equal(attrition(turned)$treated, sum(data$rt == 0))
})

test_that("what can be used with care is a named warning", {
  data <- patients(24)
  only <- transform(data, stage = ifelse(rt == 1 & stage == "a", "b", stage))
  expect_warning(make(only), "nobody with stage: a was treated", class = "survmatch_warning_positivity")
  expect_warning(
    make(transform(data, age = replace(age, 3:4, NA))), "1 rt = 1 and 1 rt = 0", class = "survmatch_warning_missing"
  )
  expect_warning(
    make(transform(data, time = replace(time, 7, 0))), "first in row 7", class = "survmatch_warning_zero_time"
  )
  late <- transform(data, begin = ifelse(rt == 1, 0.25, NA))
  expect_warning(make(late, start = begin), "12 patients waited", class = "survmatch_warning_immortal_time")
  named <- transform(data, cycles = age)
  expect_warning(make(named, covariates = c("age", "cycles")), class = "survmatch_warning_post_covariate")
  expect_warning(make(data), NA)
})

test_that("node-negative patients of the Rotterdam tumour bank are found", {
  expect_warning(
    as_cohort(
      survival::rotterdam, treatment = hormon, covariates = c(age, nodes), endpoints = list(os = Surv(dtime, death)),
      labels = c(nodes = "Positive nodes")
    ),
    "nobody with 0 positive nodes was treated", class = "survmatch_warning_positivity"
  )
})

with_column <- function(column, values) {
  data <- patients()
  data[[column]] <- values
  data
}
replace_in <- function(column, row, value) with_column(column, replace(patients()[[column]], row, value))

# Each is refused with a class of its own, beside survmatch_error_cohort.
bad_tables <- list(
  "a matrix" = list(quote(make(as.matrix(patients()))), "table"),
  "NULL" = list(quote(make(NULL)), "table"),
  "no row" = list(quote(make(patients()[0, ])), "table"),
  "one row" = list(quote(make(patients()[1, ])), "table"),
  "two columns of one name" = list(
    quote(make(stats::setNames(patients(), c("who", "rt", "age", "age", "time", "dead", "site", "tox")))), "table"
  ),
  "a column without a name" = list(
    quote(make(stats::setNames(patients(), c("", "rt", "age", "stage", "time", "dead", "site", "tox")))), "table"
  ),
  "an unknown treatment" = list(quote(make(treatment = "arm")), "role"),
  "two treatments" = list(quote(make(treatment = c("rt", "age"))), "role"),
  "an unknown covariate" = list(quote(make(covariates = c("age", "sex"))), "role"),
  "no covariate" = list(quote(make(covariates = character())), "role"),
  "an id as covariate" = list(quote(make(id = who, covariates = c("age", "who"))), "role"),
  "the treatment as covariate" = list(quote(make(covariates = c("age", "rt"))), "role"),
  "a time as covariate" = list(quote(make(covariates = c("age", "time"))), "role"),
  "an event as covariate" = list(quote(make(covariates = c("age", "dead"))), "role"),
  "toxicity as covariate" = list(quote(make(toxicity = tox, covariates = c("age", "tox"))), "role"),
  "a start as covariate" = list(
    quote(make(with_column("begin", ifelse(patients()$rt == 1, 0, NA)), start = begin, covariates = c("age", "begin"))),
    "role"
  ),
  "an unknown centre" = list(quote(make(centre = hospital)), "role"),
  "a centre that is missing" = list(quote(make(replace_in("site", 4, NA), centre = site)), "role"),
  "three arms" = list(quote(make(replace_in("rt", 3, 2))), "treatment"),
  "one arm" = list(quote(make(with_column("rt", 1))), "treatment"),
  "a missing treatment" = list(quote(make(replace_in("rt", 5, NA))), "treatment"),
  "arms without reference" = list(quote(make(with_column("rt", rep(c("a", "b"), 6)))), "treatment"),
  "a reference nobody has" = list(quote(make(with_column("rt", rep(c("a", "b"), 6)), reference = "c")), "treatment"),
  "1/2 arms without reference" = list(quote(make(with_column("rt", rep(1:2, 6)))), "treatment"),
  "a treatment that is a date" = list(quote(make(with_column("rt", Sys.Date() + rep(0:1, 6)))), "treatment"),
  "a treatment that is a list" = list(quote(make(with_column("rt", I(as.list(rep(0:1, 6)))))), "treatment"),
  "one arm label" = list(quote(make(arm_labels = "RT")), "treatment"),
  "a constant covariate" = list(quote(make(with_column("age", 60))), "covariate"),
  "a covariate without values" = list(quote(make(with_column("age", NA_real_))), "covariate"),
  "an infinite covariate" = list(quote(make(replace_in("age", 6, Inf))), "covariate"),
  "numbers stored as text" = list(quote(make(with_column("age", as.character(50 + 1:12)))), "covariate"),
  "a date as covariate" = list(quote(make(with_column("age", Sys.Date() + 1:12))), "covariate"),
  "a list as covariate" = list(quote(make(with_column("age", I(as.list(1:12))))), "covariate"),
  "a complex covariate" = list(quote(make(with_column("age", complex(12)))), "covariate"),
  "a covariate that differs in everybody" = list(quote(make(covariates = c("age", "who"))), "covariate"),
  "a factor of one used level" = list(
    quote(make(with_column("stage", factor(rep("a", 12), c("a", "b"))))), "covariate"
  ),
  "empty text" = list(quote(make(with_column("stage", ""))), "covariate"),
  "a negative time" = list(quote(make(replace_in("time", 2, -1))), "time"),
  "a missing time" = list(quote(make(replace_in("time", 2, NA))), "time"),
  "an infinite time" = list(quote(make(replace_in("time", 2, Inf))), "time"),
  "a missing event" = list(quote(make(replace_in("dead", 2, NA))), "time"),
  "a time as text" = list(quote(make(with_column("time", letters[1:12]))), "endpoint"),
  "events of three codes" = list(quote(make(replace_in("dead", 2, 3))), "endpoint"),
  "a constant event column" = list(quote(make(with_column("dead", 1))), "endpoint"),
  "events as text" = list(quote(make(with_column("dead", rep(c("yes", "no"), 6)))), "endpoint"),
  "an unknown unit" = list(quote(make(time_unit = "weeks")), "time"),
  "an id that comes twice" = list(
    quote(make(with_column("who", c("secret-1", paste0("secret-", 1:11))), id = who)), "id"
  ),
  "a missing id" = list(quote(make(replace_in("who", 3, NA), id = who)), "id"),
  "a start of the untreated" = list(quote(make(with_column("begin", 0), start = begin)), "start"),
  "a treated patient without start" = list(quote(make(with_column("begin", NA_real_), start = begin)), "start"),
  "a start after the end" = list(
    quote(make(with_column("begin", ifelse(patients()$rt == 1, 99, NA)), start = begin)), "start"
  ),
  "a start as text" = list(quote(make(with_column("begin", "soon"), start = begin)), "start"),
  "a negative grade" = list(quote(make(replace_in("tox", 1, -1), toxicity = tox)), "toxicity"),
  "a grade of 6" = list(quote(make(replace_in("tox", 1, 6), toxicity = tox)), "toxicity"),
  "a grade of 2.5" = list(quote(make(replace_in("tox", 1, 2.5), toxicity = tox)), "toxicity"),
  "grades as text" = list(quote(make(with_column("tox", "mild"), toxicity = tox)), "toxicity"),
  "labels of nothing" = list(quote(make(labels = c(sex = "Sex"))), "role"),
  "a covariate measured later" = list(quote(make(with_column("day", 3), measured = c(age = "day"))), "covariate")
)

test_that("bad tables are refused, each with its class, and no message names a patient", {
  expect_gte(length(bad_tables), 40)
  for (kind in names(bad_tables)) {
    error <- tryCatch(suppressWarnings(eval(bad_tables[[kind]][[1]])), error = identity)
    expect_s3_class(error, paste0("survmatch_error_", bad_tables[[kind]][[2]]))
    expect_s3_class(error, "survmatch_error_cohort")
    expect_false(grepl("secret", cli::ansi_strip(conditionMessage(error))), info = kind)
    expect_false(inherits(error, "cohort"), info = kind)
  }
})

test_that("errors say how many rows and which is the first", {
  expect_error(make(replace_in("time", c(4, 9), -1)), "2 are below 0, first in row 4")
  expect_error(make(with_column("who", rep(patients()$who[1:6], 2)), id = who), "first in row 7")
})

test_that("progression after death is refused, except for a rounding error", {
  both <- function(pfs) {
    as_cohort(
      with_column("pfs_time", pfs), treatment = rt, covariates = age,
      endpoints = list(os = Surv(time, dead), pfs = Surv(pfs_time, dead))
    )
  }
  expect_error(both(patients()$time + 1), class = "survmatch_error_time")
  expect_s3_class(both(patients()$time * (1 + 1e-12)), "cohort")
})

test_that("hostile labels and unused levels are handled", {
  data <- patients()
  data$stage <- factor(ifelse(data$stage == "a", "<script>", "=cmd()"), c("<script>", "=cmd()", "{unused}"))
  cohort <- make(data, arm_labels = c("{no}", "<b>RT</b>"))
  expect_identical(levels(cohort$stage), c("<script>", "=cmd()"))
  expect_message(print(cohort), "{no}", fixed = TRUE)
})

test_that("tibbles give the same cohort", {
  skip_if_not_installed("tibble")
  expect_equal(make(tibble::as_tibble(patients())), make(patients()))
})
