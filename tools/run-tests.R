# Runs the testthat tests against the survmatch that is installed in one library, says how many comparisons with a
# peer were live, and writes "passed failed skipped" for tools/run-all-tests.sh.
#
#   Rscript tools/run-tests.R <label> <file for the counts>

arguments <- commandArgs(trailingOnly = TRUE)
label <- arguments[1]
counts_file <- arguments[2]

peers <- c("survival", "MatchIt", "cobalt", "ggplot2", "broom", "survminer", "ggsurvfit", "survRM2")
versions <- vapply(
  peers, function(p) if (requireNamespace(p, quietly = TRUE)) as.character(packageVersion(p)) else "-", ""
)
message("== ", label, ": ", paste(peers, versions, collapse = ", "))

comparisons_file <- tempfile(fileext = ".csv")
Sys.setenv(SURVMATCH_COMPARISONS = comparisons_file, SURVMATCH_LIBRARY = label, NOT_CRAN = "true")

results <- as.data.frame(testthat::test_dir(
  "tests/testthat",
  package = "survmatch", load_package = "installed", stop_on_failure = FALSE, stop_on_warning = FALSE,
  reporter = testthat::MultiReporter$new(list(testthat::CheckReporter$new()))
))

failed <- sum(results$failed > 0 | results$error)
skipped <- sum(results$skipped & !(results$failed > 0 | results$error))
passed <- nrow(results) - failed - skipped

live <- if (file.exists(comparisons_file)) sum(utils::read.csv(comparisons_file)$n) else 0
message("== ", label, ": ", live, " live comparisons; ", passed, " passed, ", failed, " failed, ", skipped, " skipped")
if (live == 0) {
  message("== ", label, ": a run without a live comparison proves nothing: failed")
  failed <- failed + 1
}
writeLines(paste(passed, failed, skipped), counts_file)
