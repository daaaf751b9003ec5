#include <algorithm>

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
        const double row[] = {b.treated.mean,     b.control.mean, b.treated.variance,
                              b.control.variance, b.ks,           b.ecdf_mean};
        for (int k = 0; k < 6; ++k) out(s, k) = row[k];
    }
    return out;
}

// Whether somebody of each arm (rows: control, treated) has a weight above 0 in each sample (columns). The other
// functions here take the arms as they are: this one makes sure that they are 0 and 1.
// [[Rcpp::export(rng = false)]]
Rcpp::LogicalMatrix core_arms_present(const Rcpp::IntegerVector& treat, const Rcpp::NumericMatrix& weights) {
    const bool coded = std::all_of(treat.begin(), treat.end(), [](int arm) { return arm == 0 || arm == 1; });
    if (!coded || treat.size() != weights.nrow()) Rcpp::stop("The arms must be 0 or 1, one a row of the weights.");
    Rcpp::LogicalMatrix present(2, weights.ncol());
    for (int s = 0; s < weights.ncol(); ++s) {
        const Span<const double> weight = glue::view(weights).column(static_cast<std::size_t>(s));
        for (std::size_t i = 0; i < weight.size() && !(present(0, s) && present(1, s)); ++i) {
            if (weight[i] > 0) present(treat[static_cast<R_xlen_t>(i)], s) = TRUE;
        }
    }
    return present;
}

// Shares of each level: levels by (sample, arm), arm 0 first.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_level_shares(const Rcpp::IntegerVector& code, int levels, const Rcpp::IntegerVector& treat,
                                      const Rcpp::NumericMatrix& weights) {
    const auto shares =
        level_shares(glue::span(code), static_cast<std::size_t>(levels), glue::span(treat), glue::view(weights));
    return Rcpp::NumericMatrix(levels, 2 * weights.ncol(), shares.begin());
}
