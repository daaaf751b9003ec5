# From a call to the pieces of a Cox model: model frame, response, strata, clusters, model matrix.

# The formula in an environment that sees the data and whatever else the call names, wherever the fit is evaluated
# again.
formula_seeing_call <- function(design, env) {
  home <- environment(design$formula)
  wanted <- call_values(design$call["data"], env, function(name, value) !identical(get0(name, envir = home), value))
  columns <- names(design$data)
  extras <- design$call[intersect(c("weights", "subset", "cluster", "id", "censoring"), names(design$call))]
  absent <- call_values(extras, env, function(name, value) !name %in% columns && !exists(name, envir = home))
  values <- c(wanted, absent[setdiff(names(absent), names(wanted))])
  if (length(values) == 0) return(design$formula)
  inner <- list2env(values, parent = home)
  formula <- design$formula
  environment(formula) <- inner
  formula
}

# The variables in `calls` that `env` has and `needed(name, value)` asks for.
call_values <- function(calls, env, needed) {
  names <- unique(unlist(lapply(as.list(calls), all.vars)))
  values <- lapply(names, get0, envir = env)
  names(values) <- names
  values <- values[!vapply(values, is.null, NA)]
  keep <- vapply(names(values), function(name) needed(name, values[[name]]), NA)
  values[keep]
}

# `survival::strata(g)` is read as `strata(g)`, and survival's functions, or quicker ones of the same results, are found
# whether or not it is attached.
formula_with_survival <- function(formula) {
  functions <- c(
    "Surv", "strata", "cluster", "pspline", "tt", "frailty", "ridge", "frailty.gaussian", "frailty.gamma", "frailty.t"
  )
  used <- character()
  as_names <- character()
  strip <- function(expr) {
    if (is.name(expr)) as_names <<- c(as_names, intersect(as.character(expr), functions))
    if (!is.call(expr)) return(expr)
    head <- expr[[1]]
    if (is.call(head) && identical(head[[1]], quote(`::`)) && identical(head[[2]], quote(survival)) &&
      as.character(head[[3]]) %in% setdiff(functions, "Surv")) {
      expr[[1]] <- head <- head[[3]]
      as_names <<- setdiff(as_names, as.character(head))
    }
    if (is.name(head)) used <<- c(used, intersect(as.character(head), functions))
    for (i in seq_along(expr)[-1]) {
      if (!is.null(expr[[i]]) && !rlang::is_missing(expr[[i]])) expr[[i]] <- strip(expr[[i]])
    }
    expr
  }
  stripped <- strip(formula)
  used <- setdiff(unique(used), c(as_names, "tt"))
  if (length(used) == 0) return(stripped)
  inner <- new.env(parent = environment(formula))
  quick <- list(Surv = quick_surv, strata = quick_strata)
  for (name in used) assign(name, quick[[name]] %||% getExportedValue("survival", name), envir = inner)
  environment(stripped) <- inner
  stripped
}

# `response` checks the left side; the codes of its last column become `status`.
cox_frame <- function(design, na.action, timefix, keep = FALSE, response = check_cox_response,
                      error_call = rlang::caller_env()) {
  terms <- cox_terms(design, c("strata", "tt", "frailty", "ridge", "pspline"))
  cox_refuse_terms(terms, error_call)
  mf <- cox_model_frame(design, terms, na.action, keep, error_call)
  terms <- stats::terms(mf)
  y <- mf[[attr(terms, "response")]]
  response(y, error_call)
  check_ridge_columns(mf, error_call)
  if (nrow(mf) == 0) {
    sm_abort(c("There must be rows to fit.", x = "None is left without missing values."), "no_rows", error_call)
  }
  sorted <- if (timefix) sorted_response(y, error_call, rows = row.names(mf)) else list(y = double_matrix(y))
  y <- sorted$y
  cox_warn_both_sides(design$formula, terms, error_call)
  weights <- stats::model.weights(mf)
  if (!is.null(weights) && any(!is.finite(weights))) {
    sm_abort(
      c(
        "{.arg weights} must be finite.",
        x = "{sum(!is.finite(weights))} are not, first in row {which(!is.finite(weights))[1]}."
      ),
      "weights", error_call
    )
  }
  frame <- list(
    design = design, terms = terms, mf = mf, y = y, order = sorted$order, n = nrow(mf),
    events = core_count_events(y), weights = weights, id = mf[["(id)"]], cluster = mf[["(cluster)"]]
  )
  frame$strata <- cox_strata(frame)
  frame$offset <- cox_offset(mf, error_call)
  frame$xlevels <- stats::.getXlevels(terms, mf)
  frame
}

cox_refuse_terms <- function(terms, error_call) {
  used <- names(Filter(length, attr(terms, "specials")[c("tt", "frailty", "pspline")]))
  if (length(used) == 0) return(check_ridge_terms(terms, error_call))
  sm_abort(c(
    "{.fn fit_cox} does not fit {.fn {used}} terms.",
    i = "Use {.fn survival::coxph}{if ('tt' %in% used) '; for a coefficient that changes with time see test_ph_robust()'}."
  ), "unsupported", error_call)
}

