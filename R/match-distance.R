# The distance of match_cohort(): a score fitted here, given, or a distance between patients; who is discarded;
# calipers.

covariate_distances <- c("mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean")

is_covariate_distance <- function(distance) rlang::is_string(distance) && tolower(distance) %in% covariate_distances

# Adds distance, distance_matrix, transform, link, distance_info (what print and info call it), model, discarded.
prepare_distance <- function(prep) {
  given <- prep$distance
  prep["distance"] <- list(NULL)
  if (!is.null(prep$method) && prep$method %in% c("exact", "cem", "cardinality")) {
    prep["link"] <- list(NULL)
    return(discard_patients(prep))
  }
  if (is.null(given) && is.null(prep$method)) return(discard_patients(prep))
  if (inherits(given, "propensity")) {
    prep <- distance_of_propensity(prep, given)
  } else if (rlang::is_string(given)) {
    prep <- distance_by_name(prep, tolower(given))
  } else {
    prep <- distance_as_given(prep, given)
  }
  discard_patients(prep)
}

distance_by_name <- function(prep, name) {
  if (name %in% covariate_distances) {
    prep$transform <- name
    prep["link"] <- list(NULL)
    return(prep)
  }
  if (name != "glm") {
    sm_abort(c(
      "{.arg distance} must be {.val glm}, one of {.val {covariate_distances}}, a score, a matrix or a {.cls propensity}.",
      x = "It is {shown(name)}.", i = "Fit the score with the package of your choice and give its values."
    ), "match", prep$error_call)
  }
  prep$score_arguments <- score_arguments(prep)
  fit <- fit_score(prep$score_arguments, prep)
  if (!is.null(prep$s.weights)) attr(prep$s.weights, "in_ps") <- TRUE
  prep$distance <- unname(fit$score)
  prep$distance_info <- "glm"
  prep$model <- fit$model
  prep
}

score_arguments <- function(prep) {
  allowed <- unique(c(names(formals(stats::glm)), names(formals(stats::glm.control))))
  options <- prep$distance.options
  right <- is.list(options) && !is.data.frame(options)
  if (!right || !all(rlang::names2(options) %in% allowed)) {
    sm_abort(c(
      "{.arg distance.options} must be a list of arguments of {.fn stats::glm}.",
      x = if (right) "Unknown: {.val {setdiff(rlang::names2(options), allowed)}}." else "It is {.obj_type_friendly {options}}."
    ), "match", prep$error_call)
  }
  options$formula <- options$formula %||% prep$formula
  options$data <- options$data %||% plain_frame(prep$data)
  options$weights <- options$weights %||% prep$s.weights
  options
}

fit_score <- function(arguments, prep) {
  links <- c("logit", "probit", "cauchit", "cloglog", "log", "identity")
  check_choice(prep$link, "link", c(links, paste0("linear.", links)), prep$error_call)
  linear <- startsWith(prep$link, "linear")
  link <- sub("^linear\\.", "", prep$link)
  arguments$family <- if (is.null(arguments$weights)) stats::binomial(link = link) else stats::quasibinomial(link = link)
  model <- tryCatch(
    withCallingHandlers(do.call(stats::glm, arguments, quote = TRUE), warning = function(w) {
      sm_warn(c("The score model has a warning.", x = "{conditionMessage(w)}"), "match", prep$error_call)
      rlang::cnd_muffle(w)
    }),
    error = function(e) {
      sm_abort(
        c("The score model must be estimable.", x = "{conditionMessage(e)}"), "match", prep$error_call
      )
    }
  )
  model$call <- rlang::call2(
    "glm", formula = arguments$formula, family = rlang::call2(model$family$family, link = link)
  )
  list(model = model, score = stats::predict(model, type = if (linear) "link" else "response"))
}

distance_of_propensity <- function(prep, propensity) {
  if (length(propensity$fitted) != nrow(prep$data) || !identical(as.integer(unname(propensity$treat)), prep$treat)) {
    sm_abort(c(
      "The {.cls propensity} must come from the same rows and treatment as {.arg data}.",
      x = "It has {length(propensity$fitted)} patient{?s}, {sum(propensity$treat == 1)} treated; the data have {nrow(prep$data)}, {sum(prep$treat)} treated.",
      i = "Fit it on this table: {.code fit_propensity(formula, data)}."
    ), "match", prep$error_call)
  }
  check_choice(prep$link, "link", c("logit", "linear.logit"), prep$error_call)
  prep$distance <- as.double(if (prep$link == "linear.logit") propensity$linear else propensity$fitted)
  if (!is.null(prep$s.weights)) attr(prep$s.weights, "in_ps") <- !is.null(propensity$weights)
  prep$distance_info <- "glm"
  prep$model <- propensity
  prep$call$distance <- if (is.language(prep$call$distance)) prep$call$distance else quote(propensity)
  prep
}

