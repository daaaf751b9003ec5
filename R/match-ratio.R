# How many controls each patient gets, how often a control may be used, and the warnings when there are too few.

# Makes `ratio`, `replace` what the method uses; adds min.controls, max.controls (NULL: fixed ratio) and reuse.max.
prepare_ratio <- function(prep) {
  prep <- prepare_reuse(prep)
  if (!is.null(prep$dots$penalty)) check_penalty(prep)
  prep["min.controls"] <- prep["max.controls"] <- list(NULL)
  if (is.null(prep$method)) {
    prep$ratio <- 1
    return(prep)
  }
  switch(prep$method,
    nearest = , optimal = variable_ratio(prep),
    full = full_bounds(prep),
    cardinality = positive_ratio(prep),
    prep
  )
}

variable_ratio <- function(prep) {
  ratio <- prep$ratio %||% 1
  largest <- prep$dots$max.controls
  check_number(ratio, "ratio", 1, prep)
  check_ratio_attainable(ratio, length(prep$treat), prep$error_call)
  if (is.null(largest)) {
    if (ratio != round(ratio)) {
      sm_abort(c(
        "{.arg ratio} must be a whole number.", x = "It is {ratio}.",
        i = "A fraction is possible with {.arg max.controls}."
      ), "match", prep$error_call)
    }
    prep$ratio <- ratio
    return(prep)
  }
  smallest <- prep$dots$min.controls %||% 1
  check_number(largest, "max.controls", 1, prep, whole = TRUE)
  check_number(smallest, "min.controls", 1, prep, whole = TRUE)
  if (!(smallest < ratio && ratio < largest)) {
    sm_abort(c(
      "A variable ratio needs {.arg min.controls} < {.arg ratio} < {.arg max.controls}.",
      x = "They are {smallest}, {ratio} and {largest}.", i = "{.arg ratio} is the average number of controls."
    ), "match", prep$error_call)
  }
  prep$ratio <- ratio
  prep$min.controls <- smallest
  prep$max.controls <- largest
  prep
}

check_ratio_attainable <- function(ratio, patients, call) {
  if (ratio <= max(patients, 1)) return(invisible())
  sm_abort("{.arg ratio} must not be above the number of patients, {patients}.", "match", call)
}

full_bounds <- function(prep) {
  prep$max.controls <- prep$dots$max.controls %||% Inf
  prep$min.controls <- prep$dots$min.controls %||% 0
  check_number(prep$max.controls, "max.controls", 0, prep)
  check_number(prep$min.controls, "min.controls", 0, prep)
  prep$ratio <- 1
  prep
}

check_penalty <- function(prep) {
  check_number(prep$dots$penalty, "penalty", 0, prep)
  if (is.null(prep$dots$max.controls)) return(invisible())
  sm_abort("{.arg penalty} cannot be used with {.arg max.controls}.", "match", prep$error_call)
}

# Adds `category`, the codes of fine.balance.
prepare_categories <- function(prep) {
  if (is.null(prep$dots$fine.balance)) return(prep)
  columns <- read_columns(prep$dots$fine.balance, "fine.balance", prep)
  if (!is.null(prep$dots$max.controls) || !is.null(prep$dots$penalty)) {
    sm_abort("{.arg fine.balance} needs a fixed ratio, without a penalty.", "match", prep$error_call)
  }
  prep$category <- stratum_codes(columns)
  prep
}

positive_ratio <- function(prep) {
  ratio <- prep$ratio %||% 1
  if (!identical(is.na(ratio), TRUE)) check_number(ratio, "ratio", 0, prep)
  prep$ratio <- ratio
  prep
}

check_number <- function(value, name, least, prep, whole = FALSE) {
  right <- is.numeric(value) && length(value) == 1 && !is.na(value) && value >= least && (!whole || (is.finite(value) && value == round(value)))
  if (right) return(invisible())
  sm_abort(c(
    "{.arg {name}} must be one {if (whole) 'whole '}number of at least {least}.",
    x = "It is {if (is.numeric(value) && length(value) == 1) value else cli::format_inline('{.obj_type_friendly {value}}')}."
  ), "match", prep$error_call)
}

prepare_reuse <- function(prep) {
  replace <- prep$replace %||% FALSE
  check_flag(replace, "replace", prep$error_call)
  if (!identical(prep$method, "nearest")) {
    prep$replace <- if (is.null(prep$method)) FALSE else replace
    return(prep)
  }
  most <- prep$dots$reuse.max
  if (is.null(most)) {
    most <- if (replace) .Machine$integer.max else 1L
  } else {
    check_number(most, "reuse.max", 1, prep, whole = TRUE)
  }
  prep$reuse.max <- as.integer(min(most, .Machine$integer.max))
  prep$replace <- structure(prep$reuse.max > 1L, reuse.max = prep$reuse.max)
  prep
}

arm_words <- function(prep) if (identical(prep$estimand, "ATC")) c("control", "treated") else c("treated", "control")

# `focal` and `others` count the units of each stratum (or of everybody); `reuse` is how often one may be used.
warn_few_controls <- function(prep, focal, others, reuse = 1, units = "patients") {
  share <- as.numeric(reuse) * others / focal
  share <- share[!is.na(share)]
  ratio <- prep$ratio
  arm <- arm_words(prep)
  stratified <- !is.null(prep$strata)
  where <- if (stratified) " in some exact strata" else ""
  fewer <- any(share < 1)
  if (fewer) {
    sm_warn(
      "Fewer {arm[2]} than {arm[1]} {units}{where}: not all {arm[1]} {units} will get a match.",
      c("few_controls", "match"), prep$error_call
    )
  }
  if (ratio > 1 && any(share < ratio) && (stratified || !fewer)) {
    if (is.null(prep$max.controls)) {
      sm_warn("Not all {arm[1]} {units} will get {ratio} matches.", c("few_controls", "match"), prep$error_call)
    } else {
      sm_warn(
        "Not enough {arm[2]} {units} for an average of {ratio} matches per {arm[1]} patient{if (stratified) ' in all exact strata'}.",
        c("few_controls", "match"), prep$error_call
      )
    }
  }
}
