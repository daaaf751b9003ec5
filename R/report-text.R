#' The words of a report, section by section
#'
#' The sentences that [render_report()] prints, as markdown. Labels that come from the data are escaped, so that no
#' label can become markup.
#'
#' @param study (`study`) from [run_study()].
#' @param section (string) one of `"byline"`, `"heading"` (the endpoint's label), `"summary"`, `"designs"`, `"flow"`, `"score"`,
#'   `"balance"`, `"endpoint"`, `"cox"`, `"toxicity"`, `"checks"`, `"methods"`, `"record"`.
#' @param endpoint (string) which endpoint, for `"heading"` and `"endpoint"`; default the first.
#' @return A character vector, one paragraph an element.
#' @family study
#' @examples
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' cohort <- as_cohort(breast,
#'   treatment = hormon, covariates = c(age, size, grade, nodes),
#'   endpoints = list(os = Surv(dtime, death)), time_unit = "months", from_unit = "days"
#' )
#' report_text(run_study(cohort), "methods")
#' @export
report_text <- function(study, section = c(
                          "byline", "heading", "summary", "designs", "flow", "score", "balance", "endpoint", "cox", "toxicity",
                          "checks", "methods", "record"
                        ), endpoint = NULL) {
  section <- pick_choice(section)
  result <- study$endpoints[[endpoint %||% names(study$endpoints)[1]]]
  text <- switch(section,
    byline = text_byline(study), heading = result$label, summary = text_summary(study), designs = text_designs(study),
    flow = text_flow(study),
    score = text_score(study), balance = text_balance(study),
    endpoint = say_endpoint(study, result), cox = text_cox(), toxicity = text_toxicity(study),
    checks = text_checks(study),
    methods = methods_text(study), record = text_record(study)
  )
  text <- escape_report(text)
  if (section %in% c("methods", "checks")) text <- sub("^([^.:]*[.:])", "**\\1**", text)
  if (section == "checks" && nrow(study$checks) > 0) text <- paste("-", text)
  text
}

# Everything that markdown or HTML could read as markup becomes a character reference.
escape_report <- function(text) {
  special <- c("&", "<", ">", "\"", "'", "*", "_", "`", "[", "]", "\\", "$", "|", "#", "~", "^", "@", "{", "}", "!")
  code <- vapply(special, function(ch) paste0("&#", utf8ToInt(ch), ";"), "")
  vapply(strsplit(text, "", fixed = TRUE), function(letters) {
    found <- match(letters, special)
    letters[!is.na(found)] <- code[found[!is.na(found)]]
    paste(letters, collapse = "")
  }, "")
}

text_byline <- function(study) {
  arms <- cohort_roles(study$cohort)$arm_labels
  paste0(arms[2], " v ", arms[1], ": an observational comparison after matching")
}

text_summary <- function(study) {
  roles <- cohort_roles(study$cohort)
  sizes <- matched_sizes(study)
  c(
    if (identical(study$design$primary, "naive")) paste(
      "This comparison starts at time zero although the treatment began later.",
      "It is biased by immortal time and was asked for by that name; it is no estimate of what the treatment does."
    ),
    if (!is.null(study$designs) && !identical(study$design$primary, "naive")) paste0(
      "The treatment starts after time zero. ", say_designs(study$designs)
    ),
    paste0(
      "Of ", format_count(nrow(study$cohort)), " patients, ", format_count(sizes[2]), " with ", roles$arm_labels[2],
      " were matched to ", format_count(sizes[1]), " with ",
      roles$arm_labels[1], ". ", say_estimand(study)
    ),
    vapply(
      study$endpoints,
      function(e) {
        paste0(
          e$label, ": ", say_hr(e$cox$robust), " (", variance_words(e$cox$robust), "); ", say_events(e), "; ",
          tolower_first(say_medians(e, roles))
        )
      },
      "", USE.NAMES = FALSE
    ),
    paste0(
      say_coding(roles), ". The study is observational: these are associations. The design was ",
      say_fixed(study$design), "."
    )
  )
}

