#pragma once

#include <cstddef>
#include <vector>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/survival/km.hpp"
#include "core/survival/km_counts.hpp"
#include "core/survival/km_data.hpp"

namespace survmatch {

// Clusters of rows, 0 .. size - 1; rows of one cluster move together.
struct Clusters {
    Span<const int> code;
    std::size_t size = 0;
};

// Replaces the errors of `estimate` by infinitesimal-jackknife ones, summed by cluster inside each curve.
// Linear in the rows and times: every cluster's influence is kept as c + g L(t), with g its weight at risk and L a
// sum common to all, so that the sum of squares follows from three moments. Jaeckel (1972) Bell Labs memorandum;
// Therneau & Atkinson, survival package, section "Robust variance" of its methods document.
void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   KmEstimate& estimate, Hooks& hooks = no_hooks());

// The influence of each cluster of curve `s` on survival and on the hazard, clusters by times, column-major.
struct Influence {
    std::vector<int> cluster;  // in the order of their first rows
    std::vector<double> survival;
    std::vector<double> hazard;
};

Influence influence_of_curve(const KmData& data, const RiskCounts& counts, const Clusters& clusters,
                             const KmOptions& options, std::size_t s);

}  // namespace survmatch
