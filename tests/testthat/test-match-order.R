test_that("random orders never beat the optimum, and the seed makes them again", {
  d <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:500, ]
  for (ratio in 1:2) {
    m <- suppressWarnings(match_cohort(hormon ~ age + nodes + size, d, caliper = 0.05, ratio = ratio))
    order <- assess_order(m, orders = 40, seed = 3)
    expect_identical(order, assess_order(m, orders = 40, seed = 3))
    runs <- order$runs
    expect_true(all(runs$pairs <= order$optimal$pairs))
    expect_true(all(runs$distance[runs$pairs == order$optimal$pairs] >= order$optimal$distance))
    proof <- verify_match(m)
    expect_equal(c(order$given$pairs, order$given$distance), c(proof$pairs, proof$distance))
    expect_equal(c(order$optimal$pairs, order$optimal$distance), c(proof$most_pairs, proof$least_distance))
    rows <- assess_balance(m)$table
    expect_equal(order$given$worst_smd, max(abs(rows$smd[rows$sample == "after" & rows$type != "Distance"])))
    expect_gt(nrow(unique(runs)), 1)
    expect_true(order$different > 0 && order$different < 1)
  }
})

test_that("an estimate is made in every match, as the user would make it", {
  d <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:400, ]
  m <- match_cohort(hormon ~ age + nodes, d, caliper = 0.1)
  order <- assess_order(m, orders = 5, estimate = Surv(dtime, death) ~ hormon, seed = 1)
  expect_equal(order$given$estimate, unname(coef(fit_cox(Surv(dtime, death) ~ hormon, data = m))))
  best <- match_cohort(hormon ~ age + nodes, d, "optimal", caliper = 0.1)
  expect_equal(order$optimal$estimate, unname(coef(fit_cox(Surv(dtime, death) ~ hormon, data = best))))
  own <- assess_order(m, orders = 3, estimate = function(matched) sum(matched$weights), seed = 1)
  expect_equal(own$given$estimate, sum(m$weights))
  expect_error(assess_order(m, orders = 2, estimate = function(matched) "a"), class = "survmatch_error_match")
  expect_s3_class(ggplot2::ggplot_build(ggplot2::autoplot(order)), "ggplot_built")
  expect_output(print(order), "5 random orders")
})

test_that("the caller's random numbers stay, and wrong matches are refused", {
  d <- survival::rotterdam[1:300, ]
  m <- suppressWarnings(match_cohort(hormon ~ age, d))
  set.seed(5)
  before <- .Random.seed
  assess_order(m, orders = 2, seed = 1)
  expect_identical(.Random.seed, before)
  expect_error(assess_order(match_cohort(hormon ~ age, d, "full")), class = "survmatch_error_match")
  expect_error(assess_order(m, orders = 0), class = "survmatch_error_match")
})

test_that("what is the same in all orders is said, not drawn", {
  d <- survival::rotterdam[survival::rotterdam$nodes > 0, ][1:400, ]
  order <- assess_order(match_cohort(hormon ~ age + nodes, d), orders = 10, seed = 1)
  plot <- ggplot2::autoplot(order)
  expect_identical(plot$labels$caption, "The same in all orders: pairs 115, worst absolute SMD 0.163.")
  expect_false("Pairs" %in% plot$data$panel)
})
