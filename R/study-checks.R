# What a reviewer would look for. Each check returns NULL, or findings: one sentence each, with its numbers.

check_study <- function(study) {
  of_design <- list(check_naive, check_lost_treated, check_repeated, check_residual_imbalance, check_overlap, check_centres)
  of_endpoint <- list(
    check_maturity, check_events_per_parameter, check_sparse_medians, check_medians_against_hr, check_followup_by_arm,
    check_ph
  )
  found <- c(
    lapply(of_design, function(check) check(study)),
    unlist(
      lapply(study$endpoints, function(e) lapply(of_endpoint, function(check) check(e, study))), recursive = FALSE
    ),
    list(check_endpoint_order(study))
  )
  found <- do.call(rbind, unname(found))
  if (!is.null(found)) rownames(found) <- NULL
  found %||% finding(character(), character(), character())
}

finding <- function(check, sentence, endpoint = NA_character_) {
  data.frame(check = check, endpoint = endpoint, sentence = sentence)
}

check_naive <- function(study) {
  waits <- treatment_waits(study$cohort)
  if (length(waits) == 0 || in_risk_sets(study)) return(NULL)
  finding("immortal time", paste0(
    length(waits), " patients started the treatment after time zero (median wait ", format_number(stats::median(waits)), " ",
    cohort_roles(study$cohort)$time_unit,
    "). Ever treated against never treated from time zero is biased by immortal time; every comparison here is of that kind."
  ))
}

check_lost_treated <- function(study) {
  lost <- lost_treated(study)
  if (lost$lost == 0) return(NULL)
  finding("treated patients without a partner", paste0(
    lost$lost, " of ", lost$all, " patients of the arm to be matched (", format_percent(lost$lost / lost$all),
    ") found no partner within the caliper and are left out. The estimates speak of patients with a comparable partner, not of all."
  ))
}

# The focal arm: treated patients under ATT, untreated ones under ATC.
lost_treated <- function(study) {
  if (in_risk_sets(study)) {
    counts <- study$matched$counts
    return(list(all = counts[["treated"]], lost = counts[["treated"]] - counts[["matched"]]))
  }
  focal <- if (study$design$estimand == "ATC") 0L else 1L
  mine <- as.integer(study$matched$treat) == focal
  list(all = sum(mine), lost = sum(mine & study$matched$weights == 0))
}

check_residual_imbalance <- function(study, limit = 0.1) {
  smd <- tidy(study$balance)
  after <- smd[smd$sample == "after" & smd$type != "Distance" & !is.na(smd$smd), ]
  worse <- after[abs(after$smd) > limit, ]
  if (nrow(worse) == 0) return(NULL)
  worst <- worse[which.max(abs(worse$smd)), ]
  finding("imbalance after matching", paste0(
    nrow(worse), " of ", nrow(after), " covariate terms keep a standardised mean difference beyond ", limit,
    "; the largest is ",
    worst$label, " (", format_number(worst$smd, 2), "). The adjusted estimate stands beside the matched one."
  ))
}

# Persons who are in more than one set: the sets are then not independent.
check_repeated <- function(study) {
  if (!in_risk_sets(study)) return(NULL)
  counts <- study$matched$counts
  if (counts[["repeated"]] == 0) return(NULL)
  finding("patients in more than one set", paste0(
    counts[["repeated"]], " of ", counts[["persons"]], " persons stand in more than one matched set, as a control first and ",
    "as a treated patient or control later; ", counts[["later_treated"]], " uses of controls were treated after their set's time zero. ",
    "The variance is clustered on the set", say_two_way(study), "."
  ))
}

# The limits that know of both groupings, which are those of the print of cluster_variance(fit, ~ subclass + id).
say_two_way <- function(study) {
  matched <- study$matched
  rows <- matched_data(matched)
  person <- matched$line$patient[matched$uses$row]
  limits <- lapply(study$endpoints, function(e) {
    fit <- e$cox$robust
    used <- match(names(fit$residuals), row.names(rows))
    both <- attempt(cluster_variance(fit, data.frame(set = rows$subclass, patient = person)[used, ]))
    if (!is_estimable(both)) return(NULL)
    row <- tidy(both, exponentiate = TRUE, conf.int = TRUE)[1, ]
    paste0(e$label, " HR ", format_estimate(row$estimate, row$conf.low, row$conf.high))
  })
  limits <- unlist(limits)
  if (length(limits) > 0) paste0("; clustered on sets and patients at once the limits are: ", paste(limits, collapse = ", "))
}

check_overlap <- function(study) {
  if (is.null(study$propensity)) return(NULL)
  score <- split(study$propensity$linear, study$propensity$treat)
  outside <- sum(score[["1"]] > max(score[["0"]]) | score[["1"]] < min(score[["0"]]))
  if (outside == 0) return(NULL)
  finding("overlap", paste0(
    outside, " treated ", if (outside == 1) "patient has" else "patients have",
    " a score outside the range of the untreated."
  ))
}

check_centres <- function(study) {
  roles <- cohort_roles(study$cohort)
  if (is.null(roles$centre)) return(NULL)
  arms <- table(study$cohort[[roles$centre]], is_treated(study$cohort[[roles$treatment]], roles))
  single <- rowSums(arms > 0) == 1
  if (!any(single)) return(NULL)
  finding("centres", paste0(
    sum(single), " of ", sum(rowSums(arms) > 0), " centres gave patients to one arm only (", sum(arms[single, ]),
    " patients): there, arm and centre cannot be told apart."
  ))
}

