suite_front <- function() {
  list(
    coxph = stand_in("coxph", survival::coxph, fit_cox),
    cox.zph = stand_in("cox.zph", survival::cox.zph, test_ph, "survmatch_error_ph")
  )
}

test_that("survival's own scripts print the same with fit_cox() and test_ph() in front", {
  skip_if_not(is_newest_survival(), "survival's test scripts come with the newest library")
  skip_on_cran()
  scripts <- suite_scripts("coxph|cox\\.zph")
  skip_if(length(scripts) == 0, "survival was installed without its tests")
  withr::local_package("survival")
  scripts <- scripts[basename(scripts) != "brier.R"] # half a minute, one Cox fit
  allowed <- utils::read.csv(test_path("fixtures", "survival-suite-allowed.csv"))
  expressions <- 0
  for (script in scripts) {
    peer <- run_suite_script(script, list())
    ours <- run_suite_script(script, suite_front())
    different <- which(!mapply(identical, ours$outputs, peer$outputs))
    different <- setdiff(different, allowed$expression[allowed$script == basename(script)])
    expressions <- expressions + length(peer$outputs)
    first <- if (length(different) > 0) deparse1(peer$expressions[[different[1]]])
    expect(length(different) == 0, sprintf(
      "%s: expression %s differs: %s\nsurvival: %s\nours: %s", basename(script), paste(different, collapse = ", "),
      first,
      paste(utils::head(peer$outputs[[c(different, 1)[1]]], 5), collapse = "\n"),
      paste(utils::head(ours$outputs[[c(different, 1)[1]]], 5), collapse = "\n")
    ))
    count_comparison("survival's test scripts", peer_version("survival"))
  }
  expect_gte(length(scripts), 60)
  expect_gte(expressions, 2000)
})
