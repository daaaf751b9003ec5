test_that("the methods name every detail of the matching", {
  study <- run_study(small_cohort(120, seed = 5))
  text <- paste(methods_text(study), collapse = " ")
  for (detail in c(
    "1:1", "without replacement", "logit of the score", "0.2 pooled within-arm", "most pairs within the caliper",
    "no exact strata", "Estimand",
    "Efron", "clustered on the matched set", study$design$hash, study$data_hash, "365.25/12", "Logistic regression"
  )) {
    expect_match(text, detail, fixed = TRUE)
  }
  greedy <- methods_text(run_study(small_cohort(120, seed = 5), method = "nearest", m.order = "smallest"))
  expect_match(
    paste(greedy, collapse = " "), "Greedy nearest-neighbour matching, 1:1, without replacement.*smallest score first"
  )
})
