# ridge() terms: a fit with a penalty, theta given or found for the degrees of freedom, as a coxph.penal of survival.

# The ridge terms of a model frame: what ridge() says of each, and its columns of the model matrix.
cox_ridges <- function(frame, matrix) {
  found <- vapply(frame$mf, inherits, NA, "coxph.penalty")
  lapply(stats::setNames(nm = names(frame$mf)[found]), function(name) {
    c(attributes(frame$mf[[name]]), list(columns = matrix$assign[[name]]))
  })
}

# The loop around the fits: each with the penalty that the last one led to, until the rule of every term is content.
cox_ridge_fit <- function(problem, start, control, ridges, assign, events, error_call) {
  if (problem$ties == "exact") {
    sm_abort("{.fn ridge} needs Efron's or Breslow's ties.", "unsupported", error_call)
  }
  rules <- lapply(ridges, function(r) c(r$cparm, eps2 = sqrt(control$eps)))
  states <- Map(function(r, rule) r$cfun(rule, iter = 0), ridges, rules)
  tried <- list(theta = cbind(unlist(lapply(states, `[[`, "theta"))), coefficients = NULL)
  total <- 0
  failed <- integer()
  for (outer in seq_len(control$outer.max)) {
    penalty <- ridge_penalty(ridges, states, events, ncol(problem$x))
    fit <- core_cox_ridge(
      problem$data, start, penalty$precision, problem$ties == "efron", control$iter.max, control$eps, control$toler.chol
    )
    total <- total + fit$iter
    if (fit$iter >= control$iter.max) failed <- c(failed, outer)
    size <- ridge_size(fit, penalty$precision, assign)
    value <- penalty$value(fit$coefficients)
    if (outer == 1) first <- list(penalty = value, loglik = fit$loglik[1])
    states <- ridge_states(ridges, rules, states, outer, size, names(assign))
    if (all(vapply(states, `[[`, NA, "done"))) break
    tried$coefficients <- cbind(tried$coefficients, fit$coefficients)
    theta <- unlist(lapply(states, `[[`, "theta"))
    # the next fit starts where the penalty was most like its own
    if (outer > 1) start <- tried$coefficients[, which.min(colSums((tried$theta - theta)^2))] else start <- fit$coefficients
    tried$theta <- cbind(tried$theta, theta)
  }
  if (control$iter.max > 1 && length(failed) > 0) {
    sm_warn("Ran out of iterations in round{?s} {failed} of the penalty.", "convergence", error_call)
  }
  fit$loglik <- c(first$loglik, fit$loglik[2] + value)
  fit$means <- ifelse(problem$kept, 0, colMeans(problem$x))
  c(fit, list(
    outer = outer, total = total, size = size, penalty = c(first$penalty, value), states = states,
    precision = penalty$precision
  ))
}

# Precision of each column, and the value of the penalty at coefficients.
ridge_penalty <- function(ridges, states, events, columns) {
  at <- function(i, b) ridges[[i]]$pfun(b, states[[i]]$theta, events, ridges[[i]]$pparm)
  precision <- numeric(columns)
  for (i in seq_along(ridges)) {
    own <- ridges[[i]]$columns
    precision[own] <- rep_len(at(i, numeric(length(own)))$second, length(own))
  }
  list(precision = precision, value = function(b) {
    sum(vapply(seq_along(ridges), function(i) at(i, b[ridges[[i]]$columns])$penalty, 0))
  })
}

# Gray (1992): the variance var (H - P) var of penalised estimates, and the degrees of freedom of each term.
ridge_size <- function(fit, precision, assign) {
  var <- fit$var
  inner <- var - var %*% (precision * var)
  if (length(assign) == 1) return(list(var2 = inner, df = fit$rank - sum(precision * diag(var))))
  df <- vapply(assign, function(columns) {
    columns <- columns[diag(var)[columns] > 0]
    if (length(columns) == 0) return(0)
    sum(diag(solve(var[columns, columns, drop = FALSE], inner[columns, columns, drop = FALSE])))
  }, 0)
  list(var2 = inner, df = unname(df))
}

# What the rule of each term makes of the last fit: its next theta, or that it is done.
ridge_states <- function(ridges, rules, states, outer, size, terms) {
  df <- size$df[match(names(ridges), terms)]
  Map(function(r, rule, state, df) {
    if ("df" %in% r$cargs) r$cfun(rule, outer, state, df) else r$cfun(rule, outer, state)
  }, ridges, rules, states, df)
}

# The fields that survival's penalised fits have besides the usual ones.
ridge_fields <- function(result, fit, ridges, assign) {
  names <- names(result$coefficients)
  for (r in ridges) names[r$columns] <- r$varname
  names(result$coefficients) <- names(result$means) <- names
  b <- fit$coefficients
  penalised <- names(assign) %in% names(ridges)
  own <- list(
    df = fit$size$df, df2 = NULL, penalty = fit$penalty, pterms = stats::setNames(as.double(penalised), names(assign)),
    assign2 = assign, history = fit$states,
    coxlist2 = list(
      coef = b, first = -fit$precision * b, second = fit$precision, penalty = -fit$penalty[2], flag = rep(FALSE, length(b))
    ),
    printfun = lapply(ridges, function(r) r$printfun)
  )
  c(
    result[c("coefficients", "var")], list(var2 = fit$size$var2), result["loglik"],
    list(iter = c(fit$outer, fit$total)), result[c("linear.predictors", "residuals", "means", "method")], own
  )
}
