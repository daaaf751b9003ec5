#' Write a table to a file
#'
#' The table's cells as a spreadsheet, a web page or a Word document. The file is written whole or not at all, and an
#' existing file is left alone unless `overwrite = TRUE`. In csv a cell that a spreadsheet would run as a formula (one
#' that begins with `=`, `+`, `-` or `@` and is not a number) is preceded by an apostrophe.
#'
#' @param x (`study_table`) a table.
#' @param file (string) where to write; the ending says the format: `.csv`, `.html` or `.docx` (through the package
#'   flextable).
#' @param overwrite (logical) replace an existing file?
#' @return The path, invisibly.
#' @section Errors: `survmatch_error_table` (not a table, unknown format, no such folder, the file exists).
#' @family tables
#' @examples
#' table <- tabulate_baseline(sex ~ age + ph.ecog, data = survival::lung)
#' file <- tempfile(fileext = ".csv")
#' export_table(table, file)
#' readLines(file)
#' @export
export_table <- function(x, file, overwrite = FALSE) {
  check_export(x, file, overwrite)
  made <- tempfile(fileext = paste0(".", tools::file_ext(file)))
  on.exit(unlink(made))
  switch(tolower(tools::file_ext(file)),
    csv = write_csv_table(x, made), html = write_html_table(x, made), docx = write_docx_table(x, made)
  )
  move_into_place(made, file)
  invisible(file)
}

check_export <- function(x, file, overwrite, call = rlang::caller_env()) {
  if (!inherits(x, "study_table")) {
    sm_abort(c("{.arg x} must be a table of survmatch.", x = "It is {.obj_type_friendly {x}}."), "table", call)
  }
  if (!rlang::is_string(file) || !grepl("\\.(csv|html|docx)$", file, ignore.case = TRUE)) {
    sm_abort("{.arg file} must be one path that ends in {.val .csv}, {.val .html} or {.val .docx}.", "table", call)
  }
  if (!dir.exists(dirname(file))) {
    sm_abort(c("The folder of {.arg file} must exist.", x = "There is no {.path {dirname(file)}}."), "table", call)
  }
  if (file.exists(file) && !overwrite) {
    sm_abort(c("{.path {file}} exists.", i = "Use {.code overwrite = TRUE} to replace it."), "table", call)
  }
}

write_csv_table <- function(x, file) {
  cells <- lapply(as.list(x), harmless_cell)
  names(cells) <- harmless_cell(attr(x, "labels"))
  utils::write.csv(as.data.frame(cells, check.names = FALSE), file, row.names = FALSE, fileEncoding = "UTF-8")
}

harmless_cell <- function(text) {
  risky <- grepl("^\\s*[=+@-]", text) & !grepl("^\\s*[+-]?[0-9.]+%?$", text)
  ifelse(risky, paste0("'", text), text)
}

write_html_table <- function(x, file) {
  css <- readLines(
    system.file("rmarkdown", "templates", "matched-study", "skeleton", "report.css", package = "survmatch")
  )
  page <- c(
    "<!DOCTYPE html>", "<html lang=\"en\"><head><meta charset=\"utf-8\">",
    paste0(
      "<title>", escape_html(attr(x, "caption") %||% "Table"), "</title>"
    ), "<style>", css, "</style></head><body>",
    html_table(x), "</body></html>"
  )
  writeLines(enc2utf8(page), file, useBytes = TRUE)
}

write_docx_table <- function(x, file) {
  rlang::check_installed("flextable", "to write Word documents.")
  flextable::save_as_docx(as_flextable_table(x), path = file)
}

as_flextable_table <- function(x) {
  cells <- as.data.frame(lapply(as.list(x), function(column) gsub("^  ", "\u2003", column)), check.names = FALSE)
  table <- flextable::flextable(cells)
  table <- flextable::set_header_labels(table, values = as.list(attr(x, "labels")))
  table <- flextable::align(table, j = seq_along(cells)[-1], align = "right", part = "all")
  if (!is.null(attr(x, "caption"))) table <- flextable::add_header_lines(table, attr(x, "caption"))
  for (note in attr(x, "footnotes")) table <- flextable::add_footer_lines(table, note)
  flextable::autofit(table)
}
