#' Cox models side by side, one variable at a time and together
#'
#' The hazard ratio of each variable alone and given all others, with the patients and events of each cell before them.
#'
#' @param x (`cohort`, `matched_cohort` or formula) a cohort or matched cohort, with `endpoint`; or `Surv(time, event) ~
#'   a + b` with `data`.
#' @param data (data frame) for a formula.
#' @param endpoint (string) endpoint of the cohort; default the first.
#' @param covariates (character) columns; default the treatment and the covariates of the cohort.
#' @param population (string) `"cohort"`: everybody who was analysed; `"matched"`: the matched patients with the weights
#'   and sets of the design, the default after [match_risk_set()] and there the only one.
#' @param conf.level (number) level of the intervals.
#' @return A [study_table]. `tidy()` gives one row a coefficient: `variable`, `level`, `reference` (logical), `n`,
#'   `events`, `per` (how many units more a numeric column's ratio is for: 1, or, where both limits print as 1.00, the
#'   smallest power of ten with an interval at least 0.02 wide), and for the model alone (`uni_`) and together
#'   (`multi_`): `estimate` (hazard ratio), `conf.low`, `conf.high`, `p.value`.
#' @section Method:
#' Cox models with Efron's ties through [fit_cox()]. Each model uses the patients who have its variables; n and events
#' of a row are those of the model of that variable alone. Hazard ratios of covariates are prognostic associations, each
#' given the others. The multivariable model's events for each parameter are counted and, under 10, said.
#' @section Errors:
#' `survmatch_error_table`, and those of [fit_cox()]. Warning `survmatch_warning_events_per_parameter` when the
#' multivariable model has fewer than 10 events a parameter.
#' @references Peduzzi P, Concato J, Feinstein AR, Holford TR (1995). Importance of events per independent variable in
#' proportional hazards regression analysis II. Journal of Clinical Epidemiology 48:1503-1510.
#' @family tables
#' @examples
#' tabulate_cox(Surv(time, status) ~ age + sex + ph.ecog, data = survival::lung)
#' @export
tabulate_cox <- function(x, data = NULL, endpoint = NULL, covariates = NULL, population = c("cohort", "matched"), conf.level = 0.95) {
  population <- cox_table_population(x, if (!missing(population)) population)
  source <- cox_table_source(x, data, endpoint, covariates, population)
  together <- cox_of(source, source$terms)
  alone <- lapply(source$terms, function(term) cox_of(source, term))
  numeric <- do.call(
    rbind, Map(cox_rows, source$terms, alone, MoreArgs = list(together = together, source = source, level = conf.level))
  )
  rownames(numeric) <- NULL
  parameters <- sum(!is.na(stats::coef(together)))
  warn_sparse(together$nevent, parameters)
  new_study_table(
    cox_table_text(numeric, source),
    caption = source$caption,
    labels = c(
      term = "Variable", n = "n", events = "Events", uni = paste0(
        "Alone: HR (", format_number(100 * conf.level, 0), "% CI)"
      ), uni_p = "p",
      multi = paste0("Together: HR (", format_number(100 * conf.level, 0), "% CI)"), multi_p = "p"
    ),
    footnotes = cox_table_notes(together, parameters), numeric = numeric
  )
}

# A risk-set match has no cohort to go back to: there, ever against never treated is biased by immortal time.
cox_table_population <- function(x, population, call = rlang::caller_env()) {
  risk_sets <- inherits(x, "risk_set_cohort")
  population <- rlang::arg_match0(
    population %||% if (risk_sets) "matched" else "cohort", c("cohort", "matched"), "population", error_call = call
  )
  if (!risk_sets || population == "matched") return(population)
  sm_abort(c(
    "{.arg population} must be {.val matched} after {.fn match_risk_set}.",
    x = "The whole cohort has no arms before the treatment starts.",
    i = "Use {.fn split_exposure} and {.fn fit_cox} for a model of everybody."
  ), "table", call)
}

