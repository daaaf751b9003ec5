test_that("markup characters become references", {
  escaped <- escape_report("<a> *b* `r x` $y$ [z](u) & \"q\" 'p'")
  expect_false(grepl("[<>*`$\"'\\[]", escaped))
  expect_identical(escape_report(""), "")
})

test_that("every section has words", {
  study <- run_study(small_cohort(64, seed = 3, toxicity = TRUE))
  for (section in eval(formals(report_text)$section)) {
    expect_true(all(nzchar(report_text(study, section))), info = section)
  }
})
