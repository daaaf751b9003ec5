#pragma once

#include "core/base/hooks.hpp"
#include "core/survival/km_walk.hpp"

namespace survmatch {

// Replaces the errors of `estimate` by infinitesimal-jackknife ones, summed by cluster inside each curve.
// Linear in the rows and times: every cluster's influence is kept as c + g L(t), with g its weight at risk and L a
// sum common to all, so that the sum of squares follows from three moments. Small curves are summed directly.
// Therneau & Grambsch (2000) Modeling Survival Data, ch. 7; Efron (1982) The Jackknife, SIAM, ch. 6.
void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   KmEstimate& estimate, Hooks& hooks = no_hooks());

struct RobustLimits {
    // Up to this many rows times reported times of a curve the direct sums are as fast.
    std::size_t direct_cells = 25000;
};

void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   const RobustLimits& limits, KmEstimate& estimate, Hooks& hooks = no_hooks());

}  // namespace survmatch