check_ridge_terms <- function(terms, error_call) {
  where <- attr(terms, "specials")$ridge
  if (length(where) == 0) return(invisible())
  of <- attr(terms, "factors")[where, , drop = FALSE] > 0
  if (any(attr(terms, "order")[colSums(of) > 0] > 1)) {
    sm_abort("{.fn ridge} cannot be in an interaction.", "formula", error_call)
  }
}

check_ridge_columns <- function(mf, error_call) {
  wrong <- names(mf)[vapply(mf, function(column) inherits(column, "coxph.penalty") && !is.numeric(column), NA)]
  if (length(wrong) > 0) sm_abort(c("{.fn ridge} takes numbers.", x = "{.code {wrong}} has others."), "covariate", error_call)
}

# A frame that is kept goes through `na.action` also when it is complete, which may drop attributes of its columns.
cox_model_frame <- function(design, terms, na.action, keep, error_call) {
  call <- design$call
  call <- call[c(1L, match(c("weights", "subset", "cluster", "id", "censoring"), names(call), nomatch = 0L))]
  call[[1L]] <- quote(stats::model.frame)
  call$formula <- terms
  call$data <- design$data
  call$na.action <- quote(stats::na.pass)
  mf <- in_our_class(eval(call, environment(design$formula)), "formula")
  na.action <- na_function(na.action %||% getOption("na.action"), error_call)
  standard <- identical(na.action, stats::na.omit) || identical(na.action, stats::na.exclude)
  complete <- standard && !keep && !any(vapply(mf, has_missing, NA))
  if (is.null(na.action) || complete) mf else check_na_result(na.action(mf), error_call)
}

check_cox_response <- function(y, error_call) {
  if (inherits(y, "Surv2")) {
    sm_abort(
      c("{.fn fit_cox} does not take timeline data ({.fn Surv2}).", i = "Use {.fn survival::coxph}."), "unsupported",
      error_call
    )
  }
  if (!survival::is.Surv(y)) {
    sm_abort(
      c("The response must be a {.fn Surv} object.", x = "It is {.obj_type_friendly {y}}."), "response", error_call
    )
  }
  type <- attr(y, "type")
  if (type %in% c("mright", "mcounting")) {
    sm_abort(
      c("{.fn fit_cox} does not fit multi-state models.", i = "Use {.fn survival::coxph}."), "unsupported", error_call
    )
  }
  if (!type %in% c("right", "counting")) {
    sm_abort(
      c("The response must be right-censored or (start, stop].", x = "It is of type {.val {type}}."), "response",
      error_call
    )
  }
}

# As survival warns: a variable of the response that is also a covariate.
cox_warn_both_sides <- function(formula, terms, error_call) {
  if (length(attr(terms, "variables")) <= 2) return(invisible())
  left <- formula_variables(formula[[2]])
  left <- left[is.na(suppressWarnings(as.numeric(left)))]
  if (any(formula_variables(formula[[3]]) %in% left)) {
    sm_warn("A variable appears on both the left and right sides of the formula.", "both_sides", error_call)
  }
}

# The variables that a side uses as they are: through `+ * - :`, all arguments of Surv(), the first of other functions.
formula_variables <- function(expr) {
  if (!is.call(expr)) return(deparse(expr))
  head <- if (is.name(expr[[1]])) as.character(expr[[1]]) else ""
  if (head %in% c("$", "[")) return(character())
  if (head %in% c("+", "*", "-", ":", "Surv")) return(unlist(lapply(as.list(expr)[-1], formula_variables)))
  if (length(expr) == 2) formula_variables(expr[[2]]) else character()
}

# One factor for all strata terms (no values when there are none), and the terms that are only strata.
cox_strata <- function(frame) {
  terms <- frame$terms
  if (length(attr(terms, "specials")$strata) == 0) return(list(factor = integer(), drop = NULL, interact = FALSE))
  found <- survival::untangle.specials(terms, "strata", 1)
  keep <- if (length(found$vars) == 1) frame$mf[[found$vars]] else survival::strata(
    frame$mf[, found$vars], shortlabel = TRUE
  )
  all_vars <- survival::untangle.specials(terms, "strata", 1)$vars
  factors <- attr(terms, "factors")
  interact <- any(vapply(all_vars, function(v) any(attr(terms, "order")[factors[v, ] > 0] > 1), NA))
  list(factor = keep, interact = interact, drop = if (!interact) found$terms)
}

