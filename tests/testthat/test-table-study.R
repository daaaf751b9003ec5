example <- function(cell = "x") {
  new_study_table(
    data.frame(
      a = c(cell, "  level"), b = c("1", NA)
    ), caption = "A caption", labels = c(a = "First", b = "n"), footnotes = "A note.", numeric = data.frame(n = 1)
  )
}

test_that("a table prints its caption, header, cells and notes, and keeps its numbers", {
  text <- capture.output(print(example()))
  expect_identical(text[1], "A caption")
  expect_match(text[3], "^First +n$")
  expect_match(text[4], "^x +1$")
  expect_identical(text[length(text)], "A note.")
  expect_identical(tidy(example()), data.frame(n = 1))
})

test_that("in HTML every cell from the data stays text", {
  html <- paste(html_table(example("<script>alert('x')</script> & =cmd()")), collapse = "\n")
  expect_false(grepl("<script>", html, fixed = TRUE))
  expect_match(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; =cmd()", fixed = TRUE)
  expect_match(html, "<td class=\"level\" style=\"padding-left: 1.4em\">level</td>", fixed = TRUE)
})

test_that("in markdown no cell can end its column or become markup", {
  pipe <- pipe_table(example("a | b `r 1` *c*"))
  expect_false(grepl("[`*]", paste(pipe, collapse = "")))
  expect_equal(lengths(gregexpr("|", pipe[3], fixed = TRUE)), 3)
})

test_that("in markdown a column is as wide as its cells ask for, and never narrower than a word", {
  dashes <- strsplit(pipe_table(example(strrep("x", 40)))[2], "|", fixed = TRUE)[[1]][-1]
  expect_equal(lengths(regmatches(dashes, gregexpr("-", dashes))), pipe_widths(example(strrep("x", 40))))
  expect_equal(pipe_widths(example(strrep("x", 40)))[1], 43)
  expect_equal(pipe_widths(example(strrep("xy ", 40)))[1], 29)
})

test_that("knitr draws HTML where the page is HTML", {
  skip_if_not_installed("knitr")
  expect_match(knitr::knit_print(example()), "| First | n |", fixed = TRUE)
})

test_that("no cell of an HTML page is read as markdown", {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "pandoc is not installed")
  page <- tempfile(fileext = ".md")
  hostile <- "[a link](u) *b* `c` \n\n```\n# heading"
  writeLines(c("```{=html}", html_table(example(hostile)), "```"), page)
  html <- paste(system2(rmarkdown::pandoc_exec(), c(shQuote(page), "-t", "html"), stdout = TRUE), collapse = "\n")
  expect_false(grepl("<(a|em|code|h1)[ >]", html))
  expect_match(html, "[a link](u) *b*", fixed = TRUE)
})
