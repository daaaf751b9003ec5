# Arguments that several verbs check alike. `call` is the frame that the error names.

# A value as an error shows it: itself when it is short and plain, else what it is.
shown <- function(value) {
  plain <- is.atomic(value) && length(value) %in% 1:6
  if (plain) cli::format_inline("{.val {value}}") else cli::format_inline("{.obj_type_friendly {value}}")
}

check_choice <- function(value, name, choices, call, class = "match") {
  if (rlang::is_string(value) && value %in% choices) return(invisible())
  sm_abort(c("{.arg {name}} must be one of {.val {choices}}.", x = "It is {shown(value)}."), class, call)
}

# The value of an argument whose default lists its choices: what the user gave, else the first. `partial`: a beginning that is
# like no other will do, as in survival.
pick_choice <- function(value, partial = FALSE, call = rlang::caller_env()) {
  name <- as.character(substitute(value))
  choices <- eval(formals(sys.function(sys.parent()))[[name]], call)
  if (is.null(value) && partial || identical(value, choices)) return(choices[1])
  found <- if (partial && rlang::is_string(value)) choices[pmatch(value, choices)] else value
  check_choice(if (rlang::is_string(found)) found else value, name, choices, call, "argument")
  found
}

check_flag <- function(value, name, call, class = "match") {
  if (rlang::is_bool(value)) return(invisible())
  sm_abort(
    c("{.arg {name}} must be {.code TRUE} or {.code FALSE}.", x = "It is {shown(value)}."), class, call
  )
}

# The level of intervals.
check_level <- function(level, call = rlang::caller_env(), name = "conf.level") {
  right <- is.numeric(level) && length(level) == 1 && is.finite(level) && level > 0 && level < 1
  if (!right) sm_abort(c("{.arg {name}} must be one number in (0, 1).", x = "It is {shown(level)}."), "level", call)
}

check_seed <- function(seed, call = rlang::caller_env()) {
  whole <- rlang::is_scalar_integerish(seed, finite = TRUE) && abs(seed) <= .Machine$integer.max
  if (is.null(seed) || whole) return(invisible())
  sm_abort(c("{.arg seed} must be a whole number or {.code NULL}.", x = "It is {shown(seed)}."), "seed", call)
}

# `na.action` as a function, or NULL.
na_function <- function(action, call) {
  if (is.null(action) || is.function(action)) return(action)
  found <- if (rlang::is_string(action)) get0(action, mode = "function")
  if (!is.null(found)) return(found)
  sm_abort(c(
    "{.arg na.action} must be a function such as {.fn na.omit}, or its name.", x = "It is {shown(action)}."
  ), "missing", call)
}

# What na.action left of a model frame.
check_na_result <- function(frame, call) {
  if (is.data.frame(frame)) return(frame)
  sm_abort(c("{.arg na.action} must return a data frame.", x = "It returned {.obj_type_friendly {frame}}."), "missing", call)
}

# A model frame, or the user's mistake in words.
put_together <- function(frame, call, class = "formula") {
  tryCatch(frame, error = function(e) {
    sm_abort(c("The variables of the formula could not be put together.", x = "{conditionMessage(e)}"), class, call)
  })
}

# The same with the words of R, which are those of survival's own functions, and our class.
in_our_class <- function(code, class) {
  tryCatch(code, error = function(e) {
    class(e) <- c(paste0("survmatch_error_", class), "survmatch_error", class(e))
    stop(e)
  })
}

# stats::model.matrix(), or what is wrong with a column in words.
design_matrix <- function(terms, frame, call, class = "covariate") {
  tryCatch(stats::model.matrix(terms, frame), error = function(e) {
    sm_abort(c("The covariates must make a model matrix.", x = "{conditionMessage(e)}"), class, call)
  })
}

check_formula_data <- function(data, call) {
  if (is.null(data) || is.list(data) || is.environment(data)) return(invisible())
  sm_abort(c("{.arg data} must be a data frame.", x = "It is {.obj_type_friendly {data}}."), "data", call)
}