# The offset with mean 0, and its mean; no values when there is none.
cox_offset <- function(mf, error_call) {
  offset <- stats::model.offset(mf)
  if (is.null(offset) || all(offset == 0)) return(list(value = double(), mean = 0))
  if (any(!is.finite(offset) | !is.finite(exp(offset)))) {
    sm_abort("Offsets must lead to a finite risk score.", "offset", error_call)
  }
  list(value = as.double(offset - mean(offset)), mean = mean(offset))
}

# Whether the variance is robust, and the cluster of each row as 1, 2, ... (NULL: not robust).
cox_clusters <- function(frame, robust, penalty, error_call = rlang::caller_env()) {
  has_cluster <- length(frame$cluster) > 0
  has_id <- length(frame$id) > 0
  given <- !is.null(robust)
  if (!given) {
    fractional <- !is.null(frame$weights) && any(frame$weights != floor(frame$weights))
    robust <- has_cluster || fractional || (has_id && has_second_event(frame))
  }
  if (robust && (penalty == "firth" || length(attr(frame$terms, "specials")$ridge) > 0)) {
    sm_warn(c("A penalised fit has no robust variance.", x = if (given || has_cluster) {
      "{.arg robust} and clusters are not used."
    } else {
      "Its standard errors take {.arg weights} for numbers of patients."
    }), "cluster", error_call)
    code <- if (has_cluster) group_code(frame$cluster) else integer()
    return(list(robust = FALSE, code = code, count = max(code, 0L)))
  }
  if (!robust && has_cluster) sm_warn("With {.code robust = FALSE} the clusters are not used.", "cluster", error_call)
  if (!robust && !has_cluster) return(list(robust = FALSE, code = integer(), count = 0L))
  code <- if (has_cluster && is.factor(frame$cluster)) {
    as.integer(frame$cluster)
  } else if (has_cluster || has_id) {
    group_code(if (has_cluster) frame$cluster else frame$id)
  } else if (ncol(frame$y) == 2 || !given) {
    seq_len(frame$n)
  } else {
    sm_abort("A robust variance for (start, stop] data needs {.arg cluster} or {.arg id}.", "cluster", error_call)
  }
  list(robust = robust, code = code, count = max(code))
}

# Whether a person has more than one event.
has_second_event <- function(frame) {
  status <- frame$status %||% response_column(frame$y, ncol(frame$y))
  anyDuplicated(frame$id[status == 1]) > 0
}

# Groups as 1, 2, ...
group_code <- function(group) {
  codes <- if (is.integer(group)) core_group_codes(group)
  if (length(codes) > 0) codes else match(group, unique(group))
}

# The model matrix without intercept and strata, with the attributes that survival keeps.
cox_matrix <- function(frame, keep = FALSE) {
  terms <- frame$terms
  attr(terms, "intercept") <- 1
  x <- if (keep) NULL else numeric_matrix(terms, frame)
  if (is.null(x)) x <- general_matrix(terms, frame)
  list(x = x, assign = survival::attrassign(x, terms), contrasts = attr(x, "contrasts"), terms = terms)
}

# The columns of the model frame side by side when all terms are plain numeric columns or matrices; else NULL.
numeric_matrix <- function(terms, frame) {
  labels <- setdiff(attr(terms, "term.labels"), attr(terms, "term.labels")[frame$strata$drop])
  if (length(labels) == 0 || any(attr(terms, "order") > 1) || !all(labels %in% names(frame$mf))) return(NULL)
  x <- bind_numeric(unclass(frame$mf)[labels])
  if (is.null(x)) return(NULL)
  attr(x, "assign") <- rep(match(labels, attr(terms, "term.labels")), vapply(frame$mf[labels], NCOL, 1L))
  x
}

# Plain numeric columns and matrices side by side, named as model.matrix() names them; NULL when one is something else.
bind_numeric <- function(columns) {
  plain <- vapply(columns, function(column) is.numeric(column) && !is.object(column) && length(dim(column)) %in% c(0L, 2L), NA)
  if (!all(plain)) return(NULL)
  names <- lapply(names(columns), function(name) {
    size <- NCOL(columns[[name]])
    if (size == 1L) name else paste0(name, colnames(columns[[name]]) %||% seq_len(size))
  })
  core_bind_columns(columns, NROW(columns[[1]]), unlist(names))
}

general_matrix <- function(terms, frame) {
  if (length(frame$strata$drop) > 0) {
    x <- in_our_class(stats::model.matrix(terms[-frame$strata$drop], frame$mf), "covariate")
    assign <- attr(x, "assign")
    for (gone in sort(frame$strata$drop)) assign <- assign + (gone <= assign)
  } else {
    x <- in_our_class(stats::model.matrix(terms, frame$mf), "covariate")
    assign <- attr(x, "assign")
  }
  contrasts <- attr(x, "contrasts")
  gone <- assign %in% c(0, if (frame$strata$interact) survival::untangle.specials(terms, "strata")$terms)
  x <- x[, !gone, drop = FALSE]
  attr(x, "assign") <- assign[!gone]
  attr(x, "contrasts") <- contrasts
  x
}
