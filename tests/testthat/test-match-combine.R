combine_table <- function(seed, n = 300) {
  set.seed(seed)
  d <- data.frame(x = stats::rnorm(n), z = stats::rnorm(n), g = sample(c("a", "b", "c"), n, TRUE))
  d$t <- stats::rbinom(n, 1, stats::plogis(-1 + d$x))
  d$time <- stats::rexp(n, exp(0.3 * d$x))
  d$status <- stats::rbinom(n, 1, 0.8)
  d
}

pairs_of <- function(m) {
  rows <- row(m$match.matrix)[!is.na(m$match.matrix)]
  sort(paste(rownames(m$match.matrix)[rows], m$match.matrix[!is.na(m$match.matrix)]))
}

test_that("subgroups are matched as by hand, and put together in the order of the data", {
  for (seed in 1:15) {
    d <- combine_table(seed)
    for (arguments in list(list(), list(method = "optimal", ratio = 2), list(method = "nearest", replace = TRUE))) {
      make <- function(rows) suppressWarnings(do.call(match_cohort, c(list(t ~ x + z, d[rows, ], caliper = 0.3), arguments)))
      parts <- lapply(split(seq_len(nrow(d)), d$g), make)
      whole <- suppressWarnings(do.call(match_subgroups, c(list(t ~ x + z, d, by = ~g, caliper = 0.3), arguments)))
      expect_s3_class(whole, c("matched_cohort", "matchit"))
      expect_identical(pairs_of(whole), sort(unlist(lapply(parts, pairs_of), use.names = FALSE)))
      expect_identical(names(whole$treat), row.names(d))
      expect_identical(unname(whole$weights > 0), unname(unsplit(lapply(parts, function(p) p$weights > 0), d$g)))
      expect_equal(unname(whole$distance), unname(unsplit(lapply(parts, `[[`, "distance"), d$g)))
      expect_equal(sum(whole$weights[whole$treat == 0]), sum(whole$weights > 0 & whole$treat == 0))
    }
  }
})

test_that("with one control each the weights are 1, and Cox models are those of the rows", {
  d <- combine_table(1)
  whole <- match_subgroups(t ~ x + z, d, by = "g")
  expect_identical(range(whole$weights), c(0, 1))
  rows <- matched_data(whole)
  peer <- survival::coxph(survival::Surv(time, status) ~ t, data = as.data.frame(rows), weights = weights, cluster = subclass)
  ours <- fit_cox(Surv(time, status) ~ t, data = whole)
  expect_equal(coef(ours), coef(peer))
  expect_equal(vcov(ours), vcov(peer))
  expect_s3_class(assess_balance(whole), "balance")
  expect_output(print(whole), "matched cohort")
  expect_identical(attr(whole, "parts")$part, c("a", "b", "c"))
})

test_that("rbind() of the subgroups is the same match, whatever their row names", {
  d <- combine_table(2)
  parts <- lapply(split(d, d$g), function(rows) match_cohort(t ~ x + z, rows, caliper = 0.2))
  bound <- do.call(rbind, parts)
  expect_identical(pairs_of(bound), sort(unlist(lapply(parts, pairs_of), use.names = FALSE)))
  whole <- match_subgroups(t ~ x + z, d, by = ~g, caliper = 0.2)
  hr <- function(m) unname(coef(fit_cox(Surv(time, status) ~ t, data = m)))
  expect_equal(hr(bound), hr(whole))
  # the same names in all parts
  plain <- lapply(split(d, d$g), function(rows) {
    row.names(rows) <- NULL
    match_cohort(t ~ x + z, rows, caliper = 0.2)
  })
  again <- do.call(rbind, unname(plain))
  expect_false(anyDuplicated(names(again$treat)) > 0)
  expect_equal(hr(again), hr(whole))
  expect_identical(sum(!is.na(again$match.matrix)), sum(!is.na(whole$match.matrix)))
})

test_that("weights of sets of unequal size are those of one match on the subgroup", {
  d <- combine_table(3)
  whole <- match_subgroups(t ~ x, d, by = ~g, method = "full")
  sets <- split(seq_len(nrow(d)), whole$subclass)
  raw <- numeric(nrow(d))
  for (s in sets) raw[s] <- ifelse(d$t[s] == 1, 1, sum(d$t[s] == 1) / sum(d$t[s] == 0))
  raw[d$t == 0] <- raw[d$t == 0] * sum(raw > 0 & d$t == 0) / sum(raw[d$t == 0])
  expect_equal(unname(whole$weights), raw)
})

test_that("cobalt and MatchIt read matches that were put together", {
  skip_if_not_installed("cobalt")
  skip_if_not_installed("MatchIt")
  d <- combine_table(4)
  whole <- match_subgroups(t ~ x + z, d, by = ~g, caliper = 0.2)
  table <- cobalt::bal.tab(whole, binary = "std")$Balance
  ours <- assess_balance(whole)$table
  expect_equal(table[c("x", "z"), "Diff.Adj"], ours$smd[ours$sample == "after" & ours$term %in% c("x", "z")])
  expect_s3_class(summary(whole), "summary.matchit")
  expect_identical(nrow(MatchIt::match_data(whole, data = d)), sum(whole$weights > 0))
})

test_that("subgroups that cannot be matched are told, and what does not fit is refused", {
  d <- combine_table(5, 60)
  d$t[d$g == "a"] <- 0
  expect_warning(m <- match_subgroups(t ~ x + g, d, by = ~g), class = "survmatch_warning_match")
  expect_true(all(m$weights[d$g == "a"] == 0))
  expect_identical(unname(m$treat[d$g == "a"]), integer(sum(d$g == "a")))
  nearest <- match_cohort(t ~ x, d[d$g == "b", ])
  refused <- function(code) expect_error(code, class = "survmatch_error_match")
  refused(rbind(nearest, match_cohort(t ~ x, d[d$g == "c", ], "full")))
  refused(rbind(nearest, 1))
  refused(match_subgroups(t ~ x, d[d$g == "a", ], by = ~g))
  refused(verify_match(rbind(nearest, match_cohort(t ~ x, d[d$g == "c", ]))))
})

test_that("a cohort stays one", {
  d <- combine_table(6)
  cohort <- as_cohort(d, treatment = t, covariates = c(x, z, g), endpoints = list(os = Surv(time, status)), time_unit = "months")
  whole <- match_subgroups(data = cohort, by = ~g)
  expect_equal(
    coef(fit_cox(os ~ t, data = whole)), coef(fit_cox(Surv(time, status) ~ t, data = match_subgroups(t ~ x + z, d, by = ~g)))
  )
  halves <- lapply(split(seq_len(nrow(d)), d$g), function(rows) match_cohort(t ~ x + z, suppressMessages(cohort[rows, ])))
  expect_equal(coef(fit_cox(os ~ t, data = do.call(rbind, unname(halves)))), coef(fit_cox(os ~ t, data = whole)))
})
