# Sentences about results. They say the estimate, its interval, "associated with", and what the design cannot exclude;
# they are the same sentences whatever p is.

# The coding of every ratio: "HR = RT v no RT; below 1 favours RT"
say_coding <- function(roles) {
  paste0("HR = ", roles$arm_labels[2], " v ", roles$arm_labels[1], "; below 1 favours ", roles$arm_labels[2])
}

say_fixed <- function(design) {
  if (design$changes == 0) return("fixed before outcomes were read")
  paste0(
    "changed ", design$changes, if (design$changes == 1) " time" else " times", " in this session, on the same table"
  )
}

# One line an endpoint, for the console.
say_headlines <- function(study) {
  vapply(
    study$endpoints, function(e) paste0(e$label, ": ", say_hr(e$cox$robust), "; ", say_events(e)), "", USE.NAMES = FALSE
  )
}

say_hr <- function(model) {
  row <- tidy(model, exponentiate = TRUE, conf.int = TRUE)[1, ]
  if (is.na(row$estimate)) return("HR not estimable")
  paste0("HR ", format_estimate(row$estimate, row$conf.low, row$conf.high), ", ", say_p(row$p.value))
}

say_events <- function(result) {
  paste0(sum(result$counts$events), " events in ", sum(result$counts$n), " ", result$units)
}

# The paragraph under a curve.
say_endpoint <- function(study, result) {
  roles <- cohort_roles(study$cohort)
  row <- tidy(result$cox$robust, exponentiate = TRUE, conf.int = TRUE)[1, ]
  c(
    say_medians(result, roles),
    if (is.na(row$estimate)) {
      paste0("A hazard ratio cannot be estimated: ", sum(result$counts$events), " events were seen.")
    } else {
      paste0(
        "Treatment (", roles$arm_labels[2], " v ", roles$arm_labels[1], ") was associated with a hazard ratio of ",
        format_estimate(
          row$estimate, row$conf.low, row$conf.high
        ), ", ", say_p(row$p.value), " (", variance_words(result$cox$robust),
        "): the data are compatible with hazard ratios from ", format_ratio(row$conf.low), " to ",
        format_ratio(row$conf.high), "."
      )
    },
    say_precision(result), say_rmst(result, roles), say_ph(result),
    "The patients were not randomised: differences between the arms that were not measured cannot be excluded by matching."
  )
}

variance_words <- function(model) {
  if (is.null(model$naive.var)) return("plain variance")
  if (is.null(model$call$cluster)) "robust variance" else "robust variance, clustered on the matched set"
}

say_medians <- function(result, roles) {
  m <- result$medians
  reached <- function(x) ifelse(is.na(x), "not reached", format_number(x))
  paste0(
    "Median: ", paste0(
      m$arm, " ", reached(m$median), ifelse(is.na(m$median), "", paste0(" ", roles$time_unit)),
      " (95% CI ", reached(m$lower), " to ", reached(m$upper), ifelse(
        is.na(m$at_risk), "", paste0("; ", m$at_risk, " at risk there")
      ), ")",
      collapse = "; "
    ), "."
  )
}

say_precision <- function(result) {
  events <- sum(result$counts$events)
  if (events < 2) return(NULL)
  limits <- detectable_hr(events, share = result$counts$n[2] / sum(result$counts$n))
  paste0(
    "With ", events, " events, hazard ratios of ", format_ratio(limits[1]), " or below, or ", format_ratio(limits[2]),
    " or above, are those that a study of this size detects with 80% power (a restatement of precision)."
  )
}

say_rmst <- function(result, roles) {
  if (!is_estimable(result$rmst) || sum(result$counts$events) < 10) return(NULL)
  d <- tidy(result$rmst)
  d <- d[d$term == "difference", ]
  paste0(
    "Over the first ", format_number(result$rmst$tau), " ", roles$time_unit, " the restricted mean differed by ",
    format_number(d$estimate, 2), " ", roles$time_unit, " (95% CI ", format_interval(
      d$conf.low, d$conf.high, function(x) format_number(x, 2)
    ), ", ", say_p(d$p.value), ")."
  )
}

say_ph <- function(result) {
  if (!is_estimable(result$ph_robust)) return("Proportional hazards could not be examined.")
  p <- tidy(result$ph_robust)$p.value[1]
  paste0(
    "Robust test of treatment x log(time): ", say_p(p),
    if (!is.na(p) && p >= 0.05) " (with few events such a test finds little, so this is weak evidence that hazards are proportional)",
    "."
  )
}

say_estimand <- function(study) {
  if (in_risk_sets(study)) return(say_risk_set_estimand(study))
  lost <- lost_treated(study)
  arm <- cohort_roles(study$cohort)$arm_labels[if (study$design$estimand == "ATC") 1 else 2]
  if (lost$lost == 0) {
    return(paste0("Estimand: ", study$design$estimand, ", the association among all patients with ", arm, "."))
  }
  paste0(
    "Estimand: patients with ", arm, " who have a comparable partner; ", lost$lost, " of ", lost$all, " (",
    format_percent(lost$lost / lost$all),
    ") have none and are left out, so this is not the ", study$design$estimand, "."
  )
}

say_risk_set_estimand <- function(study) {
  lost <- lost_treated(study)
  paste0(
    "Estimand: starting ", cohort_roles(study$cohort)$arm_labels[2], " now against not now, later allowed, ",
    if (lost$lost == 0) "among all who started it." else paste0(
      "among those who started it with a comparable patient at risk; ", lost$lost, " of ", lost$all, " (",
      format_percent(lost$lost / lost$all), ") have none or were not eligible, and are left out."
    )
  )
}