text_designs <- function(study) {
  if (is.null(study$designs)) return(character())
  paste(
    "Each row is a way to start the clock without crediting the treatment with the wait for it, and answers its own question;",
    "they are not estimates of one number. The time-dependent model adjusts for what was known at time zero; it does not know",
    "who had progressed since. The grey row is ever against never treated from time zero, which is biased by",
    "immortal time. Landmarks were", if (is.null(study$design$landmark)) "taken at the quartiles of the waits, without an outcome." else "given beforehand."
  )
}

tolower_first <- function(text) paste0(tolower(substring(text, 1, 1)), substring(text, 2))

text_flow <- function(study) {
  roles <- cohort_roles(study$cohort)
  sizes <- matched_sizes(study)
  arms <- arm_sizes(study)
  if (in_risk_sets(study)) return(paste0(
    format_count(nrow(study$cohort)), " patients were analysed. ", format_count(arms[2]), " started ",
    roles$arm_labels[2], " during follow-up; ", format_count(sizes[2]), " of them were matched at that time, to ",
    format_count(sizes[1]), " patients at risk and not yet treated. Patients treated later can be controls first."
  ))
  paste0(
    format_count(nrow(study$cohort)), " patients were analysed (", format_count(arms[2]), " ", roles$arm_labels[2], ", ",
    format_count(arms[1]), " ", roles$arm_labels[1], "); ", format_count(sum(sizes)), " were matched."
  )
}

text_score <- function(study) {
  if (in_risk_sets(study)) return(paste0(
    "The score is the linear predictor of a Cox model of the time to ", cohort_roles(study$cohort)$arm_labels[2], " on ",
    say_list(covariate_names(study)), ", among patients who were at risk of it; patients are compared at the same time."
  ))
  paste0(
    "The score of each patient is the probability of ", cohort_roles(study$cohort)$arm_labels[2], " given ",
    say_list(covariate_names(study)),
    ". Its c-statistic is ", format_number(study$propensity$c_statistic, 3), "."
  )
}

text_balance <- function(study) {
  b <- tidy(study$balance)
  after <- b[b$sample == "after" & b$type != "Distance" & !is.na(b$smd), ]
  before <- b[b$sample == "before" & b$type != "Distance" & !is.na(b$smd), ]
  benchmark <- glance(study$balance)
  c(
    paste0(
      "The largest absolute standardised mean difference was ", format_number(max(abs(before$smd)), 2), " before and ",
      format_number(max(abs(after$smd)), 2),
      " after matching; ", sum(abs(after$smd) > 0.1), " of ", nrow(after), " terms remain beyond 0.1."
    ),
    paste0(
      "Perfect randomisation of this many patients would leave a median of ", format_number(
        benchmark$benchmark_median, 2
      ),
      ", and ", format_percent(benchmark$benchmark_above, 0),
      " of covariates beyond 0.1: a benchmark, not a reason to accept what remains."
    )
  )
}

text_cox <- function() {
  paste(
    "Hazard ratios of covariates are prognostic associations, each given the others in the model; they are not effects of changing a covariate.",
    "Read the number of patients and events of a cell before its ratio."
  )
}

text_toxicity <- function(study) {
  if (is.null(study$tables$toxicity)) return("The table has no toxicity grades.")
  "Worst grade of each matched patient. That no event of a grade was seen leaves the upper limit of its interval possible."
}

text_checks <- function(study) {
  if (nrow(study$checks) == 0) return("None of the checks found anything to report.")
  where <- ifelse(is.na(study$checks$endpoint), "", paste0(" (", study$checks$endpoint, ")"))
  heading <- paste0(toupper(substring(study$checks$check, 1, 1)), substring(study$checks$check, 2), where)
  paste0(heading, ": ", study$checks$sentence)
}

text_record <- function(study) {
  c(
    paste0("Design hash ", study$design$hash, "; data hash ", study$data_hash, "."),
    paste0(study$session$r, " on ", study$session$platform, ".")
  )
}
