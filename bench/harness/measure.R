# Peers side by side. Each measurement is a child process: it prepares its data, runs the call once to load what it
# loads lazily (on the small data that `warm` makes), then times the call. The tools of a case take turns, so that a
# machine that slows down slows all of them down. Written: median seconds and peak memory of the runs, versions, n and
# threads.

# `cases`: a data frame with columns case, n, tool, package, setup, warm, run (R code as text); `setup` and `warm` see
# `n`. Rows that the file has of other cases or sizes stay with `keep`.
measure <- function(cases, file, runs = 3, timeout = 600, keep = FALSE) {
  done <- do.call(
    rbind, lapply(split(cases, paste(cases$case, format(cases$n, width = 12))), measure_case, runs, timeout)
  )
  if (keep && file.exists(file)) {
    before <- utils::read.csv(file)
    done <- rbind(before[!paste(before$case, before$n, before$tool) %in% paste(done$case, done$n, done$tool), ], done)
  }
  done <- done[order(done$case, done$n, done$tool), ]
  beside <- paste0(file, ".new")
  utils::write.csv(done, beside, row.names = FALSE)
  file.rename(beside, file)
  invisible(done)
}

measure_case <- function(tools, runs, timeout) {
  seen <- lapply(seq_len(nrow(tools)), function(i) NULL)
  for (run in seq_len(runs)) {
    for (i in seq_len(nrow(tools))) {
      if (run > 1 && anyNA(seen[[i]])) next
      seen[[i]] <- rbind(seen[[i]], measure_once(tools[i, ], timeout))
    }
  }
  rows <- do.call(rbind, lapply(seq_along(seen), function(i) {
    data.frame(
      tools[i, c("case", "n", "tool")], version = child_version(tools$package[i]), threads = 1L, runs = nrow(seen[[i]]),
      seconds = stats::median(seen[[i]][, "seconds"]), peak_mb = stats::median(seen[[i]][, "peak_mb"]),
      r = paste(R.version$major, R.version$minor, sep = ".")
    )
  }))
  message(
    paste(
      utils::capture.output(print(rows[c("case", "n", "tool", "seconds", "peak_mb")], row.names = FALSE)),
      collapse = "\n"
    )
  )
  rows
}

# Seconds of one call, and the process's peak memory in megabytes. The call is timed three times, each after a garbage
# collection (a short call as often as fits into a fifth of a second, whose mean counts); the median counts. A call of more
# than ten seconds is timed once.
measure_once <- function(tool, timeout) {
  code <- tempfile(fileext = ".R")
  on.exit(unlink(code))
  writeLines(c(
    "suppressPackageStartupMessages({", paste0("n <- 64L; ", tool$warm), tool$run, paste0(
      "n <- ", format(tool$n, scientific = FALSE), "; ", tool$setup
    ), "})",
    "each <- numeric()",
    "repeat {",
    "invisible(gc()); times <- 0L; begun <- proc.time()[['elapsed']]",
    "repeat { invisible({", tool$run,
    "}); times <- times + 1L; spent <- proc.time()[['elapsed']] - begun; if (spent > 0.2) break }",
    "each <- c(each, spent / times); if (length(each) == 3 || spent > 10) break }",
    "peak <- grep('VmHWM', readLines('/proc/self/status'), value = TRUE)",
    "cat('measured', stats::median(each), as.numeric(gsub('[^0-9]', '', peak)) / 1024, '\\n')"
  ), code)
  out <- suppressWarnings(
    system2(file.path(R.home("bin"), "Rscript"), code, stdout = TRUE, stderr = TRUE, timeout = timeout)
  )
  line <- grep("^measured", out, value = TRUE)
  if (length(line) == 0) message(
    "not measured: ", tool$case, ", n = ", tool$n, ", ", tool$tool, ": ", paste(utils::tail(out, 2), collapse = " ")
  )
  found <- if (length(line) == 1) as.numeric(strsplit(line, " ")[[1]][2:3]) else c(NA, NA)
  stats::setNames(found, c("seconds", "peak_mb"))
}

child_version <- function(package) as.character(utils::packageVersion(package))

# Which sizes and cases the command line asks for: largest n, smallest n, a pattern of the cases' names.
bench_arguments <- function(arguments = commandArgs(trailingOnly = TRUE)) {
  list(
    largest = as.numeric(c(arguments, 1e6)[1]), smallest = as.numeric(c(arguments[-1], 64)[1]),
    pattern = c(arguments[-(1:2)], "")[1]
  )
}
