# Every condition of survmatch has two classes: what it is about, and the family.
# `message` is a cli message: what was required, x = what was found (how many, first row), i = what to do.

sm_abort <- function(message, class, call = rlang::caller_env(), ..., .envir = rlang::caller_env()) {
  cli::cli_abort(
    message, class = c(paste0("survmatch_error_", class), "survmatch_error"), call = call, ..., .envir = .envir
  )
}

sm_warn <- function(message, class, call = rlang::caller_env(), ..., .envir = rlang::caller_env()) {
  cli::cli_warn(
    message, class = c(paste0("survmatch_warning_", class), "survmatch_warning"), call = call, ..., .envir = .envir
  )
}

sm_inform <- function(message, class, ..., .envir = rlang::caller_env()) {
  cli::cli_inform(message, class = c(paste0("survmatch_message_", class), "survmatch_message"), ..., .envir = .envir)
}
