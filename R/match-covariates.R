# Covariates as points whose Euclidean distance is the distance asked for.

# The points of distance `prep$transform`, or of `mahvars` (Mahalanobis), or NULL when the score is the distance.
match_points <- function(prep) {
  if (is.null(prep$transform) && is.null(prep$mahvars_frame)) return(NULL)
  frame <- if (is.null(prep$transform)) prep$mahvars_frame else prep$covariates
  if (ncol(frame) == 0) {
    sm_abort(c(
      "{.arg formula} must name covariates when {.code distance = {.val {prep$transform}}}.", x = "It names none."
    ), "match", prep$error_call)
  }
  kept <- !prep$discarded
  if (sum(kept) < 2) sm_abort("At least two patients must be retained: all others were discarded.", "match", prep$error_call)
  metric <- prep$transform %||% "mahalanobis"
  x <- indicator_columns(frame)
  ranges <- apply(x, 2, function(column) max(column) - min(column))
  varies <- ranges >= sqrt(.Machine$double.eps)
  if (!any(varies)) return(x[, 1, drop = FALSE])
  x <- x[, varies, drop = FALSE]
  switch(metric,
    mahalanobis = mahalanobis_points(x, kept, prep),
    robust_mahalanobis = rank_points(x, kept, prep),
    scaled_euclidean = sweep(x, 2, within_arm_sd(x, kept, prep), "/"),
    euclidean = x
  )
}

# Columns of the frame as numbers: every level of a factor has its indicator, scaled so that two levels are 1 apart.
indicator_columns <- function(frame) {
  text <- vapply(frame, is.character, NA)
  frame[text] <- lapply(frame[text], factor)
  one_level <- vapply(frame, function(column) is.factor(column) && nlevels(column) < 2, NA)
  frame[one_level] <- lapply(frame[one_level], function(column) rep(0, length(column)))
  formula <- stats::formula(attr(frame, "terms") %||% stats::reformulate(sprintf("`%s`", names(frame))))
  terms <- stats::terms(stats::update(formula, NULL ~ . + 1))
  coding <- lapply(Filter(is.factor, frame), function(f) stats::contrasts(f, contrasts = FALSE) / sqrt(2))
  x <- stats::model.matrix(terms, data = frame, contrasts.arg = coding)
  x[, -1, drop = FALSE]
}

# x A with A A' the inverse of the covariance within arms.
mahalanobis_points <- function(x, kept, prep) {
  x <- scale(x)
  points_of(x, within_arm_covariance(x[kept, , drop = FALSE], prep$treat[kept], prep$s.weights[kept]), prep)
}

# Rosenbaum (2010) Design of Observational Studies, 8.3: ranks, with the variance of untied ranks.
rank_points <- function(x, kept, prep) {
  ranks <- array(0, dim(x), dimnames(x))
  ranks[kept, ] <- apply(x[kept, , drop = FALSE], 2, rank)
  weights <- prep$s.weights[kept]
  ranked <- ranks[kept, , drop = FALSE]
  covariance <- if (is.null(weights)) stats::cov(ranked) else stats::cov.wt(ranked, weights)$cov
  untied <- stats::sd(seq_len(sum(kept))) / sqrt(diag(covariance))
  points_of(ranks, covariance * outer(untied, untied), prep)
}

points_of <- function(x, covariance, prep) {
  if (!all(is.finite(covariance))) {
    sm_abort(c(
      "The covariance of the covariates within arms must be estimable.",
      x = "Too few patients are retained: {sum(!prep$discarded)}."
    ), "match", prep$error_call)
  }
  inverse <- if (det(covariance) > 1e-8) tryCatch(solve(covariance), error = function(e) NULL)
  if (is.null(inverse)) inverse <- pseudo_inverse(covariance)
  root <- suppressWarnings(chol(inverse, pivot = TRUE))
  tcrossprod(x, root[, order(attr(root, "pivot")), drop = FALSE])
}

pseudo_inverse <- function(m, tolerance = 1e-8) {
  parts <- svd(m)
  used <- parts$d > max(tolerance * parts$d[1], 0)
  parts$v[, used, drop = FALSE] %*% (parts$d[used]^-1 * t(parts$u[, used, drop = FALSE]))
}

within_arm_covariance <- function(x, treat, weights) {
  for (arm in unique(treat)) {
    rows <- which(treat == arm)
    for (j in seq_len(ncol(x))) {
      x[rows, j] <- x[rows, j] - arm_mean(x[rows, j], weights[rows])
    }
  }
  if (!is.null(weights)) return(stats::cov.wt(x, weights)$cov)
  n <- nrow(x)
  stats::cov(x) * (n - 1) / (n - length(unique(treat)))
}

# Standard deviations within arms; of 0/1 columns with the divisor n. The order of the operations decides which distances
# tie to the last bit.
within_arm_sd <- function(x, kept, prep) {
  x <- x[kept, , drop = FALSE]
  arms <- split(seq_len(nrow(x)), factor(prep$treat[kept], unique(prep$treat[kept])))
  weights <- prep$s.weights[kept]
  apply(x, 2, function(column) {
    sqrt(if (all(column == 0 | column == 1)) binary_variance(column, arms, weights) else centred_variance(column, arms, weights))
  })
}

binary_variance <- function(column, arms, weights) {
  total <- if (is.null(weights)) length(column) else sum(weights)
  sum(vapply(arms, function(rows) {
    ones <- if (is.null(weights)) sum(column[rows]) else sum(column[rows] * weights[rows])
    size <- if (is.null(weights)) length(rows) else sum(weights[rows])
    ones * (1 - ones / size) / total
  }, 0))
}

centred_variance <- function(column, arms, weights) {
  for (rows in arms) column[rows] <- column[rows] - arm_mean(column[rows], weights[rows])
  if (is.null(weights)) return(sum(column^2) / (length(column) - length(arms)))
  share <- weights / sum(weights)
  sum(share * column^2) / (1 - sum(share^2))
}

arm_mean <- function(x, weights) if (is.null(weights)) mean(x) else sum(x * weights) / sum(weights)
