# Random tables and arguments for match_cohort() beside MatchIt::matchit(): tied scores, strata without controls,
# discards.

table_to_match <- function(seed) {
  set.seed(seed)
  n <- sample(c(6, 12, 30, 60, 120), 1)
  d <- data.frame(
    x = round(
      stats::rnorm(n), sample(c(0, 1, 6), 1)
    ), z = stats::rnorm(n), g = factor(sample(c("a", "b", "c"), n, TRUE)),
    h = sample(c("u", "v"), n, TRUE), k = sample(1:4, n, TRUE), u = sample(seq_len(ceiling(n / 2)), n, TRUE)
  )
  d$t <- stats::rbinom(n, 1, stats::plogis(d$x * 0.8 + 0.3 * d$z - sample(c(-0.5, 0.5, 1.5), 1)))
  d$t[1:2] <- 0:1
  d$w <- stats::runif(n, 0.5, 2)
  d$s <- round(d$x + 0.3 * stats::rnorm(n), sample(0:3, 1))
  if (stats::runif(1) < 0.3) row.names(d) <- paste0("p", sample(n))
  d
}

sometimes <- function(p, x) if (stats::runif(1) < p) x else NULL

arguments_to_match <- function(seed, d) {
  set.seed(seed + 1e6)
  a <- list(formula = sample(list(t ~ x + z, t ~ x + g + k, t ~ x + I(z^2), t ~ h), 1)[[1]])
  a$distance <- sometimes(0.6, d$s)
  if (is.null(a$distance)) {
    a$link <- sample(c("logit", "linear.logit", "probit", "linear.probit", "cloglog", "cauchit"), 1)
    a$reestimate <- sample(c(TRUE, FALSE), 1)
  }
  a$estimand <- sample(c("ATT", "ATC"), 1)
  a$replace <- sample(c(FALSE, FALSE, TRUE), 1)
  a$ratio <- sample(c(1, 1, 2, 3), 1)
  a$m.order <- sample(list(NULL, "largest", "smallest", "data", "random", "closest", "farthest"), 1)[[1]]
  a$caliper <- sometimes(0.5, sample(c(0.05, 0.2, 0.5, 1, -0.2), 1))
  if (!is.null(a$caliper)) a$std.caliper <- sample(c(TRUE, FALSE), 1)
  a$exact <- sometimes(0.4, sample(list("g", ~h, c("g", "h"), ~ k + h), 1)[[1]])
  a$discard <- sample(c("none", "none", "treated", "control", "both"), 1)
  a$s.weights <- sometimes(0.3, sample(list("w", ~w, d$w), 1)[[1]])
  a$normalize <- sample(c(TRUE, TRUE, FALSE), 1)
  a
}

more_arguments <- function(a) {
  a$antiexact <- sometimes(0.2, sample(list("g", ~h), 1)[[1]])
  if (stats::runif(1) < 0.2) {
    a$caliper <- c(
      if (!is.null(a$caliper)) stats::setNames(a$caliper, ""), z = sample(c(0.3, 1, -0.3), 1), x = sometimes(0.3, 0.5)
    )
  }
  if (a$ratio > 1 && stats::runif(1) < 0.3) a$max.controls <- a$ratio + sample(1:3, 1)
  if (stats::runif(1) < 0.2) a$reuse.max <- sample(1:4, 1)
  a$unit.id <- sometimes(0.2, "u")
  a
}

# What a matcher returns (or its error), and whether it warned of something.
match_outcome <- function(matcher, arguments, d, seed) {
  set.seed(seed + 2e6)
  warned <- FALSE
  result <- tryCatch(
    withCallingHandlers(do.call(matcher, c(arguments, list(data = quote(d)))), warning = function(w) {
      warned <<- TRUE
      invokeRestart("muffleWarning")
    }),
    error = function(e) e
  )
  list(result = result, warned = warned)
}

# TRUE or a sentence. `call` has another head; `model` is a glm of the same formula whose call differs, so its
# coefficients stand for it.
compare_matches <- function(ours, peer) {
  # the peer stops at a factor with one level, which says nothing of any distance
  if (inherits(peer$result, "error") && grepl("contrasts can be applied", conditionMessage(peer$result))) return(TRUE)
  if (inherits(peer$result, "error")) {
    return(if (inherits(ours$result, "survmatch_error_match")) TRUE else paste(
      "peer refuses:", conditionMessage(peer$result)
    ))
  }
  if (inherits(ours$result, "error")) return(paste("we refuse:", conditionMessage(ours$result)))
  if (ours$warned != peer$warned) return(paste("warned:", ours$warned, "not", peer$warned))
  skipped <- c("call", "model", "data")
  a <- unclass(ours$result)
  b <- unclass(peer$result)
  if (!setequal(setdiff(names(a), "data"), names(b))) return(paste(
    "fields", paste(setdiff(names(a), names(b)), collapse = ",")
  ))
  same <- compare_lists(a[setdiff(names(a), skipped)], b[setdiff(names(b), skipped)], 1e-9, "")
  if (isTRUE(same)) same <- compare_values(stats::coef(a$model), stats::coef(b$model), 1e-9, "$model")
  if (isTRUE(same)) same <- all.equal(attributes_to_compare(a$X), attributes_to_compare(b$X))
  if (isTRUE(same)) TRUE else paste(same, collapse = "; ")
}

