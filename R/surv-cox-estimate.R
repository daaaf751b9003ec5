# From the pieces of a Cox model to the numbers of a fit, in the order of survival's fields.

cox_init <- function(init, matrix, error_call = rlang::caller_env()) {
  if (is.null(init)) return(NULL)
  x <- matrix$x
  if (!is.numeric(init) || length(init) != ncol(x)) {
    sm_abort(
      c("{.arg init} needs one number a coefficient, {ncol(x)} in all.", x = "It is {shown(init)}."), "init", error_call
    )
  }
  start <- exp(x %*% init - sum(colMeans(x) * init))
  if (any(start > .Machine$double.xmax) || all(start == 0)) {
    sm_abort("The starting values lead to overflow or underflow of the hazard ratios.", "init", error_call)
  }
  as.double(init)
}

# What survival returns when nobody had an event.
cox_without_events <- function(frame, matrix, ties) {
  x <- matrix$x
  coefficients <- rep(NA, ncol(x))
  names(coefficients) <- colnames(x)
  list(
    coefficients = coefficients, var = matrix(0, ncol(x), ncol(x)), loglik = c(0, 0), score = 0, iter = 0,
    linear.predictors = if (length(frame$offset$value) > 0) frame$offset$value else rep(0, frame$n),
    residuals = rep(0, frame$n), means = colMeans(x), method = ties, n = frame$n,
    nevent = 0, terms = matrix$terms, assign = matrix$assign,
    concordance = c(
      concordant = 0, discordant = 0, tied.x = 0, tied.y = 0, tied.xy = 0, concordance = NA, std = NA, timefix = FALSE
    ),
    wald.test = 0, y = named_response(frame)
  )
}

cox_estimate <- function(frame, matrix, problem, variance, init, control, singular.ok, penalty,
                         error_call = rlang::caller_env()) {
  ridges <- cox_ridges(frame, matrix)
  fit <- if (ncol(matrix$x) == 0) {
    cox_null(problem)
  } else if (length(ridges) > 0) {
    if (penalty == "firth") sm_abort("{.fn ridge} and {.code penalty = \"firth\"} exclude each other.", "unsupported", error_call)
    cox_ridge(problem, init, control, ridges, matrix$assign, frame$events, error_call)
  } else {
    cox_maximise(problem, init, control, penalty, error_call)
  }
  robust <- variance$robust && !all(is.na(fit$coefficients))
  residuals <- core_cox_residuals(
    problem$data, problem$predictor(fit), problem$ties == "efron", robust, variance$code, variance$count
  )
  fit$residuals <- stats::setNames(residuals$martingale, row.names(frame$mf))
  if (anyNA(fit$coefficients) && !singular.ok) {
    redundant <- names(fit$coefficients)[is.na(fit$coefficients)]
    sm_abort(
      c(
        "Covariates must not be redundant when {.code singular.ok = FALSE}.",
        x = "{.val {redundant}} depend{?s/} on others."
      ),
      "singular", error_call
    )
  }
  fit$n <- frame$n
  fit$nevent <- frame$events
  if (length(frame$id) > 0) fit$n.id <- length(unique(frame$id))
  fit$terms <- matrix$terms
  fit$assign <- matrix$assign
  if (robust) fit <- cox_robust(fit, residuals$scores, problem, variance, init, control)
  if (length(fit$coefficients) > 0) fit$wald.test <- cox_wald(fit, init, control)
  fit
}

check_cox_numbers <- function(frame, x, ties, variance, error_call = rlang::caller_env()) {
  bad <- Filter(function(column) !all(is.finite(x[, column])), which(!is.finite(colSums(x))))
  if (length(bad) > 0) {
    rows <- which(!is.finite(x[, bad[1]]))
    sm_abort(c(
      "Covariates must be finite.",
      x = "{.val {colnames(x)[bad[1]]}} is not in {length(rows)} row{?s}, first in row {rows[1]}."
    ), "covariate", error_call)
  }
  if (any(frame$weights <= 0)) {
    rows <- which(frame$weights <= 0)
    sm_abort(
      c("Weights must be above 0.", x = "{length(rows)} {?is/are} not, first in row {rows[1]}."), "weights", error_call
    )
  }
  if (ties == "exact" && any(frame$weights != 1)) {
    sm_abort(c("{.code ties = \"exact\"} takes no case weights.", i = "Use {.val efron}."), "weights", error_call)
  }
  if (ties == "exact" && variance$robust) {
    sm_abort(c("{.code ties = \"exact\"} has no robust variance.", i = "Use {.val efron}."), "unsupported", error_call)
  }
}