distance_as_given <- function(prep, distance) {
  n <- nrow(prep$data)
  prep["link"] <- list(NULL)
  if (!is.numeric(distance) || anyNA(distance)) {
    sm_abort(c(
      "{.arg distance} must be a string, a {.cls propensity}, or complete numbers.",
      x = "It is {.obj_type_friendly {distance}}{if (is.numeric(distance)) paste0(', first missing value at ', which(is.na(distance))[1])}."
    ), "match", prep$error_call)
  }
  prep$distance_info <- "user"
  if (is.matrix(distance)) {
    prep$distance_matrix <- orient_distances(distance, prep)
    return(prep)
  }
  if (length(distance) != n) {
    sm_abort(c(
      "{.arg distance} must have one value a row of {.arg data}.",
      x = "It has {length(distance)}; the data have {n} rows."
    ), "match", prep$error_call)
  }
  prep$distance <- as.double(distance)
  prep
}

# Focal patients in rows, the others in columns, both in data order.
orient_distances <- function(distance, prep) {
  if (is.null(prep$method) || !prep$method %in% c("nearest", "optimal", "full")) {
    sm_abort(
      "{.arg distance} cannot be a matrix with {.code method = {.val {prep$method %||% 'NULL'}}}.", "match",
      prep$error_call
    )
  }
  treated <- prep$treat == 1L
  square <- all(dim(distance) == length(treated))
  if (!square && !all(dim(distance) == c(sum(treated), sum(!treated)))) {
    sm_abort(c(
      "A distance matrix must be n x n or treated x controls.",
      x = "It is {nrow(distance)} x {ncol(distance)}; there are {sum(treated)} treated and {sum(!treated)} controls."
    ), "match", prep$error_call)
  }
  rows <- if (square) prep$row_names else prep$row_names[treated]
  columns <- if (square) prep$row_names else prep$row_names[!treated]
  check_distance_names(rownames(distance), rows, "row", prep)
  check_distance_names(colnames(distance), columns, "column", prep)
  if (!is.null(rownames(distance))) distance <- distance[rows, , drop = FALSE]
  if (!is.null(colnames(distance))) distance <- distance[, columns, drop = FALSE]
  if (square) distance <- distance[treated, !treated, drop = FALSE]
  if (identical(prep$estimand, "ATC")) t(distance) else distance
}

# `names` of rows or columns, `wanted` of patients.
check_distance_names <- function(names, wanted, margin, prep) {
  lost <- if (!is.null(names)) !wanted %in% names
  if (!any(lost)) return(invisible())
  sm_abort(c(
    "The {margin} names of a distance matrix must be the row names of {.arg data}.",
    x = "{sum(lost)} patient{?s} {?has/have} no {margin}, the first in row {match(wanted[lost][1], prep$row_names)} of {.arg data}.",
    i = "Without names the order of the data is taken: {.code unname(distance)}."
  ), "match", prep$error_call)
}

# Adds `discarded`; fits the score again without those patients if asked to.
discard_patients <- function(prep) {
  option <- prep$discard
  n <- nrow(prep$data)
  prep$discarded <- if (is.logical(option) && length(option) == n && !anyNA(option)) {
    unname(option)
  } else {
    if (!is.logical(option)) check_choice(option, "discard", c("none", "both", "control", "treated"), prep$error_call)
    outside_support(option, prep)
  }
  if (prep$reestimate && any(prep$discarded) && !is.null(prep$score_arguments)) {
    prep <- fit_retained(prep)
  }
  prep$score_arguments <- NULL
  prep
}

outside_support <- function(option, prep) {
  if (identical(option, "none")) return(rep.int(FALSE, nrow(prep$data)))
  score <- prep$distance
  if (is.null(score) || is.logical(option)) {
    sm_abort(c(
      "{.arg discard} must be {.val none} or a logical vector with one value a patient{if (!is.logical(option)) ' where there is no score'}."
    ), "match", prep$error_call)
  }
  control <- range(score[prep$treat == 0L])
  treated <- range(score[prep$treat == 1L])
  switch(option,
    both = score < max(control[1], treated[1]) | score > min(control[2], treated[2]),
    control = score < treated[1] | score > treated[2],
    treated = score < control[1] | score > control[2]
  )
}

