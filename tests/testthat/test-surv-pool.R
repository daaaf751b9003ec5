test_that("pooled Cox fits are mice::pool()'s", {
  skip_if_not_installed("mice")
  for (seed in 1:20) {
    tables <- imputed_list(seed, m = 2 + seed %% 5)
    matched <- match_imputations(t ~ x + z, tables, caliper = 0.3)
    ours <- fit_cox(Surv(time, status) ~ t + z, data = matched)
    fits <- lapply(matched$matches, function(m) {
      rows <- as.data.frame(matched_data(m))
      survival::coxph(survival::Surv(time, status) ~ t + z, data = rows, weights = weights, cluster = subclass)
    })
    peer <- summary(mice::pool(mice::as.mira(fits)), type = "all", conf.int = TRUE)
    mine <- summary(ours)
    expect_equal(mine$term, as.character(peer$term))
    for (column in c("estimate", "std.error", "statistic", "df", "p.value", "riv", "lambda", "fmi")) {
      expect_equal(mine[[column]], peer[[column]], tolerance = 1e-8, info = paste("seed", seed, column))
    }
    expect_equal(mine$within, peer$ubar, tolerance = 1e-8)
    expect_equal(mine$between, peer$b, tolerance = 1e-8)
    expect_equal(unname(as.matrix(confint(ours))), unname(as.matrix(peer[c("2.5 %", "97.5 %")])), tolerance = 1e-8)
    count_comparison("fit_cox pooled", peer_version("mice"))
  }
})

test_that("fits inside functions and in lists find their tables", {
  tables <- imputed_list(5)
  kept <- list(m = match_imputations(t ~ x, tables))
  inside <- function(m, f) fit_cox(f, data = m)
  expect_equal(coef(inside(kept$m, Surv(time, status) ~ t)), coef(fit_cox(Surv(time, status) ~ t, data = kept$m)))
})
