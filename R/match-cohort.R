#' Match treated patients to comparable controls
#'
#' Matches with the arguments, the pairs and the weights of `MatchIt::matchit()`, in compiled code whose time grows with
#' n log n. The result is a `matchit` object: MatchIt's `summary()`, `plot()` and `match_data()`, `cobalt::bal.tab()`
#' and `marginaleffects` read it.
#'
#' @param formula (formula) `treatment ~ covariates`. Default: the formula of the cohort.
#' @param data (`cohort` or data frame, one row a patient) holds the variables of `formula`. The treatment of a cohort
#'   is coded by its stated reference; in a plain data frame 0, `FALSE`, the first level or the smaller value is the
#'   control arm.
#' @param method (string or NULL) `"nearest"`: greedy nearest-neighbour matching; `"optimal"` and `"full"`: the exact
#'   optimum on the score, at any size; `"exact"`: strata of equal covariates; `"cem"`: strata of coarsened covariates;
#'   `"subclass"`: subclasses between quantiles of the score; `"quick"`: generalized full matching, by package quickmatch;
#'   `"cardinality"`: the largest sample with balanced means, by package highs; `NULL` matches nobody.
#' @param distance (string, numeric vector or matrix, or `propensity`) `"glm"` fits a score; a vector (n values) or the
#'   result of [fit_propensity()] is the score; `"mahalanobis"`, `"robust_mahalanobis"`, `"euclidean"`,
#'   `"scaled_euclidean"` or a matrix (n x n, or treated x controls) are distances between patients.
#' @param link (string) link of the score model; `"linear.logit"`, `"linear.probit"`, ... use the linear predictor.
#'   With a `propensity`, `"linear.logit"` takes its linear score.
#' @param distance.options (list) further arguments of [stats::glm()].
#' @param estimand (string) `"ATT"` matches controls to treated, `"ATC"` treated to controls; `"ATE"` where the method
#'   has it.
#' @param exact,mahvars,antiexact (character or one-sided formula) columns that must agree in a pair; covariates of a
#'   Mahalanobis distance within the caliper on the score; columns that must differ in a pair.
#' @param discard (string or logical vector) `"treated"`, `"control"` or `"both"` leave out patients outside the other
#'   arm's range of the score; a logical vector names them.
#' @param reestimate (flag) fit the score again without the discarded patients.
#' @param s.weights (numeric vector, string or one-sided formula) sampling weights.
#' @param replace (flag) may a control be used more than once?
#' @param m.order (string) who chooses first: `"largest"` score (default for ATT), `"smallest"` (default for ATC),
#'   `"data"`, `"random"`, or the pair that is `"closest"` or `"farthest"`.
#' @param caliper (numeric) the largest difference in a pair: one unnamed number for the score, named ones for columns.
#'   A negative number is the smallest difference allowed.
#' @param std.caliper (logical, one or as many as `caliper`) are calipers in standard deviations?
#' @param ratio (whole number) controls for each treated patient.
#' @param verbose,include.obj,normalize (flags) as in `matchit()`: talk; keep what an underlying solver returned; scale
#'   weights to mean 1 in each arm.
#' @param ... arguments of the method, with MatchIt's meaning; others are refused.
#'
#'   `"nearest"`: `min.controls`, `max.controls` (variable ratio), `reuse.max`, `unit.id`.
#'
#'   `"optimal"`: `min.controls`, `max.controls`; `penalty` (in the unit of the distance); `fine.balance` (character or
#'   one-sided formula).
#'
#'   `"full"`: `min.controls`, `max.controls`, `mean.controls`, `omit.fraction`.
#'
#'   `"cem"`: `cutpoints` (bins of numeric covariates), `grouping` (levels that go together), `k2k` (as many of each arm in
#'   a stratum, paired by `k2k.method`, `mpower` and `m.order`).
#'
#'   `"subclass"`: `subclass` (how many, or quantiles; 6), `min.n` (patients of each arm in a subclass; 1).
#'
#'   `"quick"`: those of `quickmatch::quickmatch()`.
#'
#'   `"cardinality"`: `tols` (largest difference of means, one number or one a covariate; 0.05), `std.tols` (in standard
#'   deviations?), `solver` (`"highs"` or `"glpk"`), `time` (seconds; 120).
#' @return A list of class `c("matched_cohort", "matchit")` with the fields of MatchIt 4.8 (those without a value are
#'   left out):
#' \describe{
#'   \item{match.matrix}{character matrix, a row for each patient who looked for partners, with the row names of these.}
#'   \item{subclass}{factor, n values: the matched set; NA for unmatched. Absent after matching with replacement.}
#'   \item{weights}{numeric, n values: 0 for unmatched.}
#'   \item{X, treat, distance, discarded, s.weights}{what was matched on: data frame, 0/1, numeric, logical, numeric.}
#'   \item{estimand, formula, call, info, exact, mahvars, caliper, model, obj}{how; `caliper` in the unit of its
#'     variable.}
#'   \item{data}{the table or cohort itself.}
#' }
#' @section Method:
#' `"nearest"`: treated patients choose in the order `m.order`; each takes the nearest control that is free, retained,
#' in the same exact stratum and inside the calipers. Of two at the same distance the one fewer places away among all
#' patients sorted by score is taken, then the one below. With `ratio > 1` this is repeated, one round a control. A
#' caliper is multiplied by the standard deviation over all retained patients of both arms, on the scale of the
#' distance. Weights: a control has the number of treated divided by the number of controls in its set; then each arm is
#' scaled to mean 1. Missing covariates are refused.
#'
#' `"optimal"`: the most pairs that the caliper and the exact strata allow, and of all ways to have as many those with
#' the least total distance: an exact optimum, found by one pass along the sorted scores, where `MatchIt` ignores the
#' caliper. `ratio` is then the most that a patient gets; without a caliper everybody gets at least as many as all can
#' have. `"full"`: sets of one treated and one or more controls, or one control and one or more treated, that hold
#' everybody who has somebody of the other arm within the caliper, with the least total distance to the centres of the
#' sets. Where there is more than a score, one caliper and exact strata (distances between covariates, `mahvars` inside a
#' caliper, calipers on columns, `antiexact`, `min.controls`, `max.controls`, `mean.controls`, `omit.fraction`), the same
#' optimum is found by a flow over the pairs that may be made: exact too, in memory and time that grow with their number.
#' `penalty` (Rosenbaum 2012) instead trades pairs for closeness: each partner that a patient goes without counts as so much
#' distance, and the least sum is found. With `fine.balance` as many controls of each category (of the combinations of the
#' columns) are taken as its treated ask for, or as near to it as can be (near-fine balance): after the number of pairs, and
#' before the distance; who is paired with whom may differ in the category. [verify_match()] proves the optimum.
#' For both, on the line, of patients with the same score the one whose row name sorts first comes first, so that the order of
#' the rows changes nothing.
#'
#' Distances between covariates (also `mahvars`) are Euclidean distances of transformed columns, a factor having a column
#' a level: `"mahalanobis"` uses the covariance within arms, `"robust_mahalanobis"` that of ranks, `"scaled_euclidean"`
#' the standard deviations within arms. `"nearest"` takes them from a k-d tree; of controls at the same distance the one
#' more places away in the order of the first column is taken, which is MatchIt's choice.
#'
#' `"cardinality"` chooses as many patients as possible with `ratio` controls for each treated (`NA`: all treated, and the
#' most controls) whose means differ by at most `tols`; without `mahvars` there are no pairs, with them the chosen are
#' paired to the least total Mahalanobis distance. Whether the time was enough, and the gap to the bound if not, is in
#' the print and in the attribute `solver`.
#'
#' `"exact"`, `"cem"` and `"subclass"` put every patient of a stratum with both arms into one set, weighted to the
#' estimand; `"subclass"` fills subclasses that lack an arm from their neighbours.
#' @section Errors:
#' `survmatch_error_match`: nobody can be matched, missing covariates, a treatment without two values, unknown or
#' contradictory arguments. `survmatch_warning_match`: fewer controls than asked for, arguments that the method does not
#' use.
#' @references Ho DE, Imai K, King G, Stuart EA (2011). MatchIt: nonparametric preprocessing for parametric causal
#' inference. Journal of Statistical Software 42(8):1-28.
#'
#' Hansen BB, Klopfer SO (2006). Optimal full matching and related designs via network flows. Journal of Computational
#' and Graphical Statistics 15:609-627.
#'
#' Rosenbaum PR (1989). Optimal matching for observational studies. Journal of the American Statistical Association
#' 84:1024-1032.
#'
#' Rosenbaum PR, Ross RN, Silber JH (2007). Minimum distance matched sampling with fine balance in an observational study of
#' treatment for ovarian cancer. Journal of the American Statistical Association 102:75-83.
#'
#' Rosenbaum PR (2012). Optimal matching of an optimally chosen subset in observational studies. Journal of Computational
#' and Graphical Statistics 21:57-71.
#'
#' Ming K, Rosenbaum PR (2000). Substantial gains in bias reduction from matching with a variable number of controls.
#' Biometrics 56:118-124.
#' @family matching
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ]
#' matched <- match_cohort(hormon ~ age + size + grade + nodes, data = breast, caliper = 0.2)
#' matched
#' head(matched_data(matched)[c("hormon", "age", "weights", "subclass")])
#' @export
match_cohort <- function(formula, data, method = "nearest", distance = "glm", link = "logit", distance.options = list(),
                         estimand = "ATT", exact = NULL, mahvars = NULL, antiexact = NULL, discard = "none",
                         reestimate = FALSE, s.weights = NULL, replace = FALSE, m.order = NULL, caliper = NULL,
                         std.caliper = TRUE, ratio = 1, verbose = FALSE, include.obj = FALSE, normalize = TRUE, ...) {
  call <- match.call()
  check_match_data(if (missing(data)) NULL else data)
  arguments <- list(
    method = method, distance = distance, link = link, distance.options = distance.options, estimand = estimand,
    exact = exact, mahvars = mahvars, antiexact = antiexact, discard = discard, reestimate = reestimate,
    s.weights = s.weights, replace = replace, m.order = m.order, caliper = caliper, std.caliper = std.caliper,
    ratio = ratio, verbose = verbose, include.obj = include.obj, normalize = normalize, dots = list(...)
  )
  formula <- check_match_formula(if (missing(formula)) stats::formula(data) else formula)
  arguments <- check_match_arguments(arguments, call)
  seen <- formula_sees_data(formula, call, data)
  prep <- prepare_match(seen$formula, data, arguments, seen$call)
  build_matchit(prep, run_matching(prep))
}

