# What the estimators of curve numbers (restricted means, milestones) see: the arms' patients, weights and clusters.

# `call` and `env` as in design_call(). Returns a list: arms (one list an arm: entry, time, event, weight, cluster, and n,
# how many their rows are pieces of), labels, clusters (their number), weighted, clustered, formula, rule, roles, n_missing.
arm_data <- function(call, env, error_call = rlang::caller_env()) {
  design <- design_call(call, env, c("weights", "cluster", "id"), error_call)
  frame <- arm_frame(design, env, error_call)
  response <- arm_response(frame, error_call)
  group <- arm_group(frame, error_call)
  weight <- stats::model.extract(frame, "weights") %||% rep(1, nrow(frame))
  check_arm_weights(weight, error_call)
  cluster <- stats::model.extract(frame, "cluster")
  codes <- if (is.null(cluster)) seq_len(nrow(frame)) - 1L else match(cluster, unique(cluster)) - 1L
  id <- stats::model.extract(frame, "id") %||% seq_len(nrow(frame))
  roles <- cohort_roles(design$data)
  arms <- lapply(seq_len(nlevels(group)), function(k) {
    mine <- which(as.integer(group) == k)
    list(
      entry = if (length(response$entry) > 0) response$entry[mine] else numeric(), time = response$time[mine],
      event = response$event[mine],
      weight = as.double(weight[mine]), cluster = codes[mine], n = length(unique(id[mine]))
    )
  })
  list(
    arms = arms, labels = arm_names(levels(group), frame, roles), clusters = max(codes, -1L) + 1L,
    weighted = any(weight != 1),
    clustered = !is.null(cluster), formula = design$formula, call = design$call, rule = design$rule, roles = roles,
    n_missing = length(attr(frame, "na.action"))
  )
}

arm_frame <- function(design, env, error_call) {
  call <- design$call
  taken <- intersect(c("weights", "subset", "na.action", "cluster", "id"), names(call))
  frame_call <- as.call(
    c(list(quote(stats::model.frame), formula = design$formula, data = design$data), as.list(call)[taken])
  )
  if (is.null(design$data)) frame_call$data <- NULL
  frame <- tryCatch(eval(frame_call, env), error = function(e) {
    sm_abort(
      c("The variables of {.arg formula} must be found in {.arg data}.", x = "{conditionMessage(e)}"), "formula",
      error_call
    )
  })
  if (nrow(frame) == 0) sm_abort(c("{.arg data} must have rows.", x = "No row is complete."), "data", error_call)
  frame
}

arm_response <- function(frame, error_call) {
  y <- stats::model.response(frame)
  if (!inherits(y, "Surv") || !attr(y, "type") %in% c("right", "counting")) {
    sm_abort(c(
      "The left side of {.arg formula} must be right-censored, {.code Surv(time, event)} or {.code Surv(start, stop, event)}."
    ),
      "formula", error_call
    )
  }
  y <- join_tied_times(y, error_call)
  counting <- attr(y, "type") == "counting"
  stop <- unname(y[, if (counting) "stop" else "time"])
  if (any(stop < 0) || any(is.infinite(stop))) {
    wrong <- which(stop < 0 | is.infinite(stop))
    sm_abort(c(
      "Times must be finite and not negative.", x = "{length(wrong)} time{?s} {?is/are} not, first in row {wrong[1]}.",
      i = "The area under a curve begins at time 0."
    ), "time", error_call)
  }
  list(entry = if (counting) unname(y[, "start"]) else numeric(), time = stop, event = as.integer(y[, "status"]))
}

# The arms: one variable on the right side, or none.
arm_group <- function(frame, error_call) {
  variables <- attr(stats::terms(frame), "term.labels")
  if (length(variables) == 0) return(factor(rep("all", nrow(frame))))
  if (length(variables) > 1) {
    sm_abort(
      c("The right side of {.arg formula} must be one variable, the arm.", x = "It has {length(variables)} terms."),
      "formula", error_call
    )
  }
  values <- frame[[variables]]
  droplevels(if (is.factor(values)) values else factor(values))
}

arm_names <- function(levels, frame, roles) {
  variables <- attr(stats::terms(frame), "term.labels")
  if (length(variables) == 0) return("All patients")
  arms <- match(levels, as.character(c(roles$reference, roles$treated)))
  if (!is.null(roles) && identical(variables, roles$treatment) && !anyNA(arms)) return(roles$arm_labels[arms])
  paste0(variables, "=", levels)
}

check_arm_weights <- function(weight, error_call) {
  wrong <- which(is.na(weight) | weight < 0 | is.infinite(weight))
  if (length(wrong) == 0) return(invisible())
  sm_abort(c(
    "{.arg weights} must be finite and not negative.",
    x = "{length(wrong)} {?is/are} not, first in row {wrong[1]}."
  ), "weights", error_call)
}

# A contrast of the arms' numbers: sum of coefficient x value, and its standard error from the influences, by cluster.
# `numbers` are lists with `value` and `influence` for one point; `coefficients` one an arm.
contrast_arms <- function(data, numbers, coefficients) {
  influence <- unlist(
    lapply(seq_along(numbers), function(k) coefficients[k] * numbers[[k]]$influence), use.names = FALSE
  )
  cluster <- unlist(lapply(data$arms, `[[`, "cluster"), use.names = FALSE)
  sqrt(core_clustered_variance(influence, cluster, data$clusters))
}

# One arm's numbers at each point: a list over points of lists with value and influence.
read_arm <- function(arm, at, what) {
  read <- core_curve_numbers(arm$entry, arm$time, arm$event, arm$weight, at, what)
  lapply(seq_along(at), function(k) list(value = read$value[k], influence = read$influence[, k]))
}

# How the standard errors were made, in one sentence. Greenwood's formula is the sum of squared influences only when
# nobody enters late.
variance_rule <- function(data) {
  if (!is.null(data$rule)) return(data$rule)
  late <- any(vapply(data$arms, function(arm) length(arm$entry) > 0, NA))
  if (data$clustered) return("Variance: influence functions, summed by cluster.")
  if (data$weighted || late) return("Variance: influence functions (infinitesimal jackknife).")
  "Variance: Greenwood."
}
