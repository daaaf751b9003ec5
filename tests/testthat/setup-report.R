# At the end of the run: how many live comparisons each verb had, and with whom.
withr::defer(
  {
    counted <- unlist(as.list(comparisons))
    if (length(counted) > 0) {
      lines <- sprintf("%6d comparisons: %s", counted, names(counted))
      message(paste(sort(lines), collapse = "\n"))
      file <- Sys.getenv("SURVMATCH_COMPARISONS")
      if (nzchar(file)) write.csv(data.frame(pair = names(counted), n = counted), file, row.names = FALSE)
    }
  },
  testthat::teardown_env()
)
