ridge_request <- function(seed) {
  set.seed(seed + 70000)
  pick <- function(p) stats::runif(1) < p
  counting <- pick(0.3)
  size <- if (pick(0.5)) paste("theta =", signif(stats::rexp(1, 0.3), 3)) else "df = 1.2"
  terms <- paste0("ridge(age, rt, ", size, if (pick(0.3)) ", scale = FALSE", ")")
  if (pick(0.3)) terms <- c(terms, "ridge(hospital, shift, theta = 2)")
  if (pick(0.5)) terms <- c(terms, sample(c("stage", "hospital", "grade"), 1))
  if (pick(0.2)) terms <- c(terms, "offset(shift)")
  if (pick(0.2)) terms <- c(terms, "strata(centre)")
  left <- if (counting) "Surv(entry, time, status)" else "Surv(time, status)"
  args <- list(formula = stats::as.formula(paste(left, "~", paste(terms, collapse = " + "))))
  args$ties <- sample(c("efron", "breslow"), 1)
  # Efron's ties of weighted (start, stop] data are not those of its own plain fits in survival's penalised ones
  if (pick(0.3) && !(counting && args$ties == "efron")) args$weights <- quote(w)
  if (pick(0.2)) args$cluster <- quote(pair)
  args
}

expect_ridge_like_survival <- function(seed) {
  data <- cox_cohort(seed)
  data$w <- ceiling(data$w)
  args <- ridge_request(seed)
  ours <- cox_outcome(quote(survmatch::fit_cox), args, data)
  peer <- cox_outcome(quote(survival::coxph), args, data)
  if (inherits(peer$value, "error") || any(grepl("coverge|infinite", peer$warnings))) return(FALSE)
  if (max(abs(peer$value$var)) > 1e6) return(FALSE) # a coefficient runs away
  a <- unclass(ours$value)
  b <- unclass(peer$value)
  # residuals of a stratified penalised fit do not add up to 0 in survival
  skipped <- c("call", "terms", "formula", if (!is.null(attr(b$terms, "specials")$strata)) "residuals")
  attr(a, "survmatch") <- NULL
  same <- compare_values(a[setdiff(names(a), skipped)], b[setdiff(names(b), skipped)], 1e-7)
  expect(isTRUE(same), paste0("not survival's ridge [seed ", seed, ", ", deparse1(args$formula), "]: ", same))
  expect_identical(inherits(ours$value, "coxph.penal"), TRUE)
  count_comparison("ridge of fit_cox", peer_version("survival"))
  TRUE
}

test_that("ridge fits are survival's on random cohorts", {
  skip_if_not(is_newest_survival(), "survival 3.5-3 finds ridge() only when it is attached")
  compared <- vapply(1:200, expect_ridge_like_survival, NA)
  expect_gte(sum(compared), 120)
})

test_that("residuals of a stratified ridge are those of the fit with its predictor as offset", {
  d <- survival::lung
  fit <- fit_cox(Surv(time, status) ~ ridge(age, sex, theta = 3) + strata(inst > 10), d)
  d <- d[!is.na(d$inst), ]
  d$score <- fit$linear.predictors
  peer <- survival::coxph(Surv(time, status) ~ offset(score) + strata(inst > 10), d)
  expect_equal(unname(residuals(fit)), unname(residuals(peer)), tolerance = 1e-9)
})

test_that("weighted (start, stop] data: a ridge that goes to nothing is the plain fit", {
  d <- survival::lung[!is.na(survival::lung$ph.ecog), ]
  d$w <- rep_len(1:3, nrow(d))
  d$entry <- pmax(0, d$time - 200) * (d$age > 60)
  fit <- fit_cox(Surv(entry, time, status) ~ ridge(age, sex, theta = 1e-10), d, weights = w)
  peer <- survival::coxph(Surv(entry, time, status) ~ age + sex, d, weights = w)
  expect_equal(unname(coef(fit)), unname(coef(peer)), tolerance = 1e-6)
})

test_that("what a ridge cannot do is said", {
  d <- survival::lung
  expect_error(fit_cox(Surv(time, status) ~ ridge(age, sex, theta = 1):ph.ecog, d), class = "survmatch_error_formula")
  expect_error(
    fit_cox(Surv(time, status) ~ ridge(age, sex, theta = 1), d, penalty = "firth"), class = "survmatch_error_unsupported"
  )
  expect_error(
    fit_cox(Surv(time, status) ~ ridge(age, sex, theta = 1), d, ties = "exact"), class = "survmatch_error_unsupported"
  )
})

test_that("a ridge prints, predicts and summarises as survival's", {
  skip_if_not(is_newest_survival(), "survival 3.5-3 finds ridge() only when it is attached")
  d <- survival::lung
  fit <- fit_cox(Surv(time, status) ~ ridge(age, sex, theta = 1) + ph.ecog, d)
  peer <- survival::coxph(Surv(time, status) ~ ridge(age, sex, theta = 1) + ph.ecog, d)
  lines <- function(x) grep("call|coxph\\(|fit_cox\\(|data = d", capture.output(print(x)), value = TRUE, invert = TRUE, ignore.case = TRUE)
  expect_identical(lines(fit), lines(peer))
  expect_equal(summary(fit)$conf.int, summary(peer)$conf.int, tolerance = 1e-8)
  new <- data.frame(age = c(50, 70), sex = 1, ph.ecog = 0:1)
  expect_equal(predict(fit, new), predict(peer, new), tolerance = 1e-8)
  expect_equal(survfit(fit, new)$surv, survival::survfit(peer, new)$surv, tolerance = 1e-8)
  expect_equal(tidy(fit)$estimate, unname(coef(peer)), tolerance = 1e-8)
})

test_that("a ridge fit says that weights which are no numbers of patients get no robust variance", {
  data <- survival::lung
  expect_warning(fit_cox(Surv(time, status) ~ ridge(age, theta = 1), data, weights = 0.5 + data$sex), "numbers of patients")
  expect_no_warning(fit_cox(Surv(time, status) ~ ridge(age, theta = 1), data, weights = data$sex))
})