# response, terms (calls), data (as given to fit_cox), labels, arms, caption, env.
cox_table_source <- function(x, data, endpoint, covariates, population, call = rlang::caller_env()) {
  if (inherits(x, "formula")) return(cox_source_formula(x, data, call))
  roles <- cohort_roles(x)
  if (is.null(roles)) {
    sm_abort(
      c(
        "{.arg x} must be a cohort, a matched cohort, or a formula with {.arg data}.",
        x = "It is {.obj_type_friendly {x}}."
      ),
      "table", call
    )
  }
  endpoint <- endpoint %||% roles$endpoints[1]
  if (!rlang::is_string(endpoint) || !endpoint %in% roles$endpoints) {
    sm_abort(
      c("{.arg endpoint} must be one endpoint of the cohort.", i = "The cohort has {.val {roles$endpoints}}."), "table",
      call
    )
  }
  columns <- covariates %||% c(roles$treatment, roles$covariates)
  matched <- inherits(x, "matched_cohort")
  use <- if (matched && population == "cohort") x$data else x
  rows <- if (inherits(use, "matched_cohort")) matched_data(use) else use
  check_table_columns(columns, rows, call)
  where <- if (matched && population == "matched") "matched patients" else if (matched) "the whole cohort, matched or not" else "the cohort"
  list(
    response = as.name(endpoint), terms = lapply(columns, as.name), data = use, rows = as.data.frame(rows),
    roles = roles, env = parent.frame(),
    caption = paste0(
      roles$endpoint_labels[[endpoint]], ": Cox models in ", where, " (n = ", format_count(nrow(rows)), ")"
    )
  )
}

cox_source_formula <- function(formula, data, call) {
  if (!is.data.frame(data)) sm_abort("A formula needs {.arg data}, a data frame.", "table", call)
  terms <- attr(stats::terms(formula, data = data), "term.labels")
  if (length(terms) == 0) sm_abort("The right side of the formula must have a variable.", "table", call)
  list(
    response = formula[[2]], terms = lapply(terms, str2lang), data = data, rows = as.data.frame(data),
    roles = cohort_roles(data), env = environment(formula),
    caption = paste0("Cox models (n = ", format_count(nrow(data)), ")")
  )
}

cox_of <- function(source, terms) {
  terms <- if (is.list(terms)) terms else list(terms)
  right <- Reduce(function(a, b) call("+", a, b), terms)
  inner <- list2env(list(source_data = source$data), parent = source$env)
  formula <- stats::as.formula(call("~", source$response, right), env = inner)
  eval(
    call("fit_cox", formula, data = quote(source_data), model = TRUE), list2env(list(fit_cox = fit_cox), parent = inner)
  )
}

# The rows of one term: its reference and levels, or its coefficients.
cox_rows <- function(term, alone, together, source, level) {
  name <- deparse1(term)
  values <- alone$model[[name]]
  cells <- level_cells(values, name, alone)
  uni <- hr_columns(alone, cells$coefficient, level, "uni_")
  multi <- hr_columns(together, cells$coefficient, level, "multi_")
  per <- if (nrow(cells) == 1 && is.numeric(values)) units_that_show(values, uni) else 1
  data.frame(
    variable = name, cells[c("level", "reference", "n", "events")], per = per, hr_per(uni, per), hr_per(multi, per)
  )
}

# A ratio whose limits both print as 1.00 is told for the power of ten that makes a readable interval, within the
# column's range.
units_that_show <- function(values, uni) {
  limits <- as.double(unlist(uni[c("uni_conf.low", "uni_conf.high")]))
  if (anyNA(limits) || any(abs(limits - 1) >= 0.005)) return(1)
  candidates <- 10^(1:max(1, floor(log10(diff(range(values, na.rm = TRUE))))))
  readable <- vapply(candidates, function(per) diff(limits^per) >= 0.02, NA)
  if (any(readable)) candidates[readable][1] else 1
}

hr_per <- function(columns, per) {
  ratios <- grep("estimate|conf", names(columns))
  columns[ratios] <- lapply(columns[ratios], function(ratio) ratio^per)
  columns
}

