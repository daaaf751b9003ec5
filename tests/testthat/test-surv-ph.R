# For a stratum without an event cox.zph() takes a count from memory that it never wrote, and may ask for gigabytes.
every_stratum_has_an_event <- function(fit) {
  frame <- stats::model.frame(fit)
  strata <- attr(stats::terms(fit), "specials")$strata
  if (is.null(strata)) return(TRUE)
  response <- stats::model.response(frame)
  all(tapply(response[, ncol(response)], interaction(frame[strata], drop = TRUE), sum) > 0)
}

expect_ph_like_survival <- function(seed) {
  data <- cox_cohort(seed)
  data$w <- as.double(data$w) # cox.zph() fails with whole-number weights stored as integers
  args <- cox_request(seed)
  args$nocenter <- args$iter.max <- args$model <- NULL
  args$x <- if (seed %% 4 == 0) TRUE
  fit <- cox_outcome(quote(survival::coxph), args, data)
  usable <- inherits(fit$value, "coxph") && !inherits(fit$value, "coxph.null") && length(fit$warnings) == 0 &&
    every_stratum_has_an_event(fit$value)
  if (!usable) return(invisible(FALSE))
  set.seed(seed)
  options <- list(
    transform = sample(list("km", "rank", "identity", "log", sqrt), 1, prob = c(4, 1, 1, 1, 1))[[1]],
    terms = stats::runif(1) < 0.7, singledf = stats::runif(1) < 0.3, global = stats::runif(1) < 0.8
  )
  peer <- tryCatch(do.call(survival::cox.zph, c(list(fit$value), options)), error = function(e) e)
  ours <- tryCatch(do.call(test_ph, c(list(fit$value), options)), error = function(e) e)
  info <- paste("seed", seed)
  if (inherits(peer, "error")) return(invisible(FALSE)) # singular information; terms whose coefficients are all NA
  count_comparison("test_ph", peer_version("survival"))
  ignore <- c("call", "transform", if (!is_newest_survival()) "strata")
  same <- compare_lists(
    unclass(ours)[setdiff(names(peer), ignore)], unclass(peer)[setdiff(names(peer), ignore)], 1e-9, ""
  )
  expect(isTRUE(same), paste0("not cox.zph's [", info, ", ", deparse1(args$formula), "]: ", same))
  expect_identical(names(ours), names(peer), info = info)
  expect_s3_class(ours, c("sm_zph", "cox.zph"), exact = TRUE)
  invisible(TRUE)
}

test_that("the test is cox.zph's, field by field, on random cohorts", {
  compared <- vapply(1:850, function(seed) isTRUE(expect_ph_like_survival(seed)), NA)
  expect_gte(sum(compared), 500)
})

test_that("a fit of ours is tested like coxph's, and the transform is named", {
  ours <- test_ph(fit_cox(Surv(time, status) ~ age + factor(ph.ecog) + strata(sex), survival::lung))
  peer <- survival::cox.zph(survival::coxph(Surv(time, status) ~ age + factor(ph.ecog) + strata(sex), survival::lung))
  expect_same_fields(ours, peer)
  fit <- fit_cox(Surv(time, status) ~ age, survival::lung)
  expect_identical(test_ph(fit, function(t) t)$transform, "function(t) t")
  expect_identical(test_ph(fit, log)$transform, "log")
})

test_that("the print says what the p value ignores", {
  lung <- survival::lung
  lung$w <- rep_len(1:2, nrow(lung))
  plain <- fit_cox(Surv(time, status) ~ age, lung)
  expect_identical(
    utils::capture.output(print(test_ph(plain))), utils::capture.output(print(survival::cox.zph(plain)))
  )
  expect_output(print(test_ph(fit_cox(Surv(time, status) ~ age, lung, weights = w))), "p ignores the case weights")
  expect_output(
    print(test_ph(fit_cox(Surv(time, status) ~ age, lung, weights = w, cluster = inst))),
    "p ignores the clusters and case weights"
  )
})

test_that("the test of a two-group model at beta = 0 is made by hand", {
  # Therneau & Grambsch (2000), section 6.2, by hand for four deaths and g(t) = t at a given beta = 0.
  d <- data.frame(time = 1:4, status = 1, x = c(1, 0, 1, 0))
  fit <- fit_cox(Surv(time, status) ~ x, d, init = 0, iter.max = 0)
  mean <- c(2 / 4, 1 / 3, 1 / 2, 0)
  variance <- mean * (1 - mean)
  g <- d$time - mean(d$time)
  score <- sum(g * (d$x - mean))
  information <- matrix(c(sum(variance), sum(g * variance), sum(g * variance), sum(g^2 * variance)), 2)
  by_hand <- drop(c(0, score) %*% solve(information) %*% c(0, score))
  expect_equal(unname(test_ph(fit, "identity")$table["x", "chisq"]), by_hand, tolerance = 1e-12)
})

test_that("fits that cannot be tested are refused", {
  d <- survival::lung
  expect_error(test_ph(lm(time ~ age, d)), class = "survmatch_error_ph")
  expect_error(test_ph(fit_cox(Surv(time, status) ~ 1, d)), class = "survmatch_error_ph")
  d$status <- 1
  expect_error(test_ph(fit_cox(Surv(time, status == 2) ~ age, d)), class = "survmatch_error_ph")
  expect_error(test_ph(fit_cox(Surv(time, status) ~ age, d), "cubic"), class = "survmatch_error_ph")
  expect_error(test_ph(survival::coxph(Surv(time, status) ~ survival::pspline(age), d)), class = "survmatch_error_ph")
})