# What every method reads. One entry a row of the data unless said otherwise:
#   treat (0/1), focal (1: the arm that looks for partners), estimand, covariates (data frame)
# distance (numeric, or NULL), distance_matrix (focal x others, or NULL), transform (name of a covariate distance, or
# NULL)
#   strata (codes 1..n of `exact`, or NULL), retained (not discarded, and its stratum has both arms)
#   caliper (absolute, named, "" for the distance), ratio, min.controls, max.controls, reuse.max, m.order, s.weights
#   dots (list): the method's own arguments; error_call: the frame that errors name
prepare_match <- function(formula, data, arguments, call, error_call = rlang::caller_env()) {
  prep <- c(arguments, list(formula = formula, data = data, call = call, error_call = error_call))
  prep$row_names <- row.names(data)
  prep$terms <- stats::terms(formula, data = plain_frame(data))
  prep$treat <- read_treatment(prep)
  prep$focal <- if (identical(arguments$estimand, "ATC")) 1L - prep$treat else prep$treat
  prep$s.weights <- read_sampling_weights(prep)
  prep$covariates <- read_covariates(prep)
  for (role in c("exact", "mahvars", "antiexact")) {
    prep[[paste0(role, "_frame")]] <- read_columns(prep[[role]], role, prep)
  }
  prep <- prepare_ratio(prep)
  prep <- prepare_distance(prep)
  prep <- prepare_calipers(prep)
  prepare_strata(prepare_categories(prep))
}

