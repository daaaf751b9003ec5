# The hazard of starting treatment: the time-dependent propensity score, and the probabilities that weights are made of.

# A Cox model for treatment start among those who are untreated, eligible and under observation; patients leave at
# progression, event or censoring. Returns the fit, the linear predictor of every row, and the cumulative baseline
# hazard.
fit_start_model <- function(formula, line, call) {
  frame <- covariate_columns(formula, line, call)
  gone <- pmin(line$start, line$limit)[line$patient]
  end <- pmin(line$stop, gone)
  started <- as.integer(line$start[line$patient] == end & line$limit[line$patient] > end)
  at_risk <- end > line$entry
  if (sum(started[at_risk]) == 0) {
    sm_abort(c(
      "The score needs patients who start treatment while eligible and under observation.", x = "There is none."
    ), "time_zero", call)
  }
  x <- design_matrix(stats::terms(frame), frame, call, "time_zero")
  x <- x[, colnames(x) != "(Intercept)", drop = FALSE]
  model <- list(end = end, started = started, at_risk = at_risk, x = x)
  if (ncol(x) == 0) {
    model$linear <- numeric(length(end))
  } else {
    model$fit <- start_regression(formula, frame, model, line$delayed)
    beta <- stats::coef(model$fit)
    beta[is.na(beta)] <- 0
    model$linear <- drop(x %*% beta)
    model$linear <- model$linear - mean(model$linear[at_risk])
  }
  model$baseline <- breslow_hazard(line$entry[at_risk], end[at_risk], started[at_risk], model$linear[at_risk])
  model
}

start_regression <- function(formula, frame, model, delayed) {
  table <- as.data.frame(frame, optional = TRUE)
  table <- cbind(table, .end = model$end, .started = model$started)
  response <- if (delayed) quote(survival::Surv(.entry, .end, .started)) else quote(survival::Surv(.end, .started))
  right <- Reduce(function(a, b) call("+", a, b), lapply(names(frame), as.name))
  if (delayed) table$.entry <- attr(frame, "entry")
  formula <- stats::as.formula(call("~", response, right), env = globalenv())
  rows <- table[model$at_risk, , drop = FALSE]
  fit_cox(formula, data = rows)
}

# The covariates of the score as a complete model frame, one row a row of the data.
covariate_columns <- function(formula, line, call) {
  right <- if (is.null(formula)) stats::reformulate(line$roles$covariates) else stats::delete.response(
    stats::terms(formula, data = bare_table(line$data))
  )
  frame <- put_together(stats::model.frame(right, data = bare_table(line$data), na.action = "na.pass"), call, "time_zero")
  bad <- vapply(frame, anyNA, NA)
  if (any(bad)) {
    sm_abort(c(
      "The covariates of the score must be complete.",
      x = "Missing: {.field {names(frame)[bad]}}, first in row {which(is.na(frame[[which(bad)[1]]]))[1]}.",
      i = "Impute them, or leave those patients out and count them."
    ), "missing", call)
  }
  if (length(attr(stats::terms(frame), "specials")) > 0 || any(grepl("^strata\\(", names(frame)))) {
    sm_abort(c("The score must have plain covariates.", i = "Use {.arg exact} for strata."), "time_zero", call)
  }
  attr(frame, "entry") <- line$entry
  frame
}

# Breslow's estimate at each distinct time of a start: jumps dN / sum of exp(linear) at risk in (entry, end].
breslow_hazard <- function(entry, end, started, linear) {
  times <- sort(unique(end[started == 1]))
  risk <- exp(linear)
  left <- sum_at_or_after(end, risk, times) - if (any(is.finite(entry))) sum_at_or_after(entry, risk, times) else 0
  jumps <- tabulate(match(end[started == 1], times), length(times)) / left
  list(time = times, cumulative = cumsum(jumps))
}

# For each t the sum of `weight` over values >= t.
sum_at_or_after <- function(values, weight, t) {
  order <- order(values)
  total <- c(0, cumsum(weight[order]))
  total[length(total)] - total[findInterval(t, values[order], left.open = TRUE) + 1]
}

# The cumulative baseline hazard up to each t, or before it where `before` is true.
baseline_at <- function(baseline, t, before = FALSE) {
  before <- rep_len(before, length(t))
  reached <- integer(length(t))
  reached[before] <- findInterval(t[before], baseline$time, left.open = TRUE)
  reached[!before] <- findInterval(t[!before], baseline$time)
  c(0, baseline$cumulative)[reached + 1]
}

# The cumulative hazard of starting in (from, to] of patients `who`, along their rows and on with the last, while eligible.
start_hazard <- function(model, line, who, from, to, before = FALSE, limit = line$limit[who]) {
  to <- pmin(to, limit)
  if (!line$delayed) {
    step <- baseline_at(model$baseline, to, before) - baseline_at(model$baseline, from)
    return(pmax(step, 0) * exp(model$linear[line$first[who]]))
  }
  rows <- split(seq_along(line$patient), line$patient)[who]
  query <- rep(seq_along(who), lengths(rows))
  row <- unlist(rows, use.names = FALSE)
  last <- line$stop == stats::ave(line$stop, line$patient, FUN = max)
  upper <- pmin(to[query], ifelse(last[row], Inf, line$stop[row]))
  lower <- pmax(from[query], line$entry[row])
  step <- baseline_at(model$baseline, upper, before & upper == to[query]) - baseline_at(model$baseline, lower)
  step <- ifelse(upper > lower, pmax(step, 0), 0) * exp(model$linear[row])
  as.vector(rowsum(step, query, reorder = TRUE))
}