expect_same_matches <- function(seeds, arguments_at, matcher = match_cohort, label = "match_cohort") {
  for (seed in seeds) {
    d <- table_to_match(seed)
    a <- arguments_at(seed, d)
    same <- compare_matches(match_outcome(matcher, a, d, seed), match_outcome(MatchIt::matchit, a, d, seed))
    if (!isTRUE(same)) {
      testthat::fail(paste0("seed ", seed, " (", nrow(d), " rows): ", same))
      return(invisible())
    }
  }
  count_comparison(label, peer_version("MatchIt"), length(seeds))
  testthat::succeed()
}

# Distances between patients instead of a score, or a Mahalanobis distance inside a caliper on it.
covariate_arguments <- function(seed, d) {
  a <- more_arguments(arguments_to_match(seed, d))
  set.seed(seed + 3e6)
  a$formula <- sample(list(t ~ x + z, t ~ x + g + k, t ~ k + h, t ~ x, t ~ g + h + z), 1)[[1]]
  kind <- sample(c("metric", "mahvars", "matrix"), 1, prob = c(3, 2, 2))
  if (kind == "mahvars") {
    a$mahvars <- sample(list("x", ~ x + z, ~ k + g, c("k", "z")), 1)[[1]]
    return(a)
  }
  a[c("link", "reestimate", "distance", "max.controls")] <- NULL
  if (!a$discard %in% "none") a$discard <- "none"
  if (stats::runif(1) < 0.2) a$discard <- seq_len(nrow(d)) %in% sample(nrow(d), 2)
  if (!is.null(a$m.order) && a$m.order %in% c("largest", "smallest")) a$m.order <- NULL
  if (kind == "matrix") {
    full <- unname(as.matrix(stats::dist(cbind(d$x, d$k)))) # tied distances
    if (stats::runif(1) < 0.3) full[sample(length(full), 5)] <- Inf
    a$distance <- if (stats::runif(1) < 0.5) full else full[d$t == 1, d$t == 0, drop = FALSE]
    a$std.caliper <- FALSE
    if (!is.null(a$caliper) && is.null(names(a$caliper)) && stats::runif(1) < 0.5) a$caliper <- 0.8
  } else {
    a$distance <- sample(c("mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean"), 1)
    a$caliper <- a$caliper[nzchar(rlang::names2(a$caliper))]
    if (length(a$caliper) == 0) a[c("caliper", "std.caliper")] <- NULL
  }
  a
}

# Strata instead of pairs.
strata_arguments <- function(seed, d) {
  set.seed(seed + 4e6)
  pick <- function(...) sample(list(...), 1)[[1]]
  a <- list(
    method = sample(c("exact", "cem", "subclass"), 1), estimand = sample(c("ATT", "ATC", "ATE"), 1),
    normalize = sample(c(TRUE, FALSE), 1), s.weights = sometimes(0.3, "w")
  )
  if (a$method == "exact") return(c(a, formula = pick(t ~ g, t ~ k + h, t ~ g + h + k, t ~ x)))
  if (a$method == "subclass") {
    a$formula <- pick(t ~ x + z, t ~ x + g)
    a$subclass <- pick(NULL, 2, 4, 9, c(0.2, 0.5), c(0, 0.3, 1))
    a$min.n <- pick(NULL, 0, 2)
    a$discard <- pick("none", "none", "both", "treated")
    a$distance <- pick(NULL, d$s)
    return(a)
  }
  a$formula <- pick(t ~ x + z, t ~ x + g, t ~ z + k + h, t ~ x)
  a$cutpoints <- pick(
    NULL, "fd", "scott", "q3", 3, list(x = c(-0.5, 0.5), z = 2), list(x = 0, k = 2), list(x = "q4", z = 1), list(k = NA)
  )
  a$grouping <- pick(NULL, NULL, list(g = list(c("a", "b"))), list(h = list("u"), k = list(1:2, 3:4)))
  if (sample(2, 1) == 1) {
    a$k2k <- TRUE
    a["k2k.method"] <- pick(
      list(NULL), "mahalanobis", "euclidean", "robust_mahalanobis", "scaled_euclidean", "manhattan", "maximum", "minkowski"
    )
    a$mpower <- pick(NULL, 2, 3)
    a$m.order <- pick(NULL, "data", "random", "closest", "farthest")
    # the peer takes the treated as the arm that looks for partners then, and reads past its table
    if (a$estimand == "ATC" && isTRUE(a$m.order %in% c("closest", "farthest"))) a$estimand <- "ATT"
  }
  a
}
