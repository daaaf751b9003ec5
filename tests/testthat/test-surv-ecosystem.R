# What other packages make of our fits is what they make of survival's: fits of functions, loops and built formulas.

lung <- stats::na.omit(survival::lung[c("time", "status", "age", "sex", "ph.ecog", "wt.loss", "inst")])
lung$arm <- factor(lung$sex, 1:2, c("men", "women"))
lung$ecog <- factor(pmin(lung$ph.ecog, 2))

# Ours is made where its data and formula are known only there; survival's, which is found again only where both are
# known, of the data above.
both_cox <- function(covariates, cluster = FALSE) {
  formula <- stats::reformulate(covariates, "Surv(time, status)")
  within <- function(table) if (cluster) fit_cox(formula, table, cluster = inst) else fit_cox(formula, table)
  clustered <- if (cluster) list(cluster = quote(inst))
  list(ours = within(lung), peer = eval(as.call(c(quote(survival::coxph), formula, list(data = quote(lung)), clustered))))
}
both_km <- function(by, table = lung) {
  formula <- stats::reformulate(by, "Surv(time, status)")
  list(
    ours = do.call(fit_km, list(formula, data = table)), peer = do.call(survival::survfit, list(formula, data = table))
  )
}
designs <- list(
  plain = list(c("age", "arm", "ecog")), cluster = list(c("age", "arm"), cluster = TRUE),
  strata = list(c("arm", "wt.loss", "strata(ecog)")), interaction = list("age * arm")
)

expect_same <- function(make, peer, what, fits, tolerance = 1e-8, ...) {
  utils::capture.output(suppressMessages({
    ours <- make(fits$ours)
    theirs <- make(fits$peer)
  }))
  expect_equal(ours, theirs, tolerance = tolerance, ...)
  count_comparison(what, peer_version(peer))
}

test_that("car's tests of terms are those of coxph()", {
  skip_if_not_installed("car")
  for (design in designs) {
    fits <- do.call(both_cox, design)
    expect_same(function(fit) as.data.frame(car::Anova(fit, test.statistic = "Wald")), "car", "Anova", fits)
    has_likelihood_ratio <- !isTRUE(design$cluster) && !any(grepl("strata", design[[1]]))
    if (has_likelihood_ratio) expect_same(function(fit) as.data.frame(car::Anova(fit)), "car", "Anova", fits)
    expect_same(function(fit) as.data.frame(car::linearHypothesis(fit, "armwomen = 0")), "car", "linearHypothesis", fits)
  }
})

test_that("dropped terms and updates are those of coxph()", {
  for (design in designs[c("plain", "strata")]) {
    fits <- do.call(both_cox, design)
    expect_same(function(fit) as.data.frame(stats::drop1(fit, test = "Chisq")), "stats", "drop1", fits)
    expect_same(function(fit) stats::coef(stats::update(fit, . ~ . - arm)), "survival", "update", fits)
    expect_same(function(fit) as.data.frame(stats::anova(fit)), "survival", "anova", fits)
  }
})

test_that("marginal means of emmeans are those of coxph()", {
  skip_if_not_installed("emmeans")
  for (design in designs[c("plain", "strata", "interaction")]) {
    fits <- do.call(both_cox, design)
    expect_same(function(fit) as.data.frame(emmeans::emmeans(fit, ~arm)), "emmeans", "emmeans", fits, ignore_attr = TRUE)
    contrast <- function(fit) as.data.frame(graphics::pairs(emmeans::emmeans(fit, ~arm, type = "response")))
    expect_same(contrast, "emmeans", "emmeans", fits, ignore_attr = TRUE)
  }
})

test_that("comparisons and predictions of marginaleffects are those of coxph()", {
  skip_if_not_installed("marginaleffects")
  if (!exists("%||%", baseenv())) { # that of R 4.4, which marginaleffects takes for granted
    assign("%||%", rlang::`%||%`, globalenv())
    on.exit(rm("%||%", envir = globalenv()))
  }
  withr::local_options(marginaleffects_safe = FALSE)
  for (design in designs[c("plain", "cluster", "interaction")]) {
    fits <- do.call(both_cox, design)
    columns <- c("estimate", "std.error", "conf.low", "conf.high")
    comparisons <- function(fit) {
      as.data.frame(marginaleffects::avg_comparisons(fit, variables = "arm", type = "lp", newdata = lung))[columns]
    }
    # its derivatives are differences
    expect_same(comparisons, "marginaleffects", "avg_comparisons", fits, tolerance = 1e-6)
    predictions <- function(fit) {
      as.data.frame(marginaleffects::predictions(fit, type = "lp", newdata = lung[1:10, ]))[columns]
    }
    expect_same(predictions, "marginaleffects", "predictions", fits, tolerance = 1e-6)
  }
})

test_that("curves are drawn by ggsurvfit and survminer as those of survfit()", {
  for (by in c("arm", "ecog", "1")) {
    fits <- both_km(by)
    if (rlang::is_installed("ggsurvfit")) {
      drawn <- function(fit) ggsurvfit::tidy_survfit(fit)[c("time", "n.risk", "estimate", "conf.low", "conf.high")]
      expect_same(drawn, "ggsurvfit", "tidy_survfit", fits, ignore_attr = TRUE)
      expect_s3_class(suppressWarnings(ggsurvfit::ggsurvfit(fits$ours)), "ggplot")
    }
    if (rlang::is_installed("survminer")) {
      drawn <- function(fit) {
        ggplot2::layer_data(suppressWarnings(survminer::ggsurvplot(fit, data = lung)$plot))[c("x", "y", "colour", "group")]
      }
      expect_same(drawn, "survminer", "ggsurvplot", fits)
      if (by != "1") {
        expect_same(function(fit) survminer::surv_pvalue(fit, data = lung)$pval, "survminer", "surv_pvalue", fits)
        expect_same(function(fit) as.data.frame(survminer::surv_median(fit)), "survminer", "surv_median", fits)
      }
    }
  }
  fits <- both_cox(c("age", "arm", "ecog"))
  skip_if_not_installed("survminer")
  expect_s3_class(suppressWarnings(survminer::ggforest(fits$ours, data = lung)), "ggplot")
  expect_silent(suppressWarnings(survminer::ggcoxzph(survival::cox.zph(fits$ours))))
})
