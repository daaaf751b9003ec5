#' @export
print.study <- function(x, ...) {
  roles <- cohort_roles(x$cohort)
  sizes <- matched_sizes(x)
  cli::cli_text(
    "{.strong Matched survival study}: {nrow(x$cohort)} patients, {sizes[2]} {roles$arm_labels[2]} and {sizes[1]} {roles$arm_labels[1]} matched"
  )
  if (identical(x$design$primary, "naive")) cli::cli_alert_warning(
    "Naive comparison from time zero, asked for by name: biased by immortal time."
  )
  if (!is.null(x$designs) && !identical(x$design$primary, "naive")) cli::cli_text("Time zero: {say_designs(x$designs)}")
  cli::cli_text("Design {substr(x$design$hash, 1, 8)}: {say_fixed(x$design)}")
  for (row in say_headlines(x)) cli::cli_bullets(c("*" = "{row}"))
  if (nrow(x$checks) > 0) cli::cli_text(
    "{nrow(x$checks)} finding{?s} for the reader: see {.code x$checks}, or {.fn render_report}"
  )
  invisible(x)
}

matched_sizes <- function(study) {
  kept <- study$matched$weights > 0
  c(sum(kept & study$matched$treat == 0), sum(kept & study$matched$treat == 1))
}

in_risk_sets <- function(study) inherits(study$matched, "risk_set_cohort")

# Untreated and treated patients of the cohort; with risk sets, never and ever treated ones.
arm_sizes <- function(study) {
  if (in_risk_sets(study)) return(tabulate(1 + is.finite(study$matched$line$start), 2))
  c(sum(study$matched$treat == 0), sum(study$matched$treat == 1))
}

#' @export
summary.study <- function(object, ...) {
  structure(list(estimates = tidy(object), checks = object$checks, design = object$design), class = "summary.study")
}

#' @export
print.summary.study <- function(x, ...) {
  print(x$estimates, digits = 3, row.names = FALSE)
  cli::cli_text("Design {x$design$hash}: {say_fixed(x$design)}")
  for (i in seq_len(nrow(x$checks))) cli::cli_bullets(c("!" = "{x$checks$check[i]}: {x$checks$sentence[i]}"))
  invisible(x)
}

#' @export
tidy.study <- function(x, conf.level = 0.95, ...) {
  rows <- lapply(x$endpoints, function(e) {
    models <- Filter(Negate(is.null), e$cox)
    estimates <- lapply(names(models), function(m) {
      hr_row(models[[m]], m, if (in_risk_sets(x)) nrow(x$cohort), conf.level)
    })
    data.frame(endpoint = e$endpoint, do.call(rbind, estimates))
  })
  out <- do.call(rbind, rows)
  rownames(out) <- NULL
  out
}

# The treatment's hazard ratio in one model, first coefficient of every model of a study.
# `whole`: how many patients the rows of a treatment counted from its start belong to, else NULL.
hr_row <- function(model, name, whole, conf.level) {
  from_start <- !is.null(whole)
  start <- if (from_start) model_start_words(model)
  terms <- tidy(model, exponentiate = TRUE, conf.int = TRUE, conf.level = conf.level)
  data.frame(
    model = name, estimand = c(
      robust = "marginal", plain = "marginal", stratified = "conditional on the matched set",
      adjusted = paste(c("conditional on covariates, whole cohort", start), collapse = ", "),
      unmatched = if (from_start) paste0("none: unadjusted, ", start) else "none: unmatched and unadjusted"
    )[[name]],
    terms[1, c("estimate", "conf.low", "conf.high", "p.value")],
    n = if (from_start && name %in% c("adjusted", "unmatched")) whole else model$n, nevent = model$nevent
  )
}

#' @export
glance.study <- function(x, ...) {
  sizes <- matched_sizes(x)
  lost <- lost_treated(x)
  data.frame(
    n = nrow(x$cohort), n_treated = arm_sizes(x)[2], matched_control = sizes[1], matched_treated = sizes[2],
    lost = lost$lost, endpoints = length(x$endpoints), checks = nrow(x$checks), design = x$design$hash
  )
}

#' Figures of a study
#'
#' @param object (`study`) from [run_study()].
#' @param type (string) `"curves"` of an endpoint, `"flow"` of the patients, `"score"` overlap, `"balance"`, or the
#'   `"forest"` of every model of an endpoint; `"designs"` beside each other where treatment starts after time zero.
#' @param endpoint (string) for curves and forest; default the first.
#' @param ... passed to the figure's own method.
#' @return A ggplot.
#' @family study
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' cohort <- as_cohort(breast,
#'   treatment = hormon, covariates = c(age, size, grade, nodes),
#'   endpoints = list(os = Surv(dtime, death)), time_unit = "months", from_unit = "days"
#' )
#' study <- run_study(cohort)
#' ggplot2::autoplot(study, "flow")
#' @export
autoplot.study <- function(object, type = c("curves", "flow", "score", "balance", "forest", "designs"), endpoint = NULL, ...) {
  type <- pick_choice(type)
  endpoint <- endpoint %||% names(object$endpoints)[1]
  if (!endpoint %in% names(object$endpoints)) {
    sm_abort(c("{.arg endpoint} must be one of the study.", x = "It is {shown(endpoint)}.",
      i = "The study has {.val {names(object$endpoints)}}."
    ), "study")
  }
  plot <- switch(type,
    curves = autoplot(object$endpoints[[endpoint]]$km, ...),
    flow = plot_flow(object),
    score = plot_score(object, ...),
    balance = autoplot(object$balance, ...),
    forest = plot_forest(tidy(object)[tidy(object)$endpoint == endpoint, ], object),
    designs = plot_designs(object, endpoint)
  )
  if (identical(object$design$primary, "naive") && type != "designs") plot <- plot + watermark("biased by\nimmortal time")
  plot
}

plot_score <- function(study, ...) {
  if (!is.null(study$propensity)) return(autoplot(study$propensity, matched = study$matched, ...))
  sm_abort(c(
    "A study that is matched in risk sets has no score at time zero to draw.",
    i = "Its score is {.code x$matched$model}, a Cox model of the treatment start; see the balance."
  ), "study", rlang::caller_env())
}

plot_designs <- function(study, endpoint) {
  if (!is.null(study$designs)) return(autoplot(study$designs, endpoint = endpoint))
  sm_abort("The treatment of this study starts at time zero: there is one design.", "study", rlang::caller_env())
}

# In the middle of the panel whatever its scales are: annotation_custom() asks them where that is, and a log scale has no
# answer.
watermark <- function(text) {
  grob <- grid::textGrob(text, rot = 15, gp = grid::gpar(col = "grey50", alpha = 0.35, fontsize = 24, fontface = "bold"))
  geom <- ggplot2::ggproto(NULL, ggplot2::Geom,
    draw_panel = function(data, panel_params, coord) grob, handle_na = function(data, params) data,
    extra_params = character()
  )
  ggplot2::layer(
    data = data.frame(x = NA), mapping = NULL, geom = geom, stat = "identity", position = "identity",
    inherit.aes = FALSE, show.legend = FALSE
  )
}
