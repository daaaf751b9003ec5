# Exact matching, on the covariates as they are or coarsened into bins.

match_exact <- function(prep) {
  check_covariates_named(prep)
  list(subclass = shared_strata(prep$covariates, prep), mass = prep$s.weights)
}

# Iacus, King & Porro (2012) Political Analysis 20:1. Arguments and rules are MatchIt's.
match_cem <- function(prep) {
  check_covariates_named(prep)
  coarse <- coarsen(prep$covariates, prep$dots$cutpoints %||% "sturges", prep$dots$grouping %||% list(), prep)
  sets <- shared_strata(coarse, prep)
  if (!isTRUE(prep$dots$k2k)) return(list(subclass = sets, mass = prep$s.weights))
  list(pairs = pairs_in_strata(sets, prep), reused = FALSE)
}

check_covariates_named <- function(prep) {
  if (ncol(prep$covariates) > 0) return(invisible())
  sm_abort("{.arg formula} must name covariates to match exactly on.", "match", prep$error_call)
}

# Codes of the strata that have both arms, in the order in which the first patient's arm shows them; NA for the others.
# Numbers that print alike are the same.
shared_strata <- function(frame, prep) {
  codes <- if (ncol(frame) == 0) rep(1L, length(prep$treat)) else stratum_codes(frame, function(values) format(values))
  first <- prep$treat == prep$treat[1]
  seen <- unique(codes[first])
  shared <- seen[seen %in% codes[!first]]
  if (length(shared) == 0) {
    sm_abort(c(
      "At least one stratum must have patients of both arms.",
      x = "None of the {length(unique(codes))} strata of {.field {names(frame)}} has.",
      i = "Use fewer covariates{if (identical(prep$method, 'cem')) ' or coarser bins'}."
    ), "match", prep$error_call)
  }
  match(codes, shared)
}

# The covariates with numbers in bins (`cutpoints`) and values in groups (`grouping`).
coarsen <- function(frame, cutpoints, grouping, prep) {
  matrices <- names(frame)[vapply(frame, is.matrix, NA)]
  if (length(matrices) > 0) sm_abort(c(
    "Coarsened exact matching bins one column at a time.", x = "{.field {matrices}} {?is a matrix/are matrices}.",
    i = "Give the columns each a name in {.arg data}."
  ), "match", prep$error_call)
  ordered <- vapply(frame, is.ordered, NA)
  frame[ordered] <- lapply(frame[ordered], as.integer)
  grouping <- check_grouping(grouping, frame, prep)
  for (name in names(grouping)) frame[[name]] <- group_values(as.character(frame[[name]]), grouping[[name]])
  numeric <- names(frame)[vapply(frame, is.numeric, NA)]
  cutpoints <- check_cutpoints(cutpoints, numeric, names(frame), names(grouping), prep)
  dropped <- numeric[vapply(numeric, function(name) identical(as.double(cutpoint_number(cutpoints[[name]])), 1), NA)]
  for (name in setdiff(numeric, dropped)) frame[[name]] <- bin_values(frame[[name]], cutpoints[[name]] %||% "sturges")
  frame[setdiff(names(frame), dropped)]
}

group_values <- function(values, groups) {
  for (group in groups) {
    group <- as.character(group)
    values[values %in% group] <- group[1]
  }
  values
}

check_grouping <- function(grouping, frame, prep) {
  if (length(grouping) == 0) return(list())
  right <- is.list(grouping) && all(nzchar(rlang::names2(grouping))) &&
    all(vapply(grouping, function(g) is.list(g) && all(vapply(g, function(v) is.atomic(v) && is.vector(v), NA)), NA))
  if (!right) {
    sm_abort("{.arg grouping} must be a list, named by covariates, of lists of values that go together.", "match",
      prep$error_call
    )
  }
  warn_unknown_names("grouping", setdiff(names(grouping), names(frame)), prep)
  grouping[names(grouping) %in% names(frame)]
}

warn_unknown_names <- function(argument, unknown, prep) {
  if (length(unknown) == 0) return(invisible())
  sm_warn("{.arg {argument}} names {.field {unknown}}, which {?is/are} no covariate{?s}: ignored.", "match", prep$error_call)
}

# One entry a numeric covariate, or none for the default.
check_cutpoints <- function(cutpoints, numeric, all, grouped, prep) {
  if (!is.list(cutpoints)) cutpoints <- stats::setNames(rep(list(cutpoints), length(numeric)), numeric)
  if (length(cutpoints) > 0 && !all(nzchar(rlang::names2(cutpoints)))) {
    sm_abort("{.arg cutpoints} must be a list named by numeric covariates.", "match", prep$error_call)
  }
  warn_unknown_names("cutpoints", setdiff(names(cutpoints), all), prep)
  both <- intersect(names(cutpoints), grouped)
  if (length(both) > 0) sm_warn(
    "{.field {both}} {?is/are} in {.arg grouping} and {.arg cutpoints}: the latter are ignored.", "match", prep$error_call
  )
  text <- setdiff(intersect(names(cutpoints), all), c(numeric, grouped))
  if (length(text) > 0) sm_warn(c(
    "{.arg cutpoints} of {.field {text}} are not applied: {?it is/they are} not numeric.", i = "Use {.arg grouping}."
  ), "match", prep$error_call)
  bad <- names(cutpoints)[!vapply(cutpoints, is_cutpoint, NA)]
  if (length(bad) > 0) {
    sm_abort(c(
      "{.arg cutpoints} must be a binning method, a number of bins or the points between bins.",
      x = "Those of {.field {bad}} are not.", i = "Methods are {.val sturges}, {.val fd}, {.val scott} and {.val q5} for fifths."
    ), "match", prep$error_call)
  }
  cutpoints[intersect(names(cutpoints), numeric)]
}

