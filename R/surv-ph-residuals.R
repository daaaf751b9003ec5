# Scaled Schoenfeld residuals as cox.zph() returns them.

ph_residuals <- function(parts, data, derivatives, groups, terms, time, efron) {
  schoenfeld <- core_cox_schoenfeld(data, parts$predictor, efron)
  order <- ph_event_order(parts, schoenfeld$row)
  row <- schoenfeld$row[order]
  used <- ph_used(parts, groups)
  p <- ncol(parts$x)
  information <- derivatives$imat[seq_len(p), seq_len(p), drop = FALSE]
  events <- ph_pairwise_events(used)
  variance <- information / ifelse(events == 0, 1, events)
  residual <- schoenfeld$residual[order, , drop = FALSE]
  coefficients <- parts$coefficients
  if (terms && any(lengths(groups) > 1)) {
    along <- ph_term_directions(groups, coefficients)
    residual <- residual %*% along
    variance <- t(along) %*% variance %*% along
    used <- used[, vapply(groups, `[`, 1L, 1), drop = FALSE]
  }
  dimnames(residual) <- list(signif(unname(parts$time[row]), 4), names(groups))
  residual <- ph_scale(residual, variance, used)
  centre <- vapply(groups, function(columns) if (length(columns) == 1) unname(coefficients[columns]) else 1, 0)
  c(
    list(x = unname(time[row]), time = unname(parts$time[row])),
    if (!is.null(parts$strata)) list(strata = parts$strata[row]),
    list(y = residual + rep(centre, each = nrow(residual)), var = solve_information(variance))
  )
}

# Strata and times increase; tied deaths of (start, stop] data stand in reverse, as in survival.
ph_event_order <- function(parts, row) {
  if (!parts$counting) return(seq_along(row))
  if (is.null(parts$strata)) order(parts$time[row], -row) else order(
    as.integer(parts$strata)[row], parts$time[row], -row
  )
}

# Events of each stratum (rows) that say something about each column; a term's columns go together.
ph_used <- function(parts, groups) {
  stratum <- if (is.null(parts$strata)) rep(1L, length(parts$status)) else as.integer(parts$strata)
  used <- core_informative_events(as.integer(parts$status), stratum, parts$x)
  for (columns in groups[lengths(groups) > 1]) {
    if (any(used[, columns] == 0)) used[, columns] <- do.call(pmax, lapply(columns, function(j) used[, j]))
  }
  used
}

ph_pairwise_events <- function(used) {
  p <- ncol(used)
  outer(seq_len(p), seq_len(p), Vectorize(function(j, k) sum(pmin(used[, j], used[, k]))))
}

# A term of several columns is followed along its fitted effect.
ph_term_directions <- function(groups, coefficients) {
  along <- matrix(0, length(coefficients), length(groups))
  for (i in seq_along(groups)) {
    columns <- groups[[i]]
    along[columns, i] <- if (length(columns) == 1) 1 else coefficients[columns]
  }
  along
}

# Divides by the average variance of what varies in the stratum. Events are dealt to strata in turn, each taking as many
# as its informative column has: survival's rule, which strata without any variation shift.
ph_scale <- function(residual, variance, used) {
  stratum <- rep(seq_len(nrow(used)), do.call(pmax, lapply(seq_len(ncol(used)), function(j) used[, j])))
  pattern <- apply(used > 0, 1, function(u) paste(which(u), collapse = " "))
  if (all(used > 0)) return(multiply_keeping_names(residual, solve_information(variance)))
  for (varying in setdiff(unique(pattern), "")) {
    k <- as.integer(strsplit(varying, " ")[[1]])
    rows <- which(pattern[stratum] == varying)
    residual[rows, k] <- residual[rows, k, drop = FALSE] %*% solve_information(variance[k, k, drop = FALSE])
    residual[rows, -k] <- NA
  }
  residual
}

multiply_keeping_names <- function(rows, matrix) {
  out <- rows %*% matrix
  dimnames(out) <- dimnames(rows)
  out
}
