#pragma once

#include <vector>

#include "core/base/order.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// The retained units of each stratum in increasing score: those of stratum s are line[begin[s]] .. line[begin[s + 1] - 1].
// Of units with the same score the one with the smaller `priority` comes first; without priorities the one that comes
// first in the data.
struct LineOrder {
    std::vector<Index> line;
    std::vector<Index> begin;

    LineOrder(const MatchUnits& units, Span<const int> priority);
    std::size_t strata() const { return begin.size() - 1; }
    Span<const Index> stratum(std::size_t s) const { return {line.data() + begin[s], begin[s + 1] - begin[s]}; }
};

}  // namespace survmatch
