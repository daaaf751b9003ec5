# The model frame behind fit_km() and test_logrank(): survival's rules for formula, subset and missing values, without
# the time that Surv() and strata() spend on names and text.

# `design` is from design_call(). Returns the model frame with its missing values handled by na.action.
survival_frame <- function(design, env, extras, error_call) {
  formula <- quicken_formula(design$formula)
  given <- intersect(extras, names(design$call))
  call <- as.call(c(
    list(quote(stats::model.frame), formula = formula),
    if (!is.null(design$data)) list(data = design$data),
    as.list(design$call)[given],
    list(na.action = quote(stats::na.pass))
  ))
  frame <- put_together(eval(call, env), error_call)
  frame <- apply_na_action(frame, design$call, env, error_call)
  if (nrow(frame) == 0) {
    sm_abort(c("{.arg data} must have a row without missing values.", x = "There is none."), "data", error_call)
  }
  frame
}

# survival::strata() and the like become strata(): terms() knows these words only without the package. Where the words
# mean survival's functions, ours of the same results stand in for the slow ones.
quicken_formula <- function(formula) {
  formula <- drop_survival_prefix(formula)
  home <- environment(formula) %||% globalenv()
  quick <- list(Surv = quick_surv, strata = quick_strata, cluster = survival::cluster)
  is_survivals <- vapply(names(quick), function(name) {
    seen <- get0(name, envir = home, mode = "function")
    is.null(seen) || identical(seen, getExportedValue("survival", name))
  }, NA)
  environment(formula) <- list2env(quick[is_survivals], parent = home)
  formula
}

drop_survival_prefix <- function(expr) {
  if (!is.call(expr)) return(expr)
  if (is_survival_word(expr[[1]])) expr[[1]] <- expr[[1]][[3]]
  for (i in seq_along(expr)[-1]) {
    if (is.call(expr[[i]])) expr[[i]] <- drop_survival_prefix(expr[[i]])
  }
  expr
}

is_survival_word <- function(head) {
  is.call(head) && length(head) == 3 && identical(head[[1]], quote(`::`)) &&
    identical(as.character(head[[2]]), "survival") &&
    as.character(head[[3]]) %in% c("Surv", "strata", "cluster")
}

# Surv(time, status) and Surv(start, stop, status) of plain vectors, the status also a factor, without surprises;
# everything else is survival's business.
quick_surv <- function(...) {
  given <- list(...)
  size <- length(given)
  if (size %in% 2:3 && is.null(names(given))) {
    several <- is.factor(given[[size]])
    plain <- all(vapply(given[seq_len(size - several)], is_plain, NA)) && (!several || has_plain_states(given[[size]]))
    response <- if (plain) core_plain_response(given, several, response_attributes(given, several))
    if (!is.null(response)) return(response)
  }
  survival::Surv(...)
}

is_plain <- function(x) (is.numeric(x) || is.logical(x)) && !is.object(x) && is.null(dim(x)) && is.null(names(x))

has_plain_states <- function(x) is.null(names(x)) && !any(levels(x)[-1] %in% c(NA, ""))

# What Surv() puts beside type and class: how the states are called, and what its arguments carried.
response_attributes <- function(given, several) {
  size <- length(given)
  of_states <- if (several) attributes(survival::Surv(1, given[[size]][1]))
  names(given) <- c("time", if (size == 3) "time2", "event")
  carried <- Filter(length, lapply(given, attributes))
  c(
    as.list(of_states[intersect(names(of_states), c("states", "clabel"))]),
    if (length(carried) > 0) list(inputAttributes = carried)
  )
}

# survival::strata() in time linear in the rows: levels are labelled once, not every row.
quick_strata <- function(...) {
  given <- list(...)
  words <- as.character(match.call())[-1]
  named <- !is.null(names(given))
  simple <- length(given) > 0 && !named && all(vapply(given, function(x) is.atomic(x) && is.null(dim(x)), NA)) &&
    length(unique(lengths(given))) == 1
  if (!simple) return(eval(`[[<-`(sys.call(), 1, survival::strata), parent.frame()))
  combine_strata(given, words, shortlabel = all(vapply(given, is_text, NA)))
}

is_text <- function(x) is.character(x) || is.factor(x)

# What strata() makes of a model frame's columns.
strata_of_columns <- function(columns, shortlabel = NULL) {
  simple <- all(vapply(columns, function(x) is.atomic(x) && is.null(dim(x)), NA))
  if (!simple) return(survival::strata(columns))
  combine_strata(columns, names(columns), shortlabel %||% FALSE)
}

# One factor for the combinations that occur, in the order of the levels, labelled "a=1, b=2".
combine_strata <- function(columns, names, shortlabel) {
  all <- lapply(seq_along(columns), function(i) {
    level <- level_codes(columns[[i]])
    text <- if (shortlabel) level$labels else label_levels(names[i], level)
    keep_used(level$codes, if (i > 1 && !shortlabel) format(text) else text)
  })
  both <- Reduce(cross_levels, all)
  if (length(columns) > 1 && anyDuplicated(both$labels)) return(factor(both$codes, labels = both$labels))
  structure(both$codes, levels = both$labels, class = "factor")
}

