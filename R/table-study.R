#' Tables of a study
#'
#' What the `tabulate_*()` verbs return: a data frame of text, ready to be read, that prints in the console, knits into
#' reports, and keeps the unrounded numbers beside it.
#'
#' A row whose first cell begins with two spaces belongs to the row above it (a level of a factor). Knitted into HTML
#' the table is an HTML table, elsewhere a pipe table; whatever came from the data stays text: a label such as
#' `<script>` is escaped.
#'
#' @param x (`study_table`) a table.
#' @param width (integer) width of the printed page.
#' @param ... must be empty.
#' @return `print()` returns its argument, invisibly. `tidy()` returns the unrounded numbers, a data frame.
#' @name study_table
#' @family tables
#' @examples
#' table <- tabulate_baseline(sex ~ age + ph.ecog, data = survival::lung)
#' table
#' tidy(table)
NULL

# `data`: text columns; `labels`: header by column; `footnotes`: sentences; `numeric`: the unrounded numbers.
new_study_table <- function(data, caption = NULL, labels = NULL, footnotes = NULL, numeric = NULL) {
  data[] <- lapply(data, function(column) ifelse(is.na(column), "", as.character(column)))
  header <- stats::setNames(names(data), names(data))
  header[intersect(names(labels), names(data))] <- labels[intersect(names(labels), names(data))]
  rownames(data) <- NULL
  structure(
    data, caption = caption, labels = header, footnotes = footnotes, numeric = numeric,
    class = c("study_table", "data.frame")
  )
}

#' @rdname study_table
#' @export
print.study_table <- function(x, width = getOption("width"), ...) {
  if (!is.null(attr(x, "caption"))) cat(attr(x, "caption"), "\n\n", sep = "")
  cat(aligned_text(x), sep = "\n")
  for (note in attr(x, "footnotes")) cat("\n", paste(strwrap(note, width), collapse = "\n"), "\n", sep = "")
  invisible(x)
}

# The cells padded to columns: the first to the left, the others to the right.
aligned_text <- function(x) {
  columns <- lapply(seq_along(x), function(j) {
    cells <- c(attr(x, "labels")[[j]], x[[j]])
    formatC(cells, width = max(nchar(cells, "width")), flag = if (j == 1) "-" else "")
  })
  trimws(do.call(paste, c(columns, sep = "  ")), "right")
}

#' @rdname study_table
#' @export
tidy.study_table <- function(x, ...) attr(x, "numeric")

#' @exportS3Method knitr::knit_print
knit_print.study_table <- function(x, ...) {
  # fenced as raw HTML: pandoc would read markdown inside the cells
  if (identical(knitr::pandoc_to(), "docx") && rlang::is_installed("flextable")) return(word_table(x))
  text <- if (knitr::is_html_output()) c("```{=html}", html_table(x), "```") else pipe_table(x)
  knitr::asis_output(paste0("\n\n", paste(text, collapse = "\n"), "\n\n"))
}

html_table <- function(x) {
  cell <- function(text, tag, j, level = FALSE) {
    class <- if (j > 1) " class=\"number\" style=\"text-align: right\"" else if (level) " class=\"level\" style=\"padding-left: 1.4em\"" else ""
    paste0("<", tag, class, ">", escape_html(gsub("\\s+", " ", trimws(text))), "</", tag, ">")
  }
  header <- vapply(seq_along(x), function(j) cell(attr(x, "labels")[[j]], "th", j), "")
  rows <- vapply(seq_len(nrow(x)), function(i) {
    level <- startsWith(x[[1]][i], "  ")
    paste0("<tr>", paste(vapply(seq_along(x), function(j) cell(x[[j]][i], "td", j, level), ""), collapse = ""), "</tr>")
  }, "")
  c(
    "<table class=\"study-table\">", if (!is.null(attr(x, "caption"))) paste0(
      "<caption>", escape_html(attr(x, "caption")), "</caption>"
    ),
    paste0("<thead><tr>", paste(header, collapse = ""), "</tr></thead>"), "<tbody>", rows, "</tbody>", "</table>",
    if (length(attr(x, "footnotes")) > 0) c(
      "<div class=\"footnotes\">", paste0("<p>", escape_html(attr(x, "footnotes")), "</p>"), "</div>"
    )
  )
}

escape_html <- function(text) {
  for (pair in list(c("&", "&amp;"), c("<", "&lt;"), c(">", "&gt;"), c("\"", "&quot;"), c("'", "&#39;"))) {
    text <- gsub(pair[1], pair[2], text, fixed = TRUE)
  }
  text
}

pipe_table <- function(x) {
  escape <- function(text) sub("^(?:&#32;|  )", "&nbsp;&nbsp;", escape_report(sub("\\s+$", "", text)), perl = TRUE)
  row <- function(cells) paste0("| ", paste(cells, collapse = " | "), " |")
  dashes <- strrep("-", pipe_widths(x))
  c(
    row(escape(attr(x, "labels"))), row(ifelse(seq_along(x) == 1, paste0(":", dashes), paste0(dashes, ":"))),
    vapply(seq_len(nrow(x)), function(i) row(escape(vapply(x, `[`, "", i))), ""),
    if (!is.null(attr(x, "caption"))) c("", paste("Table:", escape_report(attr(x, "caption")))),
    unlist(lapply(attr(x, "footnotes"), function(note) c("", escape_report(note))))
  )
}

# On a page of Word its columns share out the width by what they hold; a table of pandoc's would not.
word_table <- function(x) {
  table <- flextable::fontsize(as_flextable_table(x), size = 8, part = "all")
  knitr::knit_print(flextable::set_table_properties(table, layout = "autofit", width = 1))
}

# pandoc shares out a page's width among the columns of a wide table by their dashes: as much as the widest cell asks for,
# up to a limit for running text, and never less than the longest word
pipe_widths <- function(x, limit = 26, least = 7) {
  vapply(seq_along(x), function(j) {
    cells <- trimws(c(attr(x, "labels")[[j]], x[[j]]))
    words <- unlist(strsplit(cells, "\\s+"))
    3 + max(least, min(limit, max(nchar(cells))), nchar(words))
  }, 0)
}