fit_retained <- function(prep) {
  n <- nrow(prep$data)
  kept <- !prep$discarded
  arguments <- lapply(prep$score_arguments, function(a) {
    if (length(dim(a)) == 2 && nrow(a) == n) a[kept, , drop = FALSE] else if (length(a) == n) a[kept] else a
  })
  fit <- fit_score(arguments, prep)
  prep$model <- fit$model
  prep$distance[kept] <- unname(fit$score)
  prep
}

# Makes `caliper` absolute, named by column ("" for the distance); adds caliper_frame, the columns that have one.
prepare_calipers <- function(prep) {
  caliper <- prep$caliper
  if (is.null(caliper) || is.null(prep$method)) {
    prep["caliper"] <- list(NULL)
    return(prep)
  }
  caliper <- check_caliper(caliper, prep)
  standardised <- check_std_caliper(prep$std.caliper, caliper, prep)
  finite <- is.finite(caliper)
  caliper <- caliper[finite]
  standardised <- standardised[finite]
  prep["caliper"] <- list(NULL)
  if (length(caliper) == 0) return(prep)

  columns <- lapply(names(caliper), function(name) if (nzchar(name)) caliper_column(name, prep) else prep$distance)
  names(columns) <- names(caliper)
  if (any(standardised & !nzchar(names(caliper))) && is.null(prep$distance)) {
    sm_abort(c(
      "{.arg std.caliper} must be {.code FALSE} for a distance matrix.",
      i = "A matrix has no standard deviation; give the caliper in its unit."
    ), "match", prep$error_call)
  }
  kept <- if (any(prep$discarded)) !prep$discarded
  for (i in which(standardised)) {
    caliper[i] <- caliper[i] * stats::sd(if (is.null(kept)) columns[[i]] else columns[[i]][kept])
  }
  prep$caliper <- caliper
  if (any(nzchar(names(caliper)))) prep$caliper_frame <- as.data.frame(columns[nzchar(names(caliper))], optional = TRUE)
  prep
}

check_caliper <- function(caliper, prep) {
  if (!is.numeric(caliper) || length(caliper) == 0) {
    sm_abort(
      c("{.arg caliper} must be numeric.", x = "It is {.obj_type_friendly {caliper}}."), "match", prep$error_call
    )
  }
  if (is.null(names(caliper)) && length(caliper) > 1) {
    sm_abort(c(
      "{.arg caliper} must be one number for the score, or named by columns.",
      x = "It has {length(caliper)} numbers without names."
    ), "match", prep$error_call)
  }
  names(caliper) <- rlang::names2(caliper)
  if (anyNA(names(caliper)) || sum(!nzchar(names(caliper))) > 1) {
    sm_abort(
      "At most one entry of {.arg caliper} may be without a name: the one of the score.", "match", prep$error_call
    )
  }
  if (any(!nzchar(names(caliper))) && is.null(prep$distance) && is.null(prep$distance_matrix)) {
    sm_abort(c(
      "All entries of {.arg caliper} must be named where there is no score.",
      i = "With {.arg mahvars} the score stays, and a caliper on it is possible."
    ), "match", prep$error_call)
  }
  caliper
}

check_std_caliper <- function(standardised, caliper, prep) {
  if (is.logical(standardised) && !anyNA(standardised) && length(standardised) %in% c(1L, length(caliper))) {
    return(rep_len(standardised, length(caliper)))
  }
  sm_abort(
    "{.arg std.caliper} must be {.code TRUE} or {.code FALSE}, one for all calipers or one for each.", "match",
    prep$error_call
  )
}

caliper_column <- function(name, prep) {
  column <- if (name %in% names(prep$data)) prep$data[[name]] else prep$covariates[[name]] %||% prep$mahvars_frame[[name]]
  if (is.null(column)) {
    sm_abort(
      c("{.arg caliper} must name columns of {.arg data}.", x = "Unknown: {.val {name}}."), "match", prep$error_call
    )
  }
  if (is.character(column) || is.factor(column)) {
    sm_abort(c(
      "Calipers need numeric columns.", x = "{.field {name}} is {.obj_type_friendly {column}}.",
      i = "Use {.arg exact} for it."
    ), "match", prep$error_call)
  }
  if (anyNA(column)) {
    sm_abort(c(
      "A column with a caliper must be complete.",
      x = "{.field {name}} lacks {sum(is.na(column))} value{?s}, first in row {which(is.na(column))[1]}."
    ), "match", prep$error_call)
  }
  column
}
