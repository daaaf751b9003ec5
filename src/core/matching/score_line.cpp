#include "core/matching/score_line.hpp"

#include <algorithm>

#include "core/base/radix_order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

ScoreLine::ScoreLine(const MatchUnits& units) : place(units.size()) {
    const std::size_t n = units.size();
    const Vector<Index> order = radix_order(units.score);

    std::size_t strata = 1;
    if (!units.stratum.empty()) {
        strata = static_cast<std::size_t>(*std::max_element(units.stratum.begin(), units.stratum.end()));
    }
    stratum_begin.assign(strata + 1, 0);
    const auto is_control = [&](std::size_t unit) { return units.focal[unit] == 0 && units.retained[unit] != 0; };
    for (std::size_t unit = 0; unit < n; ++unit) {
        if (is_control(unit)) ++stratum_begin[units.stratum_of(unit) + 1];
    }
    for (std::size_t s = 0; s < strata; ++s) stratum_begin[s + 1] += stratum_begin[s];

    slots.resize(stratum_begin[strata]);
    slot_score.resize(slots.size());
    Vector<Index> next(stratum_begin.begin(), stratum_begin.end() - 1);
    for (std::size_t position = 0; position < n; ++position) {
        const Index unit = order[position];
        Index& slot = next[units.stratum_of(unit)];
        place[unit] = {static_cast<Index>(position), slot};
        if (!is_control(unit)) continue;
        slot_score[slot] = units.score[unit];
        slots[slot++] = unit;
    }
}

}  // namespace survmatch
