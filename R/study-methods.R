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
    estimates <- lapply(names(models), function(m) hr_row(models[[m]], m, cohort_roles(x$cohort)$treatment, conf.level))
    data.frame(endpoint = e$endpoint, do.call(rbind, estimates))
  })
  out <- do.call(rbind, rows)
  rownames(out) <- NULL
  out
}

# The treatment's hazard ratio in one model, first coefficient of every model of a study.
hr_row <- function(model, name, treatment, conf.level) {
  terms <- tidy(model, exponentiate = TRUE, conf.int = TRUE, conf.level = conf.level)
  data.frame(
    model = name, estimand = c(
      robust = "marginal", plain = "marginal", stratified = "conditional on the matched set",
      adjusted = "conditional on covariates, whole cohort", unmatched = "none: unmatched and unadjusted"
    )[[name]],
    terms[1, c("estimate", "conf.low", "conf.high", "p.value")], n = model$n, nevent = model$nevent
  )
}

#' @export
glance.study <- function(x, ...) {
  sizes <- matched_sizes(x)
  lost <- lost_treated(x)
  data.frame(
    n = nrow(x$cohort), n_treated = sum(x$matched$treat == 1), matched_control = sizes[1], matched_treated = sizes[2],
    lost = lost$lost, endpoints = length(x$endpoints), checks = nrow(x$checks), design = x$design$hash
  )
}

#' Figures of a study
#'
#' @param object (`study`) from [run_study()].
#' @param type (string) `"curves"` of an endpoint, `"flow"` of the patients, `"score"` overlap, `"balance"`, or the
#'   `"forest"` of every model of an endpoint.
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
autoplot.study <- function(object, type = c("curves", "flow", "score", "balance", "forest"), endpoint = NULL, ...) {
  type <- rlang::arg_match(type)
  endpoint <- endpoint %||% names(object$endpoints)[1]
  if (!endpoint %in% names(object$endpoints)) {
    sm_abort(c("{.arg endpoint} must be one of the study.", x = "It is {.val {endpoint}}.",
      i = "The study has {.val {names(object$endpoints)}}."
    ), "study")
  }
  plot <- switch(type,
    curves = autoplot(object$endpoints[[endpoint]]$km, ...),
    flow = plot_flow(object),
    score = autoplot(object$propensity, matched = object$matched, ...),
    balance = autoplot(object$balance, ...),
    forest = plot_forest(tidy(object)[tidy(object)$endpoint == endpoint, ], object)
  )
  if (identical(object$design$primary, "naive")) plot <- plot + watermark("biased by\nimmortal time")
  plot
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