# The data as the core wants them, sorted once, with what is needed to come back to the scale of the covariates.
cox_problem <- function(frame, x, ties, nocenter) {
  counting <- ncol(frame$y) == 3
  kept <- columns_not_centred(x, nocenter)
  if (ties == "exact") {
    transform <- exact_transform(x, counting, kept)
    x <- transform$x
  }
  centred <- if (ties == "exact") rep(0L, ncol(x)) else as.integer(!kept)
  data <- core_cox_data(
    frame$y, frame$order, frame$strata$factor, if (is.null(frame$weights)) double() else as.double(frame$weights),
    frame$offset$value, x, centred
  )
  list(
    data = data, x = x, offset = frame$offset$value, offset_mean = frame$offset$mean, counting = counting,
    ties = ties, kept = kept,
    transform = if (ties == "exact") transform, names = colnames(x),
    predictor = predictor_of_fits(frame$offset$mean)
  )
}

# The linear predictor of a fit as the core takes it: the offset around its mean.
predictor_of_fits <- function(offset_mean) {
  function(fit) if (offset_mean == 0) fit$linear.predictors else fit$linear.predictors - offset_mean
}

# Columns whose values are all in `nocenter` stay as they are.
columns_not_centred <- function(x, nocenter, error_call = rlang::caller_env(2)) {
  if (is.null(nocenter)) return(rep(FALSE, ncol(x)))
  if (!is.numeric(nocenter)) {
    sm_abort(c("{.arg nocenter} must be numbers or NULL.", x = "It is {shown(nocenter)}."), "argument", error_call)
  }
  core_columns_within(x, as.double(nocenter))
}

# The exact likelihood is maximised on standardised columns; for (start, stop] data only centred, as in survival.
exact_transform <- function(x, counting, kept) {
  centre <- ifelse(kept, 0, colMeans(x))
  spread <- if (counting) rep(1, ncol(x)) else ifelse(kept, 1, apply(x, 2, stats::sd))
  list(x = sweep(sweep(x, 2, centre), 2, spread, "/"), centre = centre, spread = spread)
}

cox_null <- function(problem) {
  fit <- if (problem$ties == "exact") {
    core_cox_fit_exact(problem$data, double(), 0L, 1e-9, 1e-12)
  } else {
    core_cox_fit(problem$data, double(), problem$ties == "efron", 0L, 1e-9, 1e-12)
  }
  fit <- list(loglik = fit$loglik[1], linear.predictors = core_linear_predictor(problem$x, double(), problem$offset, -problem$offset_mean))
  if (!problem$counting) fit["residuals"] <- list(NULL)
  fit$method <- problem$ties
  fit
}

cox_maximise <- function(problem, init, control, penalty, error_call) {
  start <- if (is.null(init)) rep(0, ncol(problem$x)) else init
  if (penalty == "firth") {
    return(cox_fields(cox_firth_fit(problem, start, control, error_call), problem, control))
  }
  fit <- if (problem$ties == "exact") {
    core_cox_fit_exact(
      problem$data, start * problem$transform$spread, control$iter.max, control$eps, control$toler.chol
    )
  } else {
    core_cox_fit(problem$data, start, problem$ties == "efron", control$iter.max, control$eps, control$toler.chol)
  }
  if (problem$counting && control$iter.max > 1 && !(all(is.finite(fit$coefficients)) && all(is.finite(fit$var)))) {
    sm_abort("The fit failed by numeric overflow.", "overflow", error_call)
  }
  cox_warn_convergence(fit, problem, control, error_call)
  result <- cox_fields(fit, problem, control)
  if (core_count_not_finite(result$linear.predictors) > 0) {
    sm_abort(c("The fit failed by numeric overflow.", i = "Are covariates of the size of 1e100 or more?"), "overflow", error_call)
  }
  result
}

cox_ridge <- function(problem, init, control, ridges, assign, events, error_call) {
  start <- if (is.null(init)) rep(0, ncol(problem$x)) else init
  fit <- cox_ridge_fit(problem, start, control, ridges, assign, events, error_call)
  ridge_fields(cox_fields(fit, problem, control), fit, ridges, assign)
}

