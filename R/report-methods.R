# The methods paragraphs: every detail that a reviewer needs, taken from the objects.

methods_text <- function(study) {
  c(
    methods_population(study), methods_score(study), methods_matching(study), methods_balance(study),
    methods_survival(study), methods_toxicity(study), methods_software(study)
  )
}

methods_population <- function(study) {
  roles <- cohort_roles(study$cohort)
  log <- attr(study$cohort, "attrition")
  out <- log[log$excluded > 0, ]
  paste0(
    "Population. ", format_count(log$n[1]), " patients were in the table", if (nrow(out) > 0) paste0(
      "; left out: ", paste0(out$step, " (", format_count(out$excluded), " did not meet this)", collapse = ", ")
    ), "; ", format_count(nrow(study$cohort)), " were analysed, ", format_count(arm_sizes(study)[2]), " ",
    roles$arm_labels[2], " and ", format_count(arm_sizes(study)[1]), " ", roles$arm_labels[1], if (in_risk_sets(study)) " at any time",
    ". Times are in ", roles$time_unit, " from ", time_zero_words(study),
    if (roles$time_unit == "months") " (a month is 365.25/12 days)", ". Endpoints: ", paste(
      roles$endpoint_labels[names(study$endpoints)], collapse = ", "
    ), "."
  )
}

time_zero_words <- function(study) {
  switch(study$design$primary %||% "",
    risk_set = "the start of treatment of each matched set",
    landmark = paste0("the landmark at ", format(study$design$landmark), ", fixed beforehand, among those at risk then"),
    "time zero"
  )
}

methods_score <- function(study) {
  if (in_risk_sets(study)) return(paste0(
    "Propensity score. Time-dependent: the linear predictor of a Cox model of treatment start on ",
    say_list(covariate_names(study)), ", among untreated, eligible patients under observation (Lu 2005)."
  ))
  p <- study$propensity
  paste0(
    "Propensity score. Logistic regression of the treatment on ", say_list(covariate_names(study)), " (model: ",
    study$design$formula_text,
    "), ", length(
      stats::na.omit(p$coefficients)
    ), " parameters, fitted by maximum likelihood; c-statistic ", format_number(p$c_statistic, 3),
    " (a description of how different the arms are, not of the quality of the score)."
  )
}

covariate_names <- function(study) {
  labels <- cohort_roles(study$cohort)$labels
  names <- setdiff(all.vars(study$design$formula), cohort_roles(study$cohort)$treatment)
  ifelse(names %in% names(labels), labels[names], names)
}

say_list <- function(x) {
  if (length(x) < 2) return(x)
  paste(paste(x[-length(x)], collapse = ", "), "and", x[length(x)])
}

methods_matching <- function(study) {
  if (in_risk_sets(study)) return(methods_risk_sets(study))
  d <- study$design
  width <- study$matched$caliper
  ratio <- if (length(width) > 0) unname(width[1])
  paste0(
    "Matching. ", matching_words(d), " on the logit of the score",
    if (is.null(ratio)) "; no caliper" else paste0(
      "; caliper ", format(d$caliper), " pooled within-arm standard deviations of the logit (Austin 2011), which is ",
      format_number(ratio, 3), " on the logit scale"
    ),
    if (d$method == "nearest") paste0(
      "; order of matching: ", order_words(d$m.order)
    ), "; ", strata_words(d), ". ", design_words(study)
  )
}

strata_words <- function(design) {
  if (is.null(design$exact)) "no exact strata" else paste0("exact on ", paste(design$exact, collapse = ", "))
}

design_words <- function(study) {
  paste0(say_estimand(study), " The design was ", say_fixed(study$design), " (hash ", study$design$hash, ").")
}

methods_risk_sets <- function(study) {
  d <- study$design
  x <- study$matched
  paste0(
    "Matching. Risk-set matching (Li, Propert and Rosenbaum 2001): at each start of treatment the nearest ",
    if (d$ratio > 1) paste("up to", d$ratio) else "one", " of the patients who were then ", x$eligible, ", ",
    if (d$replace) "with" else "without", " replacement, in the order of treatment times",
    if (is.finite(x$caliper)) paste0(
      "; caliper ", format(d$caliper), " standard deviations of the score, which is ", format_number(x$caliper, 3)
    ) else "; no caliper", "; ", strata_words(d), ". A control who is treated later stays in follow-up. ",
    design_words(study)
  )
}

matching_words <- function(design) {
  switch(design$method,
    nearest = paste0(
      "Greedy nearest-neighbour matching, ", design$ratio, ":1, ", if (design$replace) "with" else "without",
      " replacement,"
    ),
    optimal = paste0(
      "Optimal matching, ", if (design$ratio > 1 && !is.null(design$caliper)) "up to ", design$ratio,
      ":1, without replacement (the most pairs within the caliper, and of all ways to have as many the least total distance),"
    ),
    full = "Optimal full matching (everybody with somebody within the caliper, in sets with the least total distance),"
  )
}

order_words <- function(order) {
  switch(order %||% "largest",
    largest = "largest score first", smallest = "smallest score first", random = "random", data = "order of the table",
    closest = "closest pair first", farthest = "farthest pair first", order
  )
}

methods_balance <- function(study) {
  b <- glance(study$balance)
  paste0(
    "Balance. Standardised mean differences (divided by the standard deviation ",
    standardised_by(study$design$estimand),
    " before matching), variance ratios and Kolmogorov-Smirnov distances before and after matching; no p values. ",
    "As a benchmark, perfect randomisation of as many patients would give a median absolute difference of ",
    format_number(b$benchmark_median, 2), "."
  )
}

standardised_by <- function(estimand) switch(estimand, ATT = "of the treated", ATC = "of the untreated", "pooled over the arms")

methods_survival <- function(study) {
  e <- study$endpoints[[1]]
  paste0(
    "Survival. Kaplan-Meier curves with ", e$km$conf.type,
    "-transformed pointwise limits; medians with limits by the same transformation; follow-up by the reverse ",
    "Kaplan-Meier method. Hazard ratios by Cox models with Efron's tie correction; ",
    variance_words(e$cox$robust),
    " (Austin 2014). The model stratified on the matched set answers a conditional question and is shown apart. The adjusted model has the treatment and ",
    say_list(unname(adjusted_names(study))), " in the whole cohort. Restricted mean survival time up to ",
    if (is.null(study$design$tau)) "the smaller of the arms' largest follow-up with 10 still at risk" else paste(
      format(study$design$tau), "as stated beforehand"
    ),
    ", with an influence-function variance that respects the sets. ",
    "Proportional hazards: a robust Wald test of treatment x log(time); Schoenfeld residuals in the appendix."
  )
}

adjusted_names <- function(study) {
  labels <- cohort_roles(study$cohort)$labels
  ifelse(study$design$adjust %in% names(labels), labels[study$design$adjust], study$design$adjust)
}

methods_toxicity <- function(study) {
  if (is.null(study$tables$toxicity)) return(NULL)
  paste(
    "Toxicity. Worst CTCAE grade of each patient and term; Clopper-Pearson limits for proportions; ",
    "McNemar's exact test on complete 1:1 pairs where they exist,",
    "else Fisher's exact test marked as unpaired; risk differences by score intervals."
  )
}

methods_software <- function(study) {
  v <- study$session$packages
  paste0(
    "Software. ", study$session$r, "; ", paste(names(v), v, collapse = ", "), ". Hash of the analysed table: ",
    study$data_hash, "."
  )
}
