#include "core/balance/column_balance.hpp"
#include "glue.h"

using namespace survmatch;

// One row a sample: means and variances of treated and control, KS, mean eCDF difference.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_column_balance(const Rcpp::NumericVector& x, const Rcpp::IntegerVector& treat,
                                        const Rcpp::NumericMatrix& weights) {
    const auto found = balance_of_column(glue::span(x), glue::span(treat), glue::view(weights));
    Rcpp::NumericMatrix out(static_cast<int>(found.size()), 6);
    for (int s = 0; s < out.nrow(); ++s) {
        const ColumnBalance& b = found[static_cast<std::size_t>(s)];
        const double row[] = {b.treated.mean, b.control.mean, b.treated.variance, b.control.variance, b.ks, b.ecdf_mean};
        for (int k = 0; k < 6; ++k) out(s, k) = row[k];
    }
    return out;
}

// Shares of each level: levels by (sample, arm), arm 0 first.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_level_shares(const Rcpp::IntegerVector& code, int levels, const Rcpp::IntegerVector& treat,
                                      const Rcpp::NumericMatrix& weights) {
    const auto shares =
        level_shares(glue::span(code), static_cast<std::size_t>(levels), glue::span(treat), glue::view(weights));
    return Rcpp::NumericMatrix(levels, 2 * weights.ncol(), shares.begin());
}
