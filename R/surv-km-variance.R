# Which variance a curve has, and the fields that follow from it.

# survival's rules: robust when asked for, or when there is a cluster, a weight that is no whole number, a subject with
# two events, or the influence is wanted. `codes` go to the core, `names` label the rows of the influence.
km_variance <- function(rows, robust, influence, se.fit, error_call) {
  influence <- influence_flag(influence, error_call)
  if (is.null(robust)) {
    wanted <- influence > 0
    robust <- wanted || length(rows$cluster) > 0 || has_fractions(rows$weight) || has_repeated_events(rows)
    members <- if (length(rows$cluster) > 0) rows$cluster else rows$id
  } else {
    if (!rlang::is_bool(robust)) sm_abort("{.arg robust} must be TRUE or FALSE.", "robust", error_call)
    members <- members_if_robust(rows, robust, error_call)
  }
  if (!robust && influence > 0) {
    sm_warn("{.code robust = FALSE} leaves no influence to return.", "influence", error_call)
    influence <- 0L
  }
  if (!se.fit) influence <- 0L
  none <- list(codes = list(cluster = NULL, clusters = 0L), influence = influence, robust = FALSE)
  if (!robust || !se.fit) return(none)
  members <- members %||% seq_len(nrow(rows$y))
  list(codes = cluster_codes(members), names = unique(members), influence = influence, robust = TRUE)
}

influence_flag <- function(influence, error_call) {
  if (rlang::is_bool(influence)) return(if (influence) 3L else 0L)
  if (!rlang::is_scalar_integerish(influence) || !influence %in% 0:3) {
    sm_abort("{.arg influence} must be TRUE, FALSE, or 0 to 3.", "influence", error_call)
  }
  as.integer(influence)
}

members_if_robust <- function(rows, robust, error_call) {
  if (!robust) {
    if (length(rows$cluster) > 0) {
      sm_warn("With {.code robust = FALSE} the clusters are ignored.", "cluster", error_call)
    }
    return(NULL)
  }
  if (length(rows$cluster) > 0) return(rows$cluster)
  if (is.null(rows$id) && ncol(rows$y) == 3) {
    sm_abort("A robust variance of (start, stop] data needs {.arg id} or {.arg cluster}.", "robust", error_call)
  }
  rows$id
}

has_fractions <- function(weight) !is.null(weight) && any(weight != floor(weight))

has_repeated_events <- function(rows) !is.null(rows$id) && anyDuplicated(rows$id[rows$y[, ncol(rows$y)] == 1]) > 0

# 0, 1, ... in the order of the first rows.
cluster_codes <- function(x) {
  values <- unique(x)
  if (length(values) == length(x)) return(list(cluster = seq_along(x) - 1L, clusters = length(x)))
  list(cluster = match(x, values) - 1L, clusters = length(values))
}

id_codes <- function(id) {
  if (length(id) == 0) return(list(id = NULL, ids = 0L))
  values <- unique(id)
  list(id = match(id, values), ids = length(values))
}

km_counts <- function(core, rows) {
  several <- !is.null(rows$levels)
  fit <- c(list(n = core$n), core[c("time", "n.risk", "n.event", "n.censor", "surv", "std.err", "cumhaz", "std.chaz")])
  if (several) {
    strata <- stats::setNames(core$times, rows$levels)
    fit$strata <- strata[strata > 0]
  }
  fit$n.enter <- core$n.enter
  if (!is.null(core$heads) && !isTRUE(all.equal(rows$weight, rep(1, length(rows$weight))))) {
    fit$counts <- core$heads
    colnames(fit$counts) <- c("nrisk", "nevent", "ncensor", "nenter")[seq_len(ncol(fit$counts))]
  }
  if (length(rows$id) > 0) fit$n.id <- core$n.id
  fit
}

add_limits <- function(fit, rule, limits, variance) {
  if (!limits$se.fit) {
    fit$std.err <- NULL
    fit$std.chaz <- NULL
    return(fit)
  }
  fit$logse <- !variance$robust || rule$ctype == 2
  fit$conf.int <- limits$conf.int
  fit$conf.type <- limits$conf.type
  if (limits$conf.lower != "usual") fit$conf.lower <- limits$conf.lower
  if (limits$conf.type == "none") return(fit)
  band <- core_limits(
    fit$surv, fit$std.err, lower_error(fit, limits$conf.lower), limits$conf.type,
    stats::qnorm(1 - (1 - limits$conf.int) / 2), fit$logse
  )
  c(fit, band)
}

# The error of the lower limit where few are left: Peto's, or that of the last event time scaled to who is left now.
lower_error <- function(fit, rule) {
  switch(rule,
    usual = NULL,
    peto = sqrt((1 - fit$surv) / fit$n.risk),
    modified = {
      event <- fit$n.event > 0
      event[c(1, 1 + cumsum(fit$strata[-length(fit$strata)]))] <- TRUE
      fit$std.err * sqrt(fit$n.risk[event][cumsum(event)] / fit$n.risk)
    }
  )
}

# influence.surv and influence.chaz: clusters by times, a list of them with several curves.
km_influence <- function(core, fit, rule, variance, levels) {
  if (variance$influence == 0) return(NULL)
  curves <- lapply(core$influence, function(x) {
    named <- lapply(x[intersect(c("survival", "hazard"), names(x))], function(m) {
      rownames(m) <- as.character(variance$names)[x$cluster + 1]
      m
    })
    named
  })
  if (rule$stype == 2) curves <- influence_of_exponential(curves, fit, core$times)
  pick <- function(what) {
    picked <- lapply(curves, `[[`, what)
    if (is.null(levels)) picked[[1]] else picked
  }
  out <- list()
  if (variance$influence != 2) out$influence.surv <- pick("survival")
  if (variance$influence != 1) out$influence.chaz <- pick("hazard")
  if (rule$stype == 2) rev(out) else out
}

# S = exp(-H), so its influence is -S times that of H.
influence_of_exponential <- function(curves, fit, times) {
  last <- cumsum(times)
  lapply(seq_along(curves), function(s) {
    survival <- fit$surv[seq_len(times[s]) + last[s] - times[s]]
    hazard <- curves[[s]]$hazard
    list(hazard = hazard, survival = -hazard * rep(survival, each = nrow(hazard)))
  })
}
