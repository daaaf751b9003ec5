test_that("quick_strata() is strata()", {
  for (seed in 1:100) {
    set.seed(seed)
    n <- sample(2:30, 1)
    make <- function() {
      switch(sample(6, 1),
        sample(3, n, TRUE), sample(c(TRUE, FALSE), n, TRUE), sample(c("x", "longer", NA), n, TRUE),
        factor(sample(c("u", "v"), n, TRUE), levels = c("t", "u", "v", "w")), round(rnorm(n), 1),
        as.Date("2020-01-01") + sample(3, n, TRUE)
      )
    }
    a <- make()
    b <- make()
    expect_identical(survmatch:::quick_strata(a), survival::strata(a), info = seed)
    expect_identical(survmatch:::quick_strata(a, b), survival::strata(a, b), info = seed)
    frame <- data.frame(a = a, b = b)
    expect_identical(survmatch:::strata_of_columns(frame), survival::strata(frame), info = seed)
    count_comparison("strata", peer_version("survival"), 3)
  }
})

test_that("strata of whole numbers are labelled as strata() labels them", {
  wide <- c(-2000000000L, 2000000000L, NA, 0L, 2000000000L)
  near <- c(7L, -3L, NA, 0L, 7L)
  étage <- c(2L, 1L, 2L, 2L, 1L)
  for (columns in list(list(wide, near), list(near, wide), list(near, étage), list(étage, c(NA_integer_, 1:4)))) {
    a <- columns[[1]]
    b <- columns[[2]]
    expect_identical(survmatch:::quick_strata(a), survival::strata(a))
    expect_identical(survmatch:::quick_strata(a, b), survival::strata(a, b))
  }
  expect_identical(survmatch:::quick_strata(étage), survival::strata(étage))
})

test_that("named arguments of strata() go to survival", {
  x <- c(1, NA, 2)
  expect_identical(survmatch:::quick_strata(x, na.group = TRUE), survival::strata(x, na.group = TRUE))
})

test_that("quick_surv() holds the values of Surv()", {
  for (status in list(c(0, 1, 1), c(1, 2, 2), c(TRUE, FALSE, TRUE), c(0L, 1L, 0L))) {
    ours <- survmatch:::quick_surv(c(3, 1.5, 2), status)
    expect_identical(ours, Surv(c(3, 1.5, 2), status))
  }
  expect_identical(survmatch:::quick_surv(c(3, NA), c(0, 1)), Surv(c(3, NA), c(0, 1)))
  expect_identical(survmatch:::quick_surv(1:2, 3:4, c(1, 0)), Surv(1:2, 3:4, c(1, 0)))
})

test_that("quick_surv() is Surv() for (start, stop], and what is wrong with it is survival's to say", {
  for (seed in 1:60) {
    set.seed(seed)
    n <- sample(6, 1)
    start <- if (seed %% 2) runif(n) else sample(5L, n, TRUE)
    stop <- start + sample(c(1, 0.5, if (seed %% 5 == 0) 0), n, TRUE)
    status <- sample(0:1, n, TRUE) + if (seed %% 3 == 0) 1L else 0L
    if (seed %% 7 == 0) start[1] <- NA
    if (seed %% 11 == 0) status <- status > 0
    expect_identical(
      suppressWarnings(survmatch:::quick_surv(start, stop, status)), suppressWarnings(Surv(start, stop, status)), info = seed
    )
  }
})

test_that("quick_surv() is Surv() for a factor as the status, and keeps what its arguments carry", {
  stop <- structure(c(4, 2, 3, 1), label = "Months")
  start <- c(0, 1, 0, 0.5)
  causes <- list(
    factor(c("a", "c", "b", "a")), factor(c(2, 1, NA, 1), levels = 0:2), ordered(c("x", "y", "x", "x")), factor(rep("a", 4)),
    factor(c("b", "a", "", "a"), levels = c("a", "", "b")), structure(factor(c(0, 1, 1, 2)), label = "Cause"),
    stats::setNames(factor(c(0, 1, 1, 2)), letters[1:4])
  )
  same <- function(...) {
    expect_identical(
      tryCatch(survmatch:::quick_surv(...), error = conditionMessage), tryCatch(Surv(...), error = conditionMessage)
    )
  }
  for (cause in causes) {
    same(stop, cause)
    same(start, stop, cause)
  }
  same(stop, c(0, 1, 1, 0))
  same(stop, causes[[1]][1:3])
})

test_that("words with survival:: and users' own functions keep their meaning", {
  lung <- survival::lung
  a <- fit_km(survival::Surv(time, status) ~ survival::strata(sex), data = lung)
  b <- fit_km(Surv(time, status) ~ strata(sex), data = lung)
  expect_equal(a$strata, b$strata)
  strata <- function(x) x > 1
  own <- fit_km(Surv(time, status) ~ strata(sex), data = lung)
  expect_named(own$strata, c("strata(sex)=FALSE", "strata(sex)=TRUE"))
})

test_that("na.action is the user's", {
  lung <- survival::lung
  lung$ph.ecog[1:3] <- NA
  expect_error(
    fit_km(Surv(time, status) ~ ph.ecog, data = lung, na.action = na.fail), class = "survmatch_error_missing"
  )
  lung$time[1] <- NA
  expect_error(fit_km(Surv(time, status) ~ 1, data = lung, na.action = na.pass), class = "survmatch_error_missing")
  fit <- fit_km(Surv(time, status) ~ ph.ecog, data = lung, na.action = na.exclude)
  expect_s3_class(fit$na.action, "exclude")
})