cox_fields <- function(fit, problem, control) {
  raw <- fit$coefficients
  means <- if (problem$ties == "exact") {
    problem$transform$centre
  } else if (problem$counting) {
    ifelse(problem$kept, 0, colMeans(problem$x))
  } else {
    fit$means
  }
  shift <- if (problem$ties == "exact") 0 else sum(raw * means)
  linear <- core_linear_predictor(problem$x, raw, problem$offset, shift - problem$offset_mean)
  raw[cox_redundant(fit, problem, control)] <- NA
  if (problem$ties == "exact") {
    spread <- problem$transform$spread
    raw <- raw / spread
    fit$var <- fit$var / outer(spread, spread)
  }
  names(raw) <- names(means) <- problem$names
  result <- list(
    coefficients = raw, var = fit$var, loglik = fit$loglik, score = fit$score,
    iter = if (problem$ties == "exact" && !problem$counting) as.double(fit$iter) else fit$iter,
    linear.predictors = linear,
    residuals = NULL, means = means
  )
  if (problem$counting && problem$ties != "exact") {
    result$first <- fit$u
    result$info <- c(
      rank = fit$rank, rescale = 0L, "step halving" = fit$halvings, convergence = as.integer(!fit$converged)
    )
  }
  result$method <- problem$ties
  result
}

# Which coefficients become NA: after the rank of the first step for (start, stop] data, of the last otherwise.
cox_redundant <- function(fit, problem, control) {
  full <- fit$rank == ncol(problem$x) || (!fit$converged && (!problem$counting || problem$ties == "exact"))
  if (full || (control$iter.max == 0 && problem$ties != "exact")) return(rep(FALSE, ncol(problem$x)))
  diag(fit$var) == 0
}

# The rules by which survival says that a fit did not converge, or that a coefficient runs away.
cox_warn_convergence <- function(fit, problem, control, error_call) {
  if (control$iter.max <= 1) return(invisible())
  if (!fit$converged) {
    sm_warn(
      c(
        "Ran out of iterations and did not converge.", x = "There were {control$iter.max}.",
        i = "Set a larger {.arg iter.max}."
      ),
      "convergence", error_call
    )
    return(invisible())
  }
  step <- abs(drop(fit$u %*% fit$var))
  size <- abs(fit$coefficients)
  running <- if (problem$counting && problem$ties != "exact") {
    !is.finite(fit$u) | step > control$toler.inf * (1 + size)
  } else {
    !is.finite(fit$u) | (step > control$eps & step > control$toler.inf * size)
  }
  if (!any(running)) return(invisible())
  which <- problem$names[running]
  sm_warn(c(
    "Loglik converged before variable {paste(which(running), collapse = ',')}; coefficient may be infinite.",
    x = "{.val {which}}: one group may have no events, or the covariate separates those with an event.",
    i = "The Wald interval has no meaning here: see {.code penalty = \"firth\"}."
  ), "infinite_coefficient", error_call)
}

# Lin-Wei sandwich, clusters summed: `scores` of the fit. The robust score test is taken at the starting values, without
# offset, as in survival.
cox_robust <- function(fit, scores, problem, variance, init, control) {
  fit$naive.var <- fit$var
  fit$var <- fit$naive.var %*% scores$outer %*% fit$naive.var
  start <- core_cox_cluster_scores(
    problem$data, if (is.null(init)) double() else c(problem$x %*% init), problem$ties == "efron", variance$code, variance$count
  )
  fit$rscore <- wald_statistic(start$outer, start$total, control$toler.chol)
  if (length(start$total) == 1) fit$rscore <- matrix(fit$rscore)
  fit
}

cox_wald <- function(fit, init, control) {
  estimated <- !is.na(fit$coefficients)
  from <- if (is.null(init)) 0 else init
  wald_statistic(fit$var[estimated, estimated, drop = FALSE], (fit$coefficients - from)[estimated], control$toler.chol)
}

wald_statistic <- function(var, b, tolerance) {
  if (length(b) == 0) return(numeric())
  if (length(b) == 1) return(drop(b * b / var[1, 1]))
  core_quadratic_form(var, b, tolerance)
}

# The response with the names of its rows, as survival's fits keep it.
named_response <- function(frame) {
  y <- frame$y
  if (is.null(rownames(y))) attr(y, "dimnames") <- list(row.names(frame$mf), colnames(y))
  y
}

cox_keep <- function(fit, frame, matrix, model, x, y, control) {
  dropped <- attr(frame$mf, "na.action")
  if (length(dropped) > 0) fit$na.action <- dropped
  if (model) fit$model <- frame$mf
  if (x) {
    fit$x <- matrix$x
    if (length(frame$strata$factor) > 0) fit$strata <- frame$strata$factor
  }
  if (y) fit$y <- named_response(frame)
  fit$timefix <- control$timefix
  if (!is.null(frame$weights) && any(frame$weights != 1)) fit$weights <- frame$weights
  fit$formula <- stats::formula(frame$terms)
  if (length(frame$xlevels) > 0) fit$xlevels <- frame$xlevels
  fit$contrasts <- matrix$contrasts
  if (x && any(frame$offset$value != 0)) fit$offset <- frame$offset$value
  fit
}
