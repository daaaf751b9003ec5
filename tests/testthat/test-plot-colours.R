test_that("arms have colours of their own, as many as needed", {
  for (n in c(1, 2, 7, 12)) expect_length(unique(arm_colours(n)), n)
})

test_that("the theme is built when it is asked for", {
  expect_s3_class(theme_survmatch(), "theme")
})
