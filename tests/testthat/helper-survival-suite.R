# survival's own test scripts, run with other functions in front of its own. What is not ours (frailty, multi-state,
# ...) goes to survival, so a script runs to its end.

suite_scripts <- function(pattern) {
  dir <- system.file("tests", package = "survival")
  scripts <- if (nzchar(dir)) list.files(dir, "\\.R$", full.names = TRUE) else character()
  scripts[vapply(scripts, function(file) any(grepl(pattern, readLines(file, warn = FALSE))), NA)]
}

# A function under the name `name` that calls `ours`, or `peer` when ours refuses with one of `refusals`; the fit's call
# keeps the name.
stand_in <- function(name, peer, ours, refusals = "survmatch_error_unsupported") {
  function(...) {
    call <- match.call(expand.dots = TRUE)
    env <- parent.frame()
    run <- function(f) {
      call[[1L]] <- f
      eval(call, env)
    }
    value <- rlang::try_fetch(run(ours), survmatch_error = function(e) {
      if (inherits(e, refusals)) run(peer) else rlang::zap()
    })
    if (!is.null(attr(value, "names")) && !is.null(value$call)) value$call[[1L]] <- as.name(name)
    value
  }
}

# The printed output of every expression of a script.
run_suite_script <- function(file, front) {
  env <- list2env(front, parent = globalenv())
  env$library <- env$require <- function(...) invisible(TRUE)
  withr::local_dir(dirname(file))
  before <- options() # scripts change some
  withr::defer(options(before))
  options(
    warn = -1, digits = 7, na.action = "na.omit", contrasts = c(unordered = "contr.treatment", ordered = "contr.poly")
  )
  withr::local_seed(1)
  withr::local_pdf(NULL)
  expressions <- parse(file)
  outputs <- lapply(expressions, function(expression) {
    utils::capture.output(tryCatch(
      {
        value <- withVisible(eval(expression, env))
        if (value$visible) print(value$value)
      },
      error = function(e) cat("Error:", conditionMessage(e), "\n")
    ))
  })
  list(expressions = expressions, outputs = outputs)
}
