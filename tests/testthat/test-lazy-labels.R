number_labels <- function(prefix, numbers) survmatch:::core_number_labels(prefix, numbers)

test_that("labels are those of paste0(), one by one, together, and after they were saved", {
  numbers <- c(3L, -1L, 7L, NA, 2147483647L)[-4]
  wanted <- paste0("pair=", numbers)
  labels <- number_labels("pair=", numbers)
  expect_length(labels, 4)
  expect_identical(labels[3], "pair=7")
  expect_identical(rev(labels), rev(wanted))
  expect_identical(labels, wanted)
  expect_identical(number_labels("\u00e9=", 2L), "\u00e9=2")
  expect_false(anyNA(number_labels("a", 1:3)))

  file <- withr::local_tempfile()
  saveRDS(number_labels("pair=", numbers), file)
  expect_identical(readRDS(file), wanted)
  expect_identical(unserialize(serialize(labels, NULL)), wanted)
})

test_that("a copy that is changed leaves the labels as they are", {
  labels <- number_labels("", 1:3)
  changed <- labels
  changed[2] <- ""
  expect_identical(changed, c("1", "", "3"))
  expect_identical(labels, c("1", "2", "3"))
  labels[1] <- NA
  expect_true(anyNA(labels))
  expect_identical(match("3", labels), 3L)
})

test_that("labels outlive a garbage collection", {
  labels <- number_labels("stratum ", seq_len(1e4))
  some <- labels[c(1, 5000)]
  gc()
  expect_identical(some, c("stratum 1", "stratum 5000"))
  expect_identical(labels[1:3], paste("stratum", 1:3))
  expect_identical(sort(labels), sort(paste("stratum", seq_len(1e4))))
})
