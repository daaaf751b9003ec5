# What the help pages cite, as "family name, year".
cited <- function() {
  pages <- tools::Rd_db("survmatch")
  text <- vapply(pages, function(page) {
    section <- Filter(function(part) identical(attr(part, "Rd_tag"), "\\references"), page)
    paste(unlist(section), collapse = " ")
  }, "")
  text <- gsub("\\s+", " ", text)
  # authors and year stand before a full stop: "Austin PC, Cafri G (2020). "
  found <- regmatches(text, gregexpr("[A-Z][[:alpha:]'-]+( [A-Z][[:alpha:]-]+)?( [A-Z]{1,4})?([^().]| al\\.)*\\([12][0-9]{3}\\)\\. ", text))
  unique(unlist(lapply(unlist(found), function(one) {
    paste(sub("[ ,].*", "", sub("^ *", "", one)), sub(".*\\(([0-9]{4})\\).*", "\\1", one))
  })))
}

test_that("every work that a help page cites is in REFERENCES.bib, once", {
  file <- system.file("REFERENCES.bib", package = "survmatch")
  expect_true(nzchar(file))
  lines <- readLines(file, encoding = "UTF-8")
  keys <- sub("^@[a-z]+\\{(.*),$", "\\1", grep("^@", lines, value = TRUE))
  expect_identical(anyDuplicated(keys), 0L)
  authors <- sub("^  author = \\{([^ ,}]+).*", "\\1", grep("^  author", lines, value = TRUE))
  years <- sub("^  year = \\{([0-9]{4})\\}.*", "\\1", grep("^  year", lines, value = TRUE))
  expect_length(authors, length(keys))
  expect_length(years, length(keys))
  works <- cited()
  expect_gt(length(works), 50)
  expect_identical(setdiff(works, paste(authors, years)), character())
})
