# What a cohort's reader should know before going on: named warnings, each with its counts.

warn_cohort <- function(cohort, call) {
  roles <- cohort_roles(cohort)
  treated <- is_treated(cohort[[roles$treatment]], roles)
  warn_positivity(cohort, roles, treated, call)
  warn_missing(cohort, roles, treated, call)
  warn_zero_times(cohort, roles, call)
  warn_immortal_time(cohort, roles, treated, call)
  warn_post_covariates(roles, call)
}

# Values that only one arm has: every level of a category, and the frequent values of a number.
warn_positivity <- function(cohort, roles, treated, call) {
  for (column in roles$covariates) {
    values <- cohort[[column]]
    alone <- values_of_one_arm(values, treated, is.numeric(values) && length(unique(values)) > 2)
    if (nrow(alone) == 0) next
    label <- if (column %in% names(roles$labels)) roles$labels[[column]] else column
    named <- if (is.numeric(values)) paste(alone$value, tolower_first(label)) else paste0(label, ": ", alone$value)
    sentences <- paste0(
      "nobody with ", named, " was ", ifelse(
        alone$treated == 0, "treated", "untreated"
      ), " (n = ", format_count(alone$treated + alone$untreated), ")"
    )
    sm_warn(c(
      "Some patients have no counterpart in the other arm ({.field {column}}).", stats::setNames(
        escape_braces(sentences), rep("x", length(sentences))
      ),
      i = "Nothing can be learnt about them from this table: consider {.fn restrict_cohort}."
    ), "positivity", call)
  }
}

escape_braces <- function(text) gsub("}", "}}", gsub("{", "{{", text, fixed = TRUE), fixed = TRUE)

# A number's value counts when a tenth of the patients have it and the arm without it would be expected to have it at
# least 5 times.
values_of_one_arm <- function(values, treated, number) {
  counts <- table(values, factor(treated, c(FALSE, TRUE)))
  n <- rowSums(counts)
  share <- colSums(counts) / sum(counts)
  frequent <- function(k) if (number) n * share[k] >= 5 & n >= 0.1 * sum(n) else n > 0
  single <- (counts[, 1] == 0 & frequent(1)) | (counts[, 2] == 0 & frequent(2))
  data.frame(
    value = rownames(counts)[single], untreated = as.vector(counts[single, 1]), treated = as.vector(counts[single, 2])
  )
}

warn_missing <- function(cohort, roles, treated, call) {
  columns <- Filter(function(column) anyNA(cohort[[column]]), roles$covariates)
  if (length(columns) == 0) return(invisible())
  counts <- vapply(columns, function(column) {
    gone <- is.na(cohort[[column]])
    paste0(
      column, " ", sum(gone & treated), " ", roles$arm_labels[2], " and ", sum(gone & !treated), " ",
      roles$arm_labels[1]
    )
  }, "")
  sm_warn(
    c(
      "Covariates have missing values.", x = "{counts}",
      i = "Impute them, or leave those patients out with their count."
    ),
    "missing", call
  )
}

warn_zero_times <- function(cohort, roles, call) {
  for (name in roles$endpoints) {
    zero <- which(cohort[[name]][, "time"] == 0)
    if (length(zero) == 0) next
    events <- sum(cohort[[name]][zero, "status"] == 1)
    sm_warn(c(
      "Times of 0 carry no follow-up.",
      x = "{length(zero)} patient{?s} {?has/have} {.field {name}} of 0 ({events} with an event), first in row {zero[1]}.",
      i = "Check whether time zero is right for them."
    ), "zero_time", call)
  }
}

# Ever against never treated from time zero credits the treatment with the wait for it.
warn_immortal_time <- function(cohort, roles, treated, call) {
  found <- immortal_time(cohort, roles, treated)
  if (!found$immortal) return(invisible())
  waits <- found$waits
  left <- found$left[found$left$endpoint == roles$endpoints[1], ]
  sm_warn(c(
    "The treatment starts after time zero: comparing ever with never treated from time zero is biased by immortal time.",
    x = "{waits$waited} patient{?s} waited, {format_number(waits$median)} {roles$time_unit} in the median;
         {format_number(waits$immortal_time)} {roles$time_unit} of person-time are immortal.",
    x = "Untreated with an event before the median wait: {left$events[1]}, before its 90th centile:
         {left$events[2]}; censored: {left$censored[1]} and {left$censored[2]}.",
    i = "Start the comparison when the treatment starts, or at a landmark."
  ), "immortal_time", call)
}

warn_post_covariates <- function(roles, call) {
  suspects <- questioned_covariates(roles)$covariate
  if (length(suspects) == 0) return(invisible())
  sm_warn(c(
    "Were all covariates known at time zero?",
    x = "{.field {suspects}} {?is/are} named like something that happens later.",
    i = "What follows time zero may be a consequence of the treatment, and does not belong into the score."
  ), "post_covariate", call)
}
