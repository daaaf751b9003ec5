#pragma once

#include "core/survival/cox_data.hpp"

namespace survmatch {

// Weighted pairs of a death and a row that is at risk longer, in the same stratum. Concordant: the death has the larger
// predictor.
struct Concordance {
    double concordant = 0.0;
    double discordant = 0.0;
    double tied_predictor = 0.0;
    double tied_time = 0.0;  // two deaths at one time with different predictors
    double tied_both = 0.0;
    double concordance = 0.0;
    double standard_error = 0.0;  // infinitesimal jackknife, summed by cluster
};

// Predictors and clusters (codes 1 .. clusters; empty for none) are in the order of the input rows.
// O(n log n): one sweep back in time with a Fenwick tree of those at risk, one forward with a tree of deaths.
Concordance concordance(const CoxData& data, Span<const double> predictor, Span<const int> cluster,
                        std::size_t clusters);

}  // namespace survmatch
