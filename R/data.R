#' Consolidative thoracic radiotherapy in metastatic oesophageal cancer: simulated patients
#'
#' 156 simulated patients of four centres, made so that the package's own pipeline gives the figures that were published
#' of a study of 156 real ones (Cui et al. 2025): `run_study(primary = "naive")` matches 32 with 32, median overall
#' survival is 38 and 13.7 months, the hazard ratio 0.70 (95% CI 0.35 to 1.41, p = 0.32).
#'
#' Simulated; the direction and size of any bias here were chosen by us and say nothing about the published study, whose
#' time zero we do not know. The outcomes were drawn again and again until the figures came out: data that are selected
#' on the outcome must not be used to judge bias or coverage. Radiotherapy starts 2 to 6.5 months after diagnosis, and
#' only patients who are then alive and free of progression get it: comparing ever with never treated from diagnosis is
#' biased by immortal time.
#'
#' What the data were drawn from: death at 0.050 a month untreated and 0.040 from the start of radiotherapy on; from month
#' 14 on at 8% and 30% of that; then, within each arm, times after the start stretched so that the medians of the
#' matched come out. Progression at 0.080 and 0.010 a month. Log hazard ratios 0.75 (cervical), 0.35 (ECOG), 0.25
#' (liver), 0.01 (year of age). Progression is seen at visits, which end before the last contact; 60% (untreated) and 15%
#' (treated) of deaths without progression count for progression-free survival. The script is `data-raw/esophagus.R`.
#'
#' @format A data frame with 156 rows:
#' \describe{
#'   \item{id}{patient.}
#'   \item{centre}{factor: A to D.}
#'   \item{year}{of diagnosis, 2018 to 2023.}
#'   \item{age}{years.}
#'   \item{male, ecog, cervical, liver, oligometastatic}{0/1: male sex, ECOG 1 v 0, cervical involvement, liver metastases,
#'     few metastases.}
#'   \item{rt}{0/1: ever had consolidative thoracic radiotherapy.}
#'   \item{rt_start}{months from diagnosis to its start, NA for never.}
#'   \item{os_months, death}{overall survival, months; 0/1.}
#'   \item{pfs_months, progression_or_death}{progression-free survival, months; 0/1.}
#'   \item{pneumonia, oesophagitis, lymphopenia}{worst CTCAE grade, 0 to 2.}
#' }
#' @name esophagus
#' @docType data
#' @keywords datasets
#' @references Cui et al. (2025). BMC Cancer 25:1775 (the published figures).
#' @examples
#' cohort <- as_cohort(esophagus,
#'   id = id, treatment = rt, centre = centre,
#'   covariates = c(age, male, ecog, cervical, liver, oligometastatic, year),
#'   start = rt_start, endpoints = list(os = Surv(os_months, death)), arm_labels = c("no RT", "RT")
#' )
#' assess_time_zero(cohort)
NULL
