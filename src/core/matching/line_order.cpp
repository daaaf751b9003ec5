#include "core/matching/line_order.hpp"

#include <algorithm>

#include "core/base/radix_order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

LineOrder::LineOrder(const MatchUnits& units, Span<const int> priority) {
    Vector<Index> start;
    start.reserve(units.size());
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (units.retained[unit] != 0) start.push_back(static_cast<Index>(unit));
    }
    if (!priority.empty()) {
        std::stable_sort(start.begin(), start.end(), [&](Index a, Index b) { return priority[a] < priority[b]; });
    }
    start = radix_order(units.score, std::move(start));

    std::size_t strata = 1;
    if (!units.stratum.empty()) {
        for (const Index unit : start) strata = std::max(strata, units.stratum_of(unit) + 1);
    }
    begin_.assign(strata + 1, 0);
    for (const Index unit : start) ++begin_[units.stratum_of(unit) + 1];
    for (std::size_t s = 0; s < strata; ++s) begin_[s + 1] += begin_[s];
    if (strata == 1) {
        unit_ = std::move(start);
    } else {
        unit_.resize(start.size());
        Vector<Index> next(begin_.begin(), begin_.end() - 1);
        for (const Index unit : start) unit_[next[units.stratum_of(unit)]++] = unit;
    }
    score_.resize(unit_.size());
    focal_.resize(unit_.size());
    for (std::size_t i = 0; i < unit_.size(); ++i) {
        score_[i] = units.score[unit_[i]];
        focal_[i] = units.focal[unit_[i]] != 0;
    }
}

}  // namespace survmatch
