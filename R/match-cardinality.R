# Cardinality and profile matching: the largest sample whose means are as close as asked for, by an integer programme.
# Zubizarreta, Paredes & Rosenbaum (2014) Annals of Applied Statistics 8:204; Cohn & Zubizarreta (2022) Journal of
# Causal Inference 10:127.

match_cardinality <- function(prep) {
  plan <- cardinality_plan(prep)
  weights <- numeric(length(prep$treat))
  strata <- prep$strata %||% rep.int(1L, length(weights))
  solved <- list()
  for (rows in split(which(prep$retained), strata[prep$retained])) {
    out <- solve_cardinality(plan, rows, prep)
    weights[rows] <- balanced_weights(out$chosen, prep$treat[rows], prep, plan)
    solved <- c(solved, list(out))
  }
  check_anybody_matched(prep, any(weights > 0))
  found <- list(weights = weights, obj = lapply(solved, `[[`, "obj"), solver = solver_report(plan, solved))
  if (length(found$obj) == 1) found$obj <- found$obj[[1]]
  if (!is.null(prep$mahvars_frame)) found <- c(found, pair_selected(prep, weights > 0))
  found
}

# columns (numbers, standardised), tols, solver, time, kind, masses of the patients.
cardinality_plan <- function(prep) {
  kind <- if (prep$estimand == "ATE") "ate" else if (is.na(prep$ratio)) "profile" else "ratio"
  varied <- !is.null(prep$s.weights) && length(unique(as.double(prep$s.weights))) > 1
  if (kind == "ratio" && varied) {
    sm_abort(c(
      "{.arg s.weights} cannot be used when the arms are matched to each other.",
      i = "Match to a fixed target: {.code estimand = \"ATE\"} or {.code ratio = NA}."
    ), "match", prep$error_call)
  }
  if (!is.null(prep$mahvars_frame) && (is.na(prep$ratio) || prep$ratio != round(prep$ratio))) {
    sm_abort("{.arg mahvars} needs a whole {.arg ratio} with {.code method = \"cardinality\"}.", "match", prep$error_call)
  }
  columns <- level_columns(prep)
  solver <- prep$dots$solver %||% "highs"
  check_choice(solver, "solver", c("highs", "glpk"), prep$error_call)
  rlang::check_installed(c(highs = "highs", glpk = "Rglpk")[[solver]], "to solve the integer programme.")
  time <- prep$dots$time %||% 120
  check_number(time, "time", 1e-3, prep)
  tols <- per_column(prep$dots$tols %||% 0.05, "tols", is.numeric, columns, prep)
  standardised <- per_column(prep$dots$std.tols %||% TRUE, "std.tols", is.logical, columns, prep)
  list(
    columns = standardise_columns(columns, standardised, prep), tols = tols, solver = solver, time = time, kind = kind
  )
}

# A column a number and a level, with the variable that each belongs to.
level_columns <- function(prep) {
  frame <- droplevels(as.data.frame(prep$covariates, optional = TRUE))
  attr(frame, "terms") <- attr(prep$covariates, "terms")
  terms <- stats::terms(stats::update(stats::formula(stats::delete.response(prep$terms)), NULL ~ . + 1))
  coding <- lapply(Filter(is.factor, frame), stats::contrasts, contrasts = FALSE)
  x <- stats::model.matrix(terms, data = frame, contrasts.arg = coding)
  structure(x[, -1, drop = FALSE], assign = attr(x, "assign")[-1])
}

per_column <- function(values, name, is_right, columns, prep) {
  assign <- attr(columns, "assign")
  right <- is_right(values) && !anyNA(values) && length(values) %in% c(1L, max(assign), ncol(columns)) &&
    (!is.numeric(values) || all(values >= 0))
  if (!right) {
    sm_abort(c(
      "{.arg {name}} must have one value, or one for each covariate or each of their columns.",
      x = "There are {max(assign)} covariates with {ncol(columns)} columns; it has {length(values)}."
    ), "match", prep$error_call)
  }
  if (length(values) == 1) rep(values, ncol(columns)) else if (length(values) == max(assign)) values[assign] else values
}