label_levels <- function(name, level) {
  if (!is.null(level$values)) return(core_number_labels(paste0(enc2utf8(name), "="), level$values))
  paste(name, level$labels, sep = "=")
}

cross_levels <- function(a, b) {
  size <- length(b$labels)
  pair <- (a$codes - 1) * size + b$codes
  seen <- sort(unique(pair))
  list(
    codes = match(pair, seen, incomparables = NA),
    labels = paste(a$labels[(seen - 1) %/% size + 1], b$labels[(seen - 1) %% size + 1], sep = ", ")
  )
}

# Levels without a row leave, as in strata().
keep_used <- function(codes, labels) {
  used <- tabulate(codes, length(labels)) > 0
  if (all(used)) return(list(codes = codes, labels = labels))
  list(codes = cumsum(used)[codes], labels = labels[used])
}

# The codes and labels of as.factor(x); the values, too, of whole numbers.
level_codes <- function(x) {
  if (!is.null(levels(x))) return(list(codes = as.integer(x), labels = levels(x)))
  if (is.integer(x) && !is.object(x)) {
    found <- core_integer_levels(x)
    if (!is.null(found)) return(c(found, list(labels = as.character(found$values))))
  }
  if (is.object(x)) {
    x <- factor(x)
    return(list(codes = as.integer(x), labels = levels(x)))
  }
  values <- sort(unique(x))
  labels <- as.character(values)
  codes <- match(x, values, incomparables = if (anyNA(x)) NA else NULL)
  if (is.double(x) && anyDuplicated(labels)) {
    codes <- match(labels, unique(labels))[codes]
    labels <- unique(labels)
  }
  list(codes = codes, labels = labels)
}

# na.action as model.frame() would take it; the standard ones have nothing to do when nothing is missing.
apply_na_action <- function(frame, call, env, error_call) {
  action <- na_function((if (!is.null(call$na.action)) eval(call$na.action, env)) %||% getOption("na.action"), error_call)
  standard <- list(stats::na.omit, stats::na.exclude, stats::na.fail, stats::na.pass)
  is_standard <- any(vapply(standard, identical, NA, y = action))
  if (is_standard && !any(vapply(frame, has_missing, NA))) return(frame)
  result <- tryCatch(action(frame), error = function(e) {
    missing <- vapply(frame, function(x) sum(is.na(x)) > 0, NA)
    sm_abort(c(
      "{.arg na.action} did not accept the data.", x = "{conditionMessage(e)}",
      i = "Values are missing in {.val {names(frame)[missing]}}."
    ), "missing", error_call)
  })
  check_na_result(result, error_call)
}

has_missing <- function(x) if (typeof(x) %in% c("double", "integer")) core_has_missing(x) else anyNA(x)

# The response, or a sentence why it is none of ours.
survival_response <- function(frame, verb, error_call) {
  y <- frame[[attr(attr(frame, "terms"), "response")]]
  if (inherits(y, "Surv2")) {
    sm_abort(
      c("{.fn {verb}} does not take timeline data ({.fn Surv2}).", i = "Use {.fn survival::survfit}."), "response",
      error_call
    )
  }
  if (!inherits(y, "Surv")) {
    sm_abort(c(
      "The left side of {.arg formula} must be a {.fn Surv} object.",
      x = "It is {.obj_type_friendly {y}}."
    ), "response", error_call)
  }
  if (has_missing(y)) {
    sm_abort(c("Times and status must not be missing.", x = "{sum(is.na(y))} row{?s} {?is/are}.",
      i = "Use {.code na.action = na.omit}."), "missing", error_call)
  }
  y
}

# Times that differ by a rounding error are tied, as by survival::aeqSurv(): `y` of them, and the `order` of its times for
# the core. Rows without names get those of `rows`.
sorted_response <- function(y, error_call = rlang::caller_env(), class = "time", rows = NULL) {
  from_core(core_tie_response(double_matrix(y), rows), class, error_call)
}

join_tied_times <- function(y, error_call = rlang::caller_env(), class = "time") sorted_response(y, error_call, class)$y

response_column <- function(y, column) core_response_column(double_matrix(y), column)

double_matrix <- function(y) {
  if (!is.double(y)) storage.mode(y) <- "double"
  y
}

check_timefix <- function(timefix, error_call) {
  if (!rlang::is_bool(timefix)) sm_abort("{.arg timefix} must be TRUE or FALSE.", "timefix", error_call)
}

# The core refuses with a sentence; R adds the class and the user's call.
from_core <- function(expr, class, error_call) {
  tryCatch(expr, error = function(e) sm_abort("{conditionMessage(e)}", class, error_call))
}
