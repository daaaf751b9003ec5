# Rows to predict for: values of the data, an NA, and rows of other strata.
curve_rows <- function(data, size) {
  rows <- data[sample(nrow(data), size, TRUE), ]
  if (size > 2 && stats::runif(1) < 0.3) rows$age[2] <- NA
  if (stats::runif(1) < 0.3) rows$centre <- rows$pair <- NULL
  rows
}

curve_request <- function(seed, data) {
  set.seed(seed + 9000)
  pick <- function(p) stats::runif(1) < p
  args <- list()
  if (pick(0.7)) args$newdata <- curve_rows(data, sample(c(1, 1, 2, 5), 1))
  if (pick(0.3)) args$stype <- 1
  if (pick(0.3)) args$ctype <- sample(1:2, 1)
  if (pick(0.1)) args$type <- sample(c("kalbfleisch-prentice", "efron", "breslow", "aalen"), 1)
  if (!is.null(args$type)) args$stype <- args$ctype <- NULL
  if (pick(0.15)) args$se.fit <- FALSE
  if (pick(0.5)) args$conf.type <- sample(c("log", "log-log", "plain", "none", "logit", "arcsin"), 1)
  if (pick(0.2)) args$conf.int <- 0.8
  if (pick(0.2)) args$censor <- FALSE
  if (pick(0.2)) args$start.time <- stats::median(data$time, na.rm = TRUE)
  args
}

curve_outcome <- function(fit, args, method) {
  tryCatch(suppressWarnings(do.call(method, c(list(fit), args))), error = function(e) e)
}

# survival mixes up the rows of strata without any, and loses the sign of zero where the last one at risk dies.
is_sound <- function(curves) {
  (is.null(curves$strata) || sum(curves$strata) == length(curves$time)) && !anyNA(curves$surv) &&
    !any(curves$surv > 0 & curves$surv < 1e-12)
}

expect_curves_like_survival <- function(seed) {
  data <- cox_cohort(seed)
  args <- cox_request(seed)
  args$iter.max <- NULL
  outcome <- cox_outcome(quote(survmatch::fit_cox), args, data)
  fit <- outcome$value
  if (!inherits(fit, "coxph") || length(outcome$warnings) > 0 || fit$nevent == 0) return(FALSE)
  request <- curve_request(seed, data)
  peer <- fit
  class(peer) <- setdiff(class(fit), "sm_coxph")
  ours <- curve_outcome(fit, request, survival::survfit)
  theirs <- curve_outcome(peer, request, survival::survfit)
  # survival 3.5-3 also mixes up rows where a stratum has none left
  mixed <- !is_newest_survival() && !is.null(theirs$strata) && !is.null(request$start.time)
  if (inherits(theirs, "error") || mixed || !is_sound(theirs)) return(FALSE)
  ours$call <- theirs$call <- NULL
  # survival 3.5-3 has other rules for limits at 0 and for their names
  if (!is_newest_survival()) ours$lower <- ours$upper <- theirs$lower <- theirs$upper <- NULL
  same <- compare_values(ours, theirs, 1e-8)
  expect(isTRUE(same), paste0("not survival's curves [seed ", seed, ", ", deparse1(args$formula), "]: ", same))
  count_comparison("survfit of fit_cox", peer_version("survival"))
  TRUE
}

test_that("curves are survival's on random cohorts", {
  compared <- vapply(1:800, expect_curves_like_survival, NA)
  expect_gte(sum(compared), 500)
})

test_that("curves of a stratum without rows are empty, and what has no curve is refused", {
  d <- survival::lung[survival::lung$sex == 1 | survival::lung$time < 600, ]
  fit <- fit_cox(Surv(time, status) ~ age + strata(sex), d)
  late <- survfit(fit, newdata = data.frame(age = 60, sex = c(1, 2)), start.time = 800)
  expect_identical(unname(late$strata), c(sum(unique(d$time) >= 800), 0L))
  expect_error(survfit(fit, newdata = data.frame(age = 60, sex = 3)), class = "survmatch_error_curve")
  expect_error(survfit(fit, newdata = data.frame(sex = 1)), class = "survmatch_error_curve")
  expect_error(survfit(fit, newdata = data.frame(age = NA_real_, sex = 1)), class = "survmatch_error_curve")
  expect_error(survfit(fit, stype = 3), class = "survmatch_error_curve")
  expect_error(survfit(fit, start.time = 1e5), class = "survmatch_error_curve")
  expect_warning(survfit(fit_cox(Surv(time, status) ~ age * sex, d)), class = "survmatch_warning_curve")
})

test_that("print, summary, quantile and broom read the curves", {
  fit <- fit_cox(Surv(time, status) ~ age + sex, survival::lung)
  peer <- survival::coxph(Surv(time, status) ~ age + sex, survival::lung)
  new <- data.frame(age = c(50, 70), sex = 1:2)
  ours <- survfit(fit, new)
  theirs <- survfit(peer, new)
  expect_equal(summary(ours, times = c(100, 500))$surv, summary(theirs, times = c(100, 500))$surv, tolerance = 1e-9)
  expect_equal(quantile(ours), quantile(theirs), tolerance = 1e-9)
  expect_equal(ours[2]$surv, theirs[2]$surv, tolerance = 1e-9)
  skip_if_not_installed("broom")
  expect_equal(as.data.frame(broom::tidy(ours)), as.data.frame(broom::tidy(theirs)), tolerance = 1e-9)
})
