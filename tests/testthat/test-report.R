skip_without_pandoc <- function() {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "pandoc is not installed")
}

render_quietly <- function(study, ...) {
  file <- tempfile(fileext = ".html")
  suppressMessages(render_report(study, file, ...))
  file
}

test_that("the words are the same whatever p is", {
  skip_without_pandoc()
  clear <- run_study(small_cohort(400, seed = 21, log_hr = -1))
  unclear <- run_study(small_cohort(120, seed = 22, log_hr = 0))
  p <- function(study) subset(tidy(study), endpoint == "os" & model == "robust")$p.value
  expect_lt(p(clear), 0.001)
  expect_gt(p(unclear), 0.5)
  for (study in list(clear, unclear)) {
    text <- page_text(render_quietly(study))
    found <- regmatches(text, gregexpr(forbidden_words(), text, ignore.case = TRUE))[[1]]
    expect_identical(found, character())
    expect_match(text, "associated with")
    expect_match(text, "cannot be excluded")
  }
})

test_that("the page holds every part, and its numbers are the study's", {
  skip_without_pandoc()
  study <- run_study(small_cohort(100, seed = 22, toxicity = TRUE))
  text <- page_text(render_quietly(study))
  for (part in c(
    "Summary", "Patients", "Baseline", "Propensity score", "Balance", "Prognostic factors", "Toxicity", "Checks",
    "Methods", "Record"
  )) {
    expect_match(text, part, fixed = TRUE)
  }
  row <- subset(tidy(study), endpoint == "os" & model == "robust")
  expect_match(text, format_estimate(row$estimate, row$conf.low, row$conf.high), fixed = TRUE)
  expect_match(text, study$design$hash, fixed = TRUE)
  expect_match(text, study$data_hash, fixed = TRUE)
})

test_that("hostile labels stay text", {
  skip_without_pandoc()
  cohort <- small_cohort(80, seed = 23)
  roles <- attr(cohort, "roles")
  roles$arm_labels <- c("no <script>alert(1)</script>", "=cmd() `r stop('run')` $x$ **b**")
  attr(cohort, "roles") <- roles
  file <- render_quietly(run_study(cohort), title = "<b>&title</b> `r stop('run')`")
  page <- paste(readLines(file, encoding = "UTF-8", warn = FALSE), collapse = "\n")
  expect_false(grepl("<script>alert(1)", page, fixed = TRUE))
  expect_false(grepl("<b>&title", page, fixed = TRUE))
  expect_match(page_text(file), "stop", fixed = TRUE)
})

test_that("the file is whole or absent, and never replaced unasked", {
  skip_without_pandoc()
  study <- run_study(small_cohort(64, seed = 3))
  file <- tempfile(fileext = ".html")
  writeLines("mine", file)
  expect_error(render_report(study, file), class = "survmatch_error_report")
  expect_identical(readLines(file), "mine")
  suppressMessages(render_report(study, file, overwrite = TRUE))
  expect_gt(file.size(file), 1e4)
})

test_that("what cannot be rendered is refused before any work", {
  study <- run_study(small_cohort(64, seed = 3))
  expect_error(render_report(1, "x.html"), class = "survmatch_error_report")
  expect_error(render_report(study, "x.odt"), class = "survmatch_error_report")
  expect_error(render_report(study, file.path(tempdir(), "absent", "x.html")), class = "survmatch_error_report")
})

test_that("a Word document holds the same numbers", {
  skip_without_pandoc()
  study <- run_study(small_cohort(64, seed = 3))
  file <- tempfile(fileext = ".docx")
  suppressMessages(render_report(study, file))
  text <- paste(
    system2(rmarkdown::pandoc_exec(), c(shQuote(file), "-t", "plain", "--wrap=none"), stdout = TRUE), collapse = " "
  )
  row <- subset(tidy(study), endpoint == "os" & model == "robust")
  expect_match(text, format_estimate(row$estimate, row$conf.low, row$conf.high), fixed = TRUE)
})
