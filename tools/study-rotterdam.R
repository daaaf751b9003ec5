# The study of `make study`: hormone treatment in node-positive breast cancer, survival::rotterdam.
# Writes rotterdam.html into the folder that is given.

library(survmatch)
out <- commandArgs(trailingOnly = TRUE)[1]
dir.create(out, showWarnings = FALSE, recursive = TRUE)

patients <- survival::rotterdam
patients$meno <- factor(patients$meno, 0:1, c("premenopausal", "postmenopausal"))
patients$grade <- factor(patients$grade)
patients$chemo <- factor(patients$chemo, 0:1, c("no", "yes"))

# Relapse-free survival as ?rotterdam defines it: recurrence at rtime, else death at dtime. 43 patients die after rtime
# without a recorded recurrence; whether they were still watched for recurrence is not known, so censoring them at rtime
# stands beside it.
patients <- within(patients, {
  rfs_event <- pmax(recur, death)
  rfs_time <- ifelse(recur == 1, rtime, dtime)
  late_death <- recur == 0 & death == 1 & rtime < dtime
  seen_event <- ifelse(late_death, 0, rfs_event)
  seen_time <- ifelse(late_death, rtime, rfs_time)
})
message(
  sum(patients$late_death),
  " patients die after their last visit without a recurrence: as events at death, and censored at the last visit"
)

everybody <- as_cohort(
  patients,
  id = pid, treatment = hormon, covariates = c(age, meno, year, size, grade, nodes, pgr, er, chemo),
  endpoints = list(
    os = Surv(dtime, death == 1), rfs = Surv(rfs_time, rfs_event == 1), rfs_censored = Surv(seen_time, seen_event == 1)
  ),
  time_unit = "months", from_unit = "days",
  arm_labels = c("No hormone treatment", "Hormone treatment"),
  labels = c(
    age = "Age, years", meno = "Menopausal status", year = "Year of surgery", size = "Tumour size, mm", grade = "Grade",
    nodes = "Positive nodes", pgr = "Progesterone receptor, fmol/l", er = "Oestrogen receptor, fmol/l",
    chemo = "Chemotherapy",
    os = "Overall survival", rfs = "Relapse-free survival",
    rfs_censored = "Relapse-free survival, late deaths censored at the last visit"
  )
)
# The warning above says that nobody with 0 positive nodes was treated: there is nobody to compare those patients with.
cohort <- restrict_cohort(everybody, "Node-positive (no node-negative patient was treated)" = nodes > 0)

study <- run_study(cohort)
print(study)
render_report(study, file.path(out, "rotterdam.html"),
  title = "Hormone treatment in node-positive breast cancer (Rotterdam tumour bank)", overwrite = TRUE
)
message("The report is in ", file.path(out, "rotterdam.html"))
