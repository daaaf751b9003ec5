library(testthat)
library(survmatch)

test_check("survmatch")