# Divided by the standard deviation of the focal arm, or the root of the mean variance of both for the ATE.
standardise_columns <- function(columns, which, prep) {
  mass <- as.double(prep$s.weights %||% rep(1, nrow(columns)))
  variance <- function(arm) {
    apply(columns[prep$treat == arm, , drop = FALSE], 2, function(x) {
      w <- mass[prep$treat == arm] / sum(mass[prep$treat == arm])
      centre <- sum(w * x)
      if (all(x == 0 | x == 1)) centre * (1 - centre) else sum(w * (x - centre)^2) / (1 - sum(w^2))
    })
  }
  spread <- sqrt(if (prep$estimand == "ATE") (variance(1) + variance(0)) / 2 else variance(focal_arm(prep)))
  scale <- ifelse(which & spread >= 1e-10, spread, 1)
  sweep(columns, 2, scale, "/")
}

focal_arm <- function(prep) if (identical(prep$estimand, "ATC")) 0L else 1L

# Who is chosen (0/1) among `rows`, and what the solver said.
solve_cardinality <- function(plan, rows, prep) {
  x <- plan$columns[rows, , drop = FALSE]
  focal <- prep$treat[rows] == focal_arm(prep)
  mass <- as.double(prep$s.weights[rows] %||% rep(1, length(rows)))
  for (arm in c(TRUE, FALSE)) mass[focal == arm] <- mass[focal == arm] * sum(focal == arm) / sum(mass[focal == arm])
  arms <- unique(prep$treat) == focal_arm(prep)
  problem <- switch(plan$kind,
    ratio = ratio_programme(x, focal, plan$tols, prep$ratio, arms),
    profile = profile_programme(x, focal, plan$tols, mass),
    ate = ate_programme(x, focal, plan$tols, mass, prep$ratio, arms)
  )
  answer <- if (plan$solver == "highs") solve_with_highs(problem, plan) else solve_with_glpk(problem, plan)
  check_solver(answer, plan, prep)
  chosen <- rep(1, length(rows))
  chosen[problem$units] <- round(answer$solution[seq_along(problem$units)])
  list(chosen = chosen, obj = answer$obj, gap = answer$gap, optimal = answer$optimal)
}

# As many of the others as `ratio` times the m chosen focal patients, and means that differ by at most tols. `arms`: TRUE for
# the focal one, in the order of their rows.
ratio_programme <- function(x, focal, tols, ratio, arms) {
  difference <- t((focal - (!focal) / ratio) * x)
  counts <- lapply(arms, function(arm) c(as.numeric(focal == arm), if (arm) -1 else -ratio))
  programme(
    units = seq_along(focal), extra = 1, rows = rbind(do.call(rbind, counts), cbind(difference, -tols), cbind(difference, tols)),
    directions = c("==", "==", rep(c("<", ">"), each = length(tols))), upper = min(sum(focal), sum(!focal))
  )
}

# All focal patients, and the most others whose weighted means are within tols of theirs.
profile_programme <- function(x, focal, tols, mass) {
  target <- colSums(x[focal, , drop = FALSE] * mass[focal]) / sum(mass[focal])
  sums <- t(x[!focal, , drop = FALSE] * mass[!focal])
  programme(
    units = which(!focal), extra = 1,
    rows = rbind(c(mass[!focal], -1), cbind(sums, -(target + tols)), cbind(sums, -(target - tols))),
    directions = c("==", rep(c("<", ">"), each = length(tols))), upper = Inf
  )
}

# The most of both arms whose weighted means are within tols / 2 of everybody's; with a ratio, that many others for each.
# Numbers after the units: the total of each arm, and with a ratio how many focal patients there are.
ate_programme <- function(x, focal, tols, mass, ratio, arms) {
  target <- colSums(x * mass) / sum(mass)
  of_arm <- function(k, value) replace(matrix(0, length(value), 2), cbind(seq_along(value), k), value)
  totals <- lapply(1:2, function(k) c(mass * (focal == arms[k]), of_arm(k, -1)))
  means <- lapply(1:2, function(k) {
    sums <- t(x * mass * (focal == arms[k]))
    rbind(cbind(sums, of_arm(k, -target - tols / 2)), cbind(sums, of_arm(k, -target + tols / 2)))
  })
  rows <- do.call(rbind, c(totals, means))
  directions <- c("==", "==", rep(rep(c("<", ">"), each = length(tols)), 2))
  sizes <- vapply(arms, function(arm) sum(focal == arm), 1L)
  if (is.na(ratio)) {
    return(programme(seq_along(focal), 2, rows, directions, upper = sizes, lower = c(1, 1)))
  }
  counts <- lapply(arms, function(arm) c(as.numeric(focal == arm), 0, 0, if (arm) -1 else -ratio))
  out <- programme(
    seq_along(focal), 3, rbind(cbind(rows, 0), do.call(rbind, counts)), c(directions, "==", "=="),
    upper = c(sizes, min(sum(!focal) / ratio, sum(focal))), lower = c(1, 1, 0)
  )
  out$types[length(out$types)] <- "I"
  out
}