# Categories and 0/1 columns have a row a level; anything else a row a coefficient.
level_cells <- function(values, name, fit) {
  status <- fit$y[, ncol(fit$y)]
  if (is.numeric(values) && is.null(dim(values)) && all(values %in% 0:1)) values <- factor(values, 0:1)
  if (is.logical(values)) values <- factor(values, c(FALSE, TRUE))
  if (is.character(values)) values <- factor(values)
  if (!is.factor(values) || is.ordered(values)) {
    coefficients <- names(stats::coef(fit))
    return(data.frame(
      level = if (length(coefficients) > 1) sub(
        name, "", coefficients, fixed = TRUE
      ) else NA, reference = FALSE, n = fit$n, events = fit$nevent,
      coefficient = coefficients
    ))
  }
  levels <- levels(values)
  numbers <- names(stats::coef(fit))
  data.frame(
    level = levels, reference = seq_along(levels) == 1, n = as.vector(table(values)),
    events = as.vector(tapply(status, values, sum, default = 0)),
    coefficient = if (length(numbers) == length(levels) - 1) c(NA, numbers) else c(NA, paste0(name, levels[-1]))
  )
}

hr_columns <- function(fit, coefficients, level, prefix) {
  rows <- tidy(fit, exponentiate = TRUE, conf.int = TRUE, conf.level = level)
  out <- as.data.frame(rows)[match(coefficients, rows$term), c("estimate", "conf.low", "conf.high", "p.value")]
  stats::setNames(out, paste0(prefix, names(out)))
}

cox_table_text <- function(numeric, source) {
  one <- function(variable) {
    rows <- numeric[numeric$variable == variable, ]
    label <- cox_variable_label(variable, source)
    if (nrow(rows) == 1) return(cox_text_rows(
      paste0(label, if (rows$per > 1) paste0(" (per ", format_count(rows$per), ")")), rows
    ))
    rbind(
      data.frame(term = label, n = "", events = "", uni = "", uni_p = "", multi = "", multi_p = ""),
      cox_text_rows(paste0("  ", cox_level_label(rows$level, variable, source)), rows)
    )
  }
  do.call(rbind, lapply(unique(numeric$variable), one))
}

cox_text_rows <- function(label, rows) {
  cell <- function(prefix) {
    value <- rows[[paste0(prefix, "estimate")]]
    text <- paste0(
      format_ratio(value), " (",
      format_interval(rows[[paste0(prefix, "conf.low")]], rows[[paste0(prefix, "conf.high")]]), ")"
    )
    ifelse(rows$reference, "1 (reference)", ifelse(is.na(value), "not estimable", text))
  }
  p <- function(prefix) ifelse(rows$reference, "", format_p(rows[[paste0(prefix, "p.value")]]))
  data.frame(
    term = label, n = format_count(rows$n), events = format_count(rows$events),
    uni = cell("uni_"), uni_p = p("uni_"), multi = cell("multi_"), multi_p = p("multi_")
  )
}

cox_variable_label <- function(variable, source) {
  if (!is.null(source$roles) && identical(variable, source$roles$treatment)) return("Treatment")
  variable_label(variable, list(labels = source$roles$labels, data = source$rows))
}

cox_level_label <- function(levels, variable, source) {
  roles <- source$roles
  arms <- match(levels, as.character(c(roles$reference, roles$treated)))
  if (!is.null(roles) && identical(variable, roles$treatment) && !anyNA(arms)) return(roles$arm_labels[arms])
  levels
}

warn_sparse <- function(events, parameters, call = rlang::caller_env()) {
  if (parameters == 0 || events / parameters >= 10) return(invisible())
  sm_warn(c(
    "The multivariable model has few events.",
    x = "{events} events for {parameters} parameters: {format_number(events / parameters)} each, under 10.",
    i = "Its estimates move much with single patients; use fewer variables."
  ), "events_per_parameter", call)
}

cox_table_notes <- function(together, parameters) {
  each <- if (parameters > 0) together$nevent / parameters else NA_real_
  c(
    paste0(
      "Multivariable model: ", format_count(together$n), " patients, ", format_count(together$nevent), " events, ",
      parameters, " parameters (", format_number(each),
      " events each", if (isTRUE(each < 10)) ", under 10: its estimates move much with single patients", ")."
    ),
    "Hazard ratios of covariates are prognostic associations. A ratio of a number is that of one unit more, or of as many more as its row says (per)."
  )
}