is_cutpoint <- function(cut) {
  if (is.null(cut)) return(TRUE)
  if (!is.atomic(cut) || length(cut) == 0) return(FALSE)
  if (length(cut) > 1) return(is.numeric(cut))
  if (is.na(cut)) return(TRUE)
  if (is.character(cut)) return(!is.na(quantile_bins(cut)) || !is.na(pmatch(cut, c("sturges", "fd", "scott"))))
  is.numeric(cut) && is.finite(cut) && cut >= 0 && cut <= 1e6
}

# The 5 of "q5", or NA.
quantile_bins <- function(cut) {
  if (!startsWith(cut, "q")) return(NA_real_)
  suppressWarnings(as.numeric(substring(cut, 2)))
}

# A single number of bins, or NULL.
cutpoint_number <- function(cut) if (is.numeric(cut) && length(cut) == 1 && !is.na(cut)) cut

bin_values <- function(x, cut) {
  if (length(cut) == 1 && (is.na(cut) || identical(as.double(cutpoint_number(cut)), 0))) return(x)
  if (is.character(cut)) {
    fifths <- quantile_bins(cut)
    cut <- if (!is.na(fifths)) {
      stats::quantile(x, probs = seq(1 / fifths, 1 - 1 / fifths, by = 1 / fifths), names = FALSE)
    } else {
      switch(match.arg(cut, c("sturges", "fd", "scott")),
        sturges = grDevices::nclass.Sturges(x), fd = grDevices::nclass.FD(x), scott = grDevices::nclass.scott(x)
      )
    }
  }
  findInterval(x, if (length(cut) == 1) equal_bins(x, cut) else c(-Inf, sort(unique(cut)), Inf))
}

equal_bins <- function(x, bins) {
  breaks <- seq(min(x), max(x), length.out = bins + 1)
  breaks[c(1, bins + 1)] <- c(-Inf, Inf)
  breaks
}

# As many of each arm in a stratum, paired by their distance.
pairs_in_strata <- function(sets, prep) {
  method <- if ("k2k.method" %in% names(prep$dots)) prep$dots$k2k.method else "mahalanobis"
  others <- c("maximum", "manhattan", "canberra", "binary", "minkowski")
  if (!is.null(method)) check_choice(method, "k2k.method", c(covariate_distances, others), prep$error_call)
  power <- prep$dots$mpower %||% 2
  check_number(power, "mpower", .Machine$double.xmin, prep)
  if (identical(method, "minkowski") && power == 2) method <- "euclidean"
  m.order <- prep$m.order %||% "data"
  check_choice(m.order, "m.order", c("data", "random", "closest", "farthest"), prep$error_call)
  prep$retained <- !is.na(sets)
  prep$discarded <- rep.int(FALSE, length(sets))
  prep$strata <- ifelse(is.na(sets), max(sets, na.rm = TRUE) + 1L, sets)
  ratio <- rep.int(1L, sum(prep$focal))
  prep$reuse.max <- 1L
  rules <- nearest_rules(prep, NULL)
  how <- if (m.order %in% c("closest", "farthest")) m.order else "in order"
  if (is.null(method) || method %in% covariate_distances) {
    order <- order_of_rows(m.order, which(prep$focal == 1L), prep)
    if (is.null(method)) {
      return(core_match_nearest(rep(0, length(sets)), prep$focal, prep$retained, prep$strata, order, ratio, rules, how))
    }
    prep$transform <- method
    points <- match_points(prep)
    return(core_match_covariates(
      points, places_of(points[, 1], NULL), numeric(), prep$focal, prep$retained, prep$strata, order, ratio, rules, how
    ))
  }
  prep$transform <- "euclidean"
  pairs_by_dist(match_points(prep), method, power, m.order, how, prep)
}

# Distances of stats::dist(), stratum by stratum.
pairs_by_dist <- function(points, method, power, m.order, how, prep) {
  focal_row <- cumsum(prep$focal == 1L)
  pairs <- matrix(NA_integer_, sum(prep$focal), 1)
  for (rows in split(which(prep$retained), prep$strata[prep$retained])) {
    inner <- list(focal = prep$focal[rows], retained = rep(TRUE, length(rows)), distance = NULL)
    between <- as.matrix(stats::dist(points[rows, , drop = FALSE], method = method, p = power))
    between <- unname(between[inner$focal == 0L, inner$focal == 1L, drop = FALSE])
    found <- core_match_matrix(
      between, inner$focal, inner$retained, integer(), order_of_rows(m.order, which(inner$focal == 1L), inner),
      rep.int(1L, sum(inner$focal)),
      list(
        caliper = NA_real_, reuse_max = 1L, antiexact = matrix(0L, length(rows), 0), covariates = matrix(0, length(rows), 0),
        widths = numeric(), group = integer()
      ), how
    )
    pairs[focal_row[rows[inner$focal == 1L]], 1] <- rows[found[, 1]]
  }
  pairs
}