check_maturity <- function(result, study) {
  events <- sum(result$counts$events)
  n <- sum(result$counts$n)
  if (n == 0 || events / n >= 0.5) return(NULL)
  finding("maturity", paste0(
    "Events were seen in ", events, " of ", n, " ", result$units, " (", format_percent(events / n),
    "); medians and the tail of the curves will still move."
  ), result$label)
}

check_events_per_parameter <- function(result, study) {
  model <- result$cox$adjusted
  parameters <- sum(!is.na(stats::coef(model)))
  if (parameters == 0 || model$nevent / parameters >= 10) return(NULL)
  finding("events per parameter", paste0(
    "The adjusted model has ", model$nevent, " events for ", parameters, " parameters (",
    format_number(model$nevent / parameters), " each, under 10)."
  ), result$label)
}

check_sparse_medians <- function(result, study, least = 10) {
  sparse <- result$medians[!is.na(result$medians$at_risk) & result$medians$at_risk < least, ]
  if (nrow(sparse) == 0) return(NULL)
  finding("median read where few are at risk", paste0(
    "At the median of ", paste0(
      sparse$arm, " (", format_number(sparse$median), ") only ", sparse$at_risk, collapse = ", at that of "
    ), " were still at risk."
  ), result$label)
}

# The ratio of medians is the HR under proportional exponential hazards; far from it, one of the two misleads.
check_medians_against_hr <- function(result, study, tolerance = log(1.5)) {
  hr <- exp(unname(stats::coef(result$cox$robust)[1]))
  medians <- result$medians$median
  if (is.na(hr)) return(NULL)
  contradiction <- medians_contradiction(medians, hr, tolerance)
  if (is.null(contradiction)) return(NULL)
  finding("medians and hazard ratio do not fit", paste0(
    contradiction, " At the medians ", say_at_risk(result$medians),
    " patients were at risk; hazards that are not proportional, or few events around the medians, do this. Read the restricted mean and the curves beside both."
  ), result$label)
}

medians_contradiction <- function(medians, hr, tolerance) {
  if (anyNA(medians)) {
    if (!xor(is.na(medians[1]), is.na(medians[2]))) return(NULL)
    longer_when_treated <- is.na(medians[2])
    if (longer_when_treated == (hr < 1)) return(NULL)
    return(paste0(
      "One median was not reached and the other was, which points the other way than the hazard ratio of ",
      format_ratio(hr), "."
    ))
  }
  implied <- medians[1] / medians[2]
  if (abs(log(implied) - log(hr)) <= tolerance) return(NULL)
  paste0(
    "Medians of ", format_number(medians[2]), " and ", format_number(medians[1]), " would go with a hazard ratio of ",
    format_ratio(implied),
    " if hazards were constant; the Cox model gives ", format_ratio(hr), "."
  )
}

say_at_risk <- function(medians) {
  paste(
    ifelse(is.na(medians$at_risk), "(not reached)", medians$at_risk), collapse = " and "
  )
}

check_followup_by_arm <- function(result, study, ratio = 1.5) {
  median <- tidy(result$followup)$median
  if (length(median) != 2 || anyNA(median) || min(median) <= 0 || max(median) / min(median) < ratio) return(NULL)
  finding("follow-up differs between the arms", paste0(
    "Median follow-up (reverse Kaplan-Meier) is ", format_number(median[1]), " and ", format_number(median[2]), " ",
    cohort_roles(study$cohort)$time_unit, "."
  ), result$label)
}

check_ph <- function(result, study) {
  if (sum(result$counts$events) < 10 || !is_estimable(result$ph_robust)) return(NULL)
  p <- tidy(result$ph_robust)$p.value[1]
  if (is.na(p) || p >= 0.05) return(NULL)
  finding("hazards not proportional", paste0(
    "The robust test of treatment x log(time) gives ", say_p(p),
    ": one hazard ratio does not describe the whole follow-up."
  ), result$label)
}

# An endpoint that can never come after another (progression or death, and death) must not outlive it.
check_endpoint_order <- function(study) {
  if (length(study$endpoints) < 2) return(NULL)
  names <- names(study$endpoints)
  pairs <- expand.grid(first = names, last = names, stringsAsFactors = FALSE)
  pairs <- pairs[pairs$first != pairs$last, ]
  do.call(rbind, lapply(seq_len(nrow(pairs)), function(i) compare_endpoints(study, pairs$first[i], pairs$last[i])))
}

compare_endpoints <- function(study, first, last) {
  a <- study$cohort[[first]]
  b <- study$cohort[[last]]
  if (any(a[, "time"] > b[, "time"]) || all(a[, "time"] == b[, "time"])) return(NULL)
  early <- study$endpoints[[first]]
  late <- study$endpoints[[last]]
  silent <- sum(a[, "status"] == 0 & b[, "status"] == 1)
  crossing <- !is.na(late$medians$median) & (is.na(early$medians$median) | early$medians$median > late$medians$median)
  sentences <- c(
    if (silent > 0) paste0(
      silent, " patients of the cohort are censored for ", early$label, " and have an event of ", late$label,
      " later: their censoring says something about what follows."
    ),
    if (any(crossing)) paste0(
      "The median of ", early$label, " lies above that of ", late$label, " in ", paste(
        early$medians$arm[crossing], collapse = " and "
      ),
      ": true curves cannot do that, censoring makes the estimates do it."
    )
  )
  if (length(sentences) == 0) return(NULL)
  finding("endpoints against each other", sentences, paste(early$label, "and", late$label))
}
