#pragma once

#include <cstddef>

#include "core/base/vector.hpp"
#include "core/survival/km_walk.hpp"

namespace survmatch {

// The influence of each cluster of curve `s` on survival and on the hazard, clusters by times, column-major.
struct Influence {
    Vector<int> cluster;      // in the order of their first rows
    Vector<double> survival;  // empty for survival = exp(-hazard), where it is -survival times that on the hazard
    Vector<double> hazard;
};

Influence influence_of_curve(const KmData& data, const RiskCounts& counts, const Clusters& clusters,
                             const KmOptions& options, std::size_t s);

// Infinitesimal-jackknife errors of curve `s` as sums over that influence: work grows as clusters times times.
class DirectErrors {
  public:
    DirectErrors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const SortedClusters& sorted,
                 const KmOptions& options);
    void run(std::size_t s, KmEstimate& estimate);

  private:
    const KmData& data_;
    const RiskCounts& counts_;
    const Clusters& clusters_;
    const SortedClusters& sorted_;
    KmOptions options_;
    Vector<std::size_t> place_;
};

}  // namespace survmatch
