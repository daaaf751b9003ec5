test_that("every condition has the family's class beside its own", {
  verb <- function() sm_abort(c("Must be so.", x = "Is not."), "topic")
  error <- expect_error(verb(), class = "survmatch_error_topic")
  expect_s3_class(error, "survmatch_error")
  expect_equal(rlang::call_name(error$call), "verb")
  expect_warning(sm_warn("Still usable.", "topic"), class = "survmatch_warning_topic")
  expect_message(sm_inform("By the way.", "topic"), class = "survmatch_message")
})