# The methods, and the arguments in `...` that belong to each.
match_methods <- list(
  nearest = c("min.controls", "max.controls", "reuse.max", "unit.id"),
  optimal = c("min.controls", "max.controls", "penalty", "fine.balance"),
  full = c("min.controls", "max.controls", "mean.controls", "omit.fraction"),
  exact = character(),
  cem = c("cutpoints", "grouping", "k2k", "k2k.method", "mpower"),
  subclass = c("subclass", "min.n"),
  quick = c("treatment_constraints", "size_constraint", "target", "secondary_unassigned_method", "seed_method", "primary_radius",
    "secondary_radius"),
  cardinality = c("tols", "std.tols", "solver", "time")
)

run_matching <- function(prep) {
  if (is.null(prep$method)) return(list(weights = as.numeric(!prep$discarded)))
  matching <- switch(prep$method,
    nearest = match_nearest,
    optimal = match_optimal,
    full = match_full,
    exact = match_exact,
    cem = match_cem,
    subclass = match_subclass,
    quick = match_quick,
    cardinality = match_cardinality
  )
  matching(prep)
}

check_match_data <- function(data, call = rlang::caller_env()) {
  if (is.data.frame(data) && nrow(data) > 0) return(invisible())
  sm_abort(c(
    "{.arg data} must be a cohort or a data frame with at least one row.",
    x = "It is {.obj_type_friendly {data}}{if (is.data.frame(data)) ' without rows'}.",
    i = if (inherits(data, "mids")) "Match imputed tables with {.fn match_imputations}."
  ), "match", call)
}

