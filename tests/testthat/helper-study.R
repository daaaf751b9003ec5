# Cohorts for studies, small enough to be instant.

small_cohort <- function(n = 64, seed = 1, log_hr = 0, toxicity = FALSE, centre = FALSE) {
  set.seed(seed)
  age <- round(stats::rnorm(n, 62, 9))
  stage <- factor(sample(c("IVA", "IVB"), n, TRUE))
  rt <- stats::rbinom(n, 1, stats::plogis(-0.2 - 0.03 * (age - 62)))
  rt[1:2] <- 0:1
  death_time <- stats::rexp(n, 0.04 * exp(log_hr * rt + 0.01 * (age - 62)))
  end <- stats::runif(n, 12, 48)
  prog_time <- death_time * stats::runif(n, 0.3, 1)
  data <- data.frame(
    age, stage, rt,
    os_time = pmin(death_time, end), os_event = as.integer(death_time <= end),
    pfs_time = pmin(prog_time, end), pfs_event = as.integer(prog_time <= end)
  )
  if (toxicity) data$pneumonia <- sample(0:3, n, TRUE, c(0.6, 0.2, 0.15, 0.05))
  if (centre) data$centre <- factor(rep(c("A", "B"), length.out = n))
  suppressWarnings(as_cohort(
    data,
    treatment = "rt", covariates = c("age", "stage"),
    endpoints = list(os = Surv(os_time, os_event == 1), pfs = Surv(pfs_time, pfs_event == 1)),
    toxicity = if (toxicity) "pneumonia", centre = if (centre) "centre", time_unit = "months",
    arm_labels = c("no RT", "RT"), labels = c(
      os = "Overall survival", pfs = "Progression-free survival", age = "Age, years"
    )
  ))
}

# The words of a page: no markup, styles or scripts.
page_text <- function(file) {
  page <- paste(readLines(file, encoding = "UTF-8", warn = FALSE), collapse = "\n")
  page <- gsub("(?s)<(script|style)[^>]*>.*?</\\1>", " ", page, perl = TRUE)
  page <- gsub("(?s)<[^>]+>", " ", page, perl = TRUE)
  gsub("\\s+", " ", page)
}

forbidden_words <- function() {
  "\\b(improv\\w*|benefi\\w*|effective\\w*|trend\\w*|no difference|equivalen\\w*|safe|safer|safely|significan\\w*)\\b"
}
