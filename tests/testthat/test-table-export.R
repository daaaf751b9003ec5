table_of <- function(cell) new_study_table(data.frame(a = c(cell, "1.5", "-3")), caption = "T", labels = c(a = "A"))

test_that("a spreadsheet runs no cell", {
  file <- tempfile(fileext = ".csv")
  export_table(table_of("=cmd()|' /c calc'!A0"), file)
  cells <- utils::read.csv(file, colClasses = "character")$A
  expect_identical(cells, c("'=cmd()|' /c calc'!A0", "1.5", "-3"))
  expect_identical(harmless_cell(c("@x", "+1", "-1.0%", " =1+1", "a=b")), c("'@x", "+1", "-1.0%", "' =1+1", "a=b"))
})

test_that("a file is whole, and never replaced unasked", {
  file <- tempfile(fileext = ".html")
  writeLines("mine", file)
  expect_error(export_table(table_of("x"), file), class = "survmatch_error_table")
  expect_identical(readLines(file), "mine")
  export_table(table_of("<b>"), file, overwrite = TRUE)
  expect_match(paste(readLines(file), collapse = ""), "&lt;b&gt;", fixed = TRUE)
  expect_error(export_table(table_of("x"), "x.xlsx"), class = "survmatch_error_table")
  expect_error(export_table(table_of("x"), file.path(tempdir(), "absent", "x.csv")), class = "survmatch_error_table")
  expect_error(export_table(data.frame(), file), class = "survmatch_error_table")
})

test_that("Word documents are written through flextable", {
  skip_if_not_installed("flextable")
  skip_if_not_installed("officer")
  file <- tempfile(fileext = ".docx")
  export_table(table_of("x"), file)
  expect_gt(file.size(file), 1000)
})
