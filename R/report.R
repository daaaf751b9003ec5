#' Write the report of a study
#'
#' One file, as an HTML page, a Word document or a PDF: patient flow, baseline table, score overlap, balance, curves
#' with the numbers under them, hazard ratios by estimand, the multivariable model, toxicity, checks, methods and the
#' record of the session.
#'
#' The file is written whole or not at all, and an existing file is left alone unless `overwrite = TRUE`.
#'
#' @param study (`study`) from [run_study()].
#' @param file (string) where to write; its ending says the format: `.html` (self-contained), `.docx`, or `.pdf`
#'   (through XeLaTeX). Its folder must exist.
#' @param title (string) title of the report.
#' @param overwrite (logical) replace an existing file?
#' @return The path, invisibly.
#' @section Errors:
#' `survmatch_error_report` (not a study, unknown file type, no such folder, the file exists, pandoc or XeLaTeX is
#' absent).
#' @family study
#' @examples
#' \donttest{
#' breast <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:300, ]
#' cohort <- as_cohort(breast,
#'   treatment = hormon, covariates = c(age, size, grade, nodes),
#'   endpoints = list(os = Surv(dtime, death)), time_unit = "months", from_unit = "days"
#' )
#' file <- tempfile(fileext = ".html")
#' if (rlang::is_installed("rmarkdown") && rmarkdown::pandoc_available("2.0")) {
#'   render_report(run_study(cohort), file)
#' }
#' }
#' @export
render_report <- function(study, file, title = "Matched survival study", overwrite = FALSE) {
  check_report(study, file, overwrite)
  rlang::check_installed(c("rmarkdown", "knitr"), "to render a report.")
  if (!rmarkdown::pandoc_available("2.0")) {
    sm_abort(
      c("{.fn render_report} needs pandoc 2.0 or newer.", i = "It comes with RStudio, or from your system's packages."),
      "report"
    )
  }
  format <- report_format(file, title, text_byline(study))
  work <- tempfile("survmatch-report-")
  dir.create(work)
  on.exit(unlink(work, recursive = TRUE))
  template <- system.file("rmarkdown", "templates", "matched-study", "skeleton", package = "survmatch")
  file.copy(list.files(template, full.names = TRUE), work)

  cli::cli_progress_step("Rendering {.file {basename(file)}}")
  made <- rmarkdown::render(
    file.path(work, "skeleton.Rmd"),
    output_format = format, output_file = paste0("report.", tools::file_ext(file)), params = list(study = study),
    envir = new.env(parent = globalenv()), quiet = TRUE
  )
  move_into_place(made, file)
  invisible(file)
}

# The title goes to pandoc as plain text, so that nothing in it can become markup.
report_format <- function(file, title, byline, call = rlang::caller_env()) {
  metadata <- c(
    "--metadata", paste0("title=", title), "--metadata", paste0("pagetitle=", title), "--metadata",
    paste0("subtitle=", byline)
  )
  switch(tolower(tools::file_ext(file)),
    docx = rmarkdown::word_document(toc = FALSE, pandoc_args = metadata),
    pdf = {
      if (!nzchar(Sys.which("xelatex"))) {
        sm_abort(
          c(
            "A PDF report needs XeLaTeX.",
            i = "Install it with {.code tinytex::install_tinytex()} or your system's packages."
          ),
          "report", call
        )
      }
      rmarkdown::pdf_document(
        latex_engine = "xelatex", pandoc_args = c(metadata, "-V", "geometry:margin=2.2cm", "-V", "fontsize=10pt")
      )
    },
    rmarkdown::html_document(
      self_contained = TRUE, theme = NULL, highlight = NULL, mathjax = NULL, toc = TRUE, toc_depth = 2,
      css = "report.css",
      pandoc_args = metadata
    )
  )
}

check_report <- function(study, file, overwrite, call = rlang::caller_env()) {
  if (!inherits(study, "study")) {
    sm_abort(
      c(
        "{.arg study} must be a study.", x = "It is {.obj_type_friendly {study}}.", i = "Make one with {.fn run_study}."
      ),
      "report", call
    )
  }
  if (!is.character(file) || length(file) != 1 || is.na(file) || !grepl("\\.(html?|docx|pdf)$", file)) {
    sm_abort(c("{.arg file} must be one path that ends in {.val .html}, {.val .docx} or {.val .pdf}."), "report", call)
  }
  if (!dir.exists(dirname(file))) {
    sm_abort(c("The folder of {.arg file} must exist.", x = "There is no {.path {dirname(file)}}."), "report", call)
  }
  if (file.exists(file) && !overwrite) {
    sm_abort(c("{.path {file}} exists.", i = "Use {.code overwrite = TRUE} to replace it."), "report", call)
  }
}

# Copied beside its place first, then renamed: the reader never sees half a file.
move_into_place <- function(from, to, call = rlang::caller_env()) {
  beside <- tempfile(".report-", tmpdir = dirname(to))
  on.exit(unlink(beside))
  if (!file.copy(from, beside) || !file.rename(beside, to)) {
    sm_abort(c("{.path {to}} could not be written."), "report", call)
  }
}
