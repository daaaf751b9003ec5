#' Threads
#'
#' `options(survmatch.threads = 4)` lets [bootstrap_survival()] share out its replicates, and optimal and full matching on a
#' score (`exact =`) its strata, among four threads. The default is 1. The results are the same for any number.
#'
#' @name survmatch-threads
#' @family settings
#' @examples
#' old <- options(survmatch.threads = 2)
#' bootstrap_survival(Surv(time, status) ~ sex, data = survival::lung, replicates = 200, seed = 1)
#' options(old)
NULL

thread_count <- function(error_call = rlang::caller_env()) {
  threads <- getOption("survmatch.threads", 1L)
  whole <- is.numeric(threads) && length(threads) == 1 && is.finite(threads) && threads >= 1 && threads == round(threads)
  if (!whole) {
    sm_abort(c(
      "The option {.code survmatch.threads} must be a whole number above 0.", x = "It is {.obj_type_friendly {threads}}."
    ), "threads", error_call)
  }
  as.integer(min(threads, 256))
}