check_match_formula <- function(formula, call = rlang::caller_env()) {
  if (rlang::is_formula(formula, lhs = TRUE)) return(formula)
  sm_abort(c(
    "{.arg formula} must be a formula that relates the treatment to covariates.",
    x = "It is {.obj_type_friendly {formula}}.", i = "For example {.code treatment ~ age + stage}."
  ), "match", call)
}

check_match_arguments <- function(arguments, call, error_call = rlang::caller_env()) {
  method <- arguments$method
  if (!is.null(method)) check_choice(method, "method", names(match_methods), error_call)
  estimands <- if (is.null(method) || method %in% c("nearest", "optimal")) c("ATT", "ATC") else c("ATT", "ATC", "ATE")
  if (is.null(method)) estimands <- c(estimands, "ATE")
  check_choice(arguments$estimand, "estimand", estimands, error_call)
  for (flag in c("reestimate", "verbose", "include.obj", "normalize")) check_flag(arguments[[flag]], flag, error_call)

  unknown <- setdiff(rlang::names2(arguments$dots), match_methods[[method %||% ""]])
  if (length(unknown) > 0) {
    known <- match_methods[[method %||% ""]]
    sm_abort(c(
      "Arguments in {.arg ...} must belong to the method.",
      x = "{.code method = {.val {method}}} does not know {.arg {unknown}}.",
      i = if (length(known) > 0) "It takes {.arg {known}}."
    ), "match", error_call)
  }
  ignore_unused(arguments, call, error_call)
}

unused_arguments <- local({
  score <- c(
    "distance", "link", "distance.options", "exact", "mahvars", "antiexact", "caliper", "std.caliper", "discard",
    "reestimate", "replace", "ratio"
  )
  list(
    none = c("exact", "mahvars", "antiexact", "caliper", "std.caliper", "replace", "ratio", "m.order"),
    exact = c(score, "m.order"), cem = score, optimal = c("replace", "m.order"), full = c(
      "replace", "ratio", "m.order"
    ),
    subclass = c("exact", "mahvars", "antiexact", "caliper", "std.caliper", "replace", "ratio", "m.order"),
    quick = c("replace", "ratio", "m.order", "antiexact"),
    cardinality = c(
      "distance", "link", "distance.options", "antiexact", "caliper", "std.caliper", "reestimate", "replace", "m.order"
    )
  )
})

# Arguments that were given and that the method does not use are named and set to their defaults.
ignore_unused <- function(arguments, call, error_call) {
  method <- arguments$method
  defaults <- as.list(formals(match_cohort))
  was_given <- function(name) {
    name %in% names(call) && !is.null(arguments[[name]]) && !identical(arguments[[name]], eval(defaults[[name]]))
  }
  if (is_covariate_distance(arguments$distance)) {
    wrong <- Filter(was_given, c("mahvars", "reestimate"))
    if (length(wrong) > 0) {
      sm_abort(
        "{.arg {wrong}} cannot be used with {.code distance = {.val {arguments$distance}}}.", "match", error_call
      )
    }
  }
  ignored <- Filter(was_given, unused_arguments[[method %||% "none"]])
  if (length(ignored) == 0) return(arguments)
  sm_warn(
    "{.arg {ignored}} {?is/are} ignored: {.code method = {.val {method %||% 'NULL'}}} does not use {cli::qty(length(ignored))}{?it/them}.",
    "match", error_call
  )
  arguments[ignored] <- lapply(defaults[ignored], eval)
  arguments
}

# Formula and call so that the call's `data`, evaluated in the formula's environment, is this table: from there MatchIt,
# cobalt and marginaleffects read it again. Where it is not, a layer around that environment holds it.
formula_sees_data <- function(formula, call, data) {
  home <- environment(formula)
  seen <- tryCatch(identical(eval(call$data, home), data), error = function(e) FALSE)
  if (!seen) {
    if (!is.symbol(call$data)) call$data <- quote(data)
    environment(formula) <- rlang::new_environment(stats::setNames(list(data), as.character(call$data)), parent = home)
  }
  list(formula = formula, call = call)
}
