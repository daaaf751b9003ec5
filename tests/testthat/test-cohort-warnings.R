test_that("a value of a number is reported when it is frequent and its absence is not chance", {
  treated <- rep(c(FALSE, TRUE), c(60, 40))
  spike <- c(rep(0, 40), 1:20, 1:20, 1:20)
  expect_equal(values_of_one_arm(spike, treated, TRUE)$value, "0")
  expect_equal(nrow(values_of_one_arm(seq_len(100), treated, TRUE)), 0)
  expect_equal(values_of_one_arm(c("rare", rep("common", 99)), treated, FALSE)$value, "rare")
})
