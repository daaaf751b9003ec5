#' @export
print.balance <- function(x, digits = 2, ...) {
  last <- x$samples[length(x$samples)]
  numbers <- data.frame(
    x$table[x$table$sample == last, "label", drop = FALSE],
    stats::setNames(lapply(x$samples, function(s) x$table$smd[x$table$sample == s]), paste0("smd_", x$samples))
  )
  numbers$variance_ratio <- x$table$variance_ratio[x$table$sample == last]
  numbers$ks <- x$table$ks[x$table$sample == last]
  cat("Balance, standardised for the ", x$estimand, " (variance ratio and KS: ", last, ")\n", sep = "")
  print(numbers, digits = digits, row.names = FALSE)
  n <- x$sizes[x$sizes$sample == last, ]
  cat("Patients ", last, ": ", n$n[2], " treated, ", n$n[1],
    " untreated. Randomisation of as many leaves a median |SMD| of ",
    format_number(x$benchmark$median, 2), ".\n",
    sep = ""
  )
  invisible(x)
}

#' @export
tidy.balance <- function(x, ...) x$table

#' @export
summary.balance <- function(object, ...) {
  terms <- object$table[object$table$type != "Distance", ]
  rows <- lapply(object$samples, function(sample) {
    smd <- abs(terms$smd[terms$sample == sample])
    data.frame(
      sample = sample, terms = length(smd), largest = max(smd, na.rm = TRUE), mean = mean(smd, na.rm = TRUE),
      above_0.1 = sum(smd > 0.1, na.rm = TRUE)
    )
  })
  structure(list(summary = do.call(rbind, rows), sizes = object$sizes), class = "summary.balance")
}

#' @export
print.summary.balance <- function(x, ...) {
  cat("Absolute standardised mean differences\n")
  print(x$summary, digits = 3, row.names = FALSE)
  cat("\nPatients\n")
  print(x$sizes, digits = 4, row.names = FALSE)
  invisible(x)
}

#' @export
glance.balance <- function(x, ...) {
  terms <- x$table[x$table$type != "Distance", ]
  largest <- function(sample) max(abs(terms$smd[terms$sample == sample]), na.rm = TRUE)
  last <- x$samples[length(x$samples)]
  data.frame(
    terms = sum(terms$sample == last), largest_before = largest("before"),
    largest_after = if (last == "after") largest("after") else NA_real_,
    above_after = if (last == "after") sum(
      abs(terms$smd[terms$sample == "after"]) > 0.1, na.rm = TRUE
    ) else NA_integer_,
    benchmark_sd = x$benchmark$sd, benchmark_median = x$benchmark$median, benchmark_above = x$benchmark$above,
    estimand = x$estimand
  )
}