# Units are 0/1 and counted, `extra` numbers come after them.
programme <- function(units, extra, rows, directions, upper, lower = rep(0, extra)) {
  list(
    units = units, objective = c(rep(1, length(units)), rep(0, extra)), rows = unname(rows), directions = directions,
    types = c(rep("B", length(units)), rep("C", extra)), lower = c(rep(0, length(units)), lower),
    upper = c(rep(1, length(units)), upper)
  )
}

solve_with_highs <- function(problem, plan) {
  out <- highs::highs_solve(
    L = problem$objective, lower = problem$lower, upper = problem$upper, A = problem$rows,
    lhs = ifelse(problem$directions == "<", -Inf, 0), rhs = ifelse(problem$directions == ">", Inf, 0),
    types = sub("B", "I", problem$types), maximum = TRUE, control = list(time_limit = plan$time, log_to_console = FALSE)
  )
  stopped <- out$status_message %in% c("Time limit reached", "Iteration limit reached")
  list(
    solution = out$primal_solution, obj = out, gap = out$info$mip_gap %||% NA_real_, optimal = !stopped,
    found = !stopped && out$status_message == "Optimal" || identical(out$info$primal_solution_status, "Feasible")
  )
}

solve_with_glpk <- function(problem, plan) {
  out <- Rglpk::Rglpk_solve_LP(
    obj = problem$objective, mat = problem$rows, dir = problem$directions, rhs = rep(0, length(problem$directions)), max = TRUE,
    types = problem$types, control = list(tm_limit = plan$time * 1000, verbose = FALSE)
  )
  list(
    solution = out$solution, obj = out, gap = if (out$status == 0) 0 else NA_real_, optimal = out$status == 0,
    found = any(out$solution != 0)
  )
}

check_solver <- function(answer, plan, prep) {
  if (!answer$found) {
    sm_abort(c(
      "The means must be attainable in the time allowed.",
      x = "{.pkg {plan$solver}} found no sample{if (!answer$optimal) paste0(' in ', plan$time, ' seconds')}.",
      i = "Make {.arg tols} wider{if (!answer$optimal) ' or {.arg time} longer'}."
    ), "match", prep$error_call)
  }
  if (answer$optimal) return(invisible())
  gap <- if (is.na(answer$gap)) "unknown" else format_percent(answer$gap)
  sm_warn(c(
    "The sample may not be the largest: the time was up.", x = "{plan$time} seconds; relative gap to the bound {gap}.",
    i = "Give a longer {.arg time}."
  ), "match", prep$error_call)
}

# Both arms with the same total, that of the focal one for a profile, else of the arm that is smaller before.
balanced_weights <- function(chosen, treat, prep, plan) {
  smaller <- if (sum(treat == 0) <= sum(treat == 1)) 0L else 1L
  kept <- if (plan$kind == "profile") focal_arm(prep) else smaller
  total <- function(arm) sum(chosen[treat == arm])
  chosen[treat != kept] <- chosen[treat != kept] * total(kept) / total(1L - kept)
  chosen
}

solver_report <- function(plan, solved) {
  list(
    solver = plan$solver, optimal = all(vapply(solved, `[[`, NA, "optimal")), gap = max(vapply(solved, `[[`, 0, "gap"))
  )
}

# Pairs of the chosen, of the least total Mahalanobis distance.
pair_selected <- function(prep, chosen) {
  prep$retained <- prep$retained & chosen
  prep["caliper"] <- prep["distance"] <- prep["caliper_frame"] <- prep["antiexact_frame"] <- list(NULL)
  prep$dots <- list()
  pairs <- pairs_as_table(solve_network(prep, list(least = prep$ratio, most = prep$ratio))$pairs, prep, prep$ratio)
  list(pairs = pairs, subclass = core_sets_of_pairs(pairs, prep$focal))
}
