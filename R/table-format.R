# How numbers are written, in tables, plots and sentences alike. A missing number is "not estimable" in words
# and a dash in tables; rounding never turns a number into zero.

format_number <- function(x, digits = 1) {
  out <- formatC(x, format = "f", digits = digits, big.mark = "")
  out[is.na(x)] <- "\u2013"
  sub("^-(0\\.?0*)$", "\\1", out)
}

format_count <- function(n) {
  out <- format(n, big.mark = "\u202f", trim = TRUE, scientific = FALSE)
  out[is.na(n)] <- "\u2013"
  out
}

format_percent <- function(share, digits = 1) {
  out <- paste0(format_number(100 * share, digits), "%")
  out[is.na(share)] <- "\u2013"
  out
}

# p values without the letter: "<0.001", "0.004", "0.32"; ">0.99" at the other end.
format_p <- function(p) {
  out <- formatC(p, format = "f", digits = 2)
  small <- !is.na(p) & p < 0.095
  out[small] <- formatC(p[small], format = "f", digits = 3)
  out[!is.na(p) & p < 0.001] <- "<0.001"
  out[!is.na(p) & p > 0.99] <- ">0.99"
  out[is.na(p)] <- "\u2013"
  out
}

# "p = 0.32", "p < 0.001"
say_p <- function(p) {
  text <- format_p(p)
  ifelse(grepl("^[<>]", text), paste("p", sub("^([<>])", "\\1 ", text)), paste("p =", text))
}

# Ratios keep two decimals, and two significant digits below 0.1; beyond 100 or below 0.001 they are limits.
format_ratio <- function(x) {
  out <- formatC(x, format = "f", digits = 2)
  small <- !is.na(x) & x < 0.095
  out[small] <- formatC(signif(x[small], 2), format = "fg")
  out[!is.na(x) & x < 0.001] <- "<0.001"
  out[!is.na(x) & x > 100] <- ">100"
  out[is.na(x)] <- "\u2013"
  out
}

# "0.35 to 1.41"; `format` writes one limit
format_interval <- function(lower, upper, format = format_ratio) {
  out <- paste(format(lower), "to", format(upper))
  out[is.na(lower) & is.na(upper)] <- "not estimable"
  out
}

# "0.70 (95% CI 0.35 to 1.41)"
format_estimate <- function(estimate, lower, upper, format = format_ratio, level = 0.95) {
  paste0(format(estimate), " (", format_number(100 * level, 0), "% CI ", format_interval(lower, upper, format), ")")
}
