# The standardised mean differences of many weightings of the same patients: one product of matrices instead of a table
# for each.

# The terms of assess_balance() as columns, and what standardises each.
balance_terms <- function(covariates, treat, weights, estimand) {
  columns <- do.call(cbind, lapply(names(covariates), function(name) term_columns(name, covariates[[name]])))
  share <- apply(columns, 2, function(x) all(x == 0 | x == 1))
  mean_of <- function(arm) colSums(columns * (weights * (treat == arm))) / sum(weights[treat == arm])
  spread <- function(arm) {
    w <- weights[treat == arm]
    x <- columns[treat == arm, , drop = FALSE]
    centred <- sweep(x, 2, colSums(x * w) / sum(w))
    unbiased <- colSums(w * centred^2) * sum(w) / (sum(w)^2 - sum(w^2))
    ifelse(share, mean_of(arm) * (1 - mean_of(arm)), unbiased)
  }
  list(columns = columns, treat = treat, scale = sqrt(switch(estimand,
    ATT = spread(1), ATC = spread(0), (spread(1) + spread(0)) / 2
  )))
}

term_columns <- function(name, values) {
  if (is.matrix(values)) {
    parts <- colnames(values) %||% seq_len(ncol(values))
    return(do.call(cbind, lapply(seq_along(parts), function(j) term_columns(paste0(name, "_", parts[j]), values[, j]))))
  }
  named <- function(x, name) matrix(as.double(x), ncol = length(name), dimnames = list(NULL, name))
  if (is.logical(values)) return(named(values, name))
  if (is.character(values) || is.factor(values)) {
    values <- droplevels(factor(values))
    shown <- if (nlevels(values) == 2) levels(values)[2] else levels(values)
    return(named(outer(as.character(values), shown, "=="), paste0(name, "_", shown)))
  }
  two <- two_values(values)
  if (is.null(two)) return(named(values, name))
  named(values == two[2], if (all(two == 0:1)) name else paste0(name, "_", two[2]))
}

# The largest absolute difference, and its term, for each column of weights; NA where an arm has none.
worst_differences <- function(terms, weights) {
  arm <- function(a) {
    w <- weights * (terms$treat == a)
    sweep(crossprod(terms$columns, w), 2, colSums(w), "/")
  }
  difference <- arm(1) - arm(0)
  difference[abs(difference) < 1e-14 * pmax(1, abs(arm(1)))] <- 0
  smd <- abs(difference / terms$scale)
  smd[difference == 0] <- 0
  # as in the table of assess_balance(): what has no spread before has no standardised difference
  smd[!is.finite(smd)] <- NA
  worst <- apply(smd, 2, function(x) if (all(is.na(x))) NA_integer_ else which.max(x))
  data.frame(smd = smd[cbind(worst, seq_along(worst))], term = rownames(smd)[worst])
}
