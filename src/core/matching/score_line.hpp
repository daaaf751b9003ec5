#pragma once

#include <cstdint>

#include "core/base/order.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Who can be matched, one entry a unit. `focal` marks the arm whose units look for partners.
struct MatchUnits {
    Span<const double> score;  // may be empty where distances are between covariates
    Span<const int> focal;     // 1 or 0
    Span<const int> retained;  // 0: takes no part
    Span<const int> stratum;   // codes 1, 2, ...; empty: one stratum

    std::size_t size() const { return focal.size(); }
    std::size_t stratum_of(std::size_t unit) const {
        return stratum.empty() ? 0 : static_cast<std::size_t>(stratum[unit]) - 1;
    }
};

// All units on the line of the score. `slots` lists the retained controls, stratum by stratum, each stratum in
// increasing score (ties in data order), so that a search sees only the controls it could take.
struct ScoreLine {
    using Slot = std::int64_t;  // signed: the slot before the first is -1

    struct Place {
        Index position;     // among all units
        Index first_after;  // the first slot of its stratum at or after it
    };

    Vector<Place> place;        // of each unit
    Vector<Index> slots;        // unit in each slot
    Vector<double> slot_score;  // and its score
    Vector<Index> stratum_begin;

    explicit ScoreLine(const MatchUnits& units);

    Slot begin_of(std::size_t stratum) const { return stratum_begin[stratum]; }
    Slot end_of(std::size_t stratum) const { return stratum_begin[stratum + 1]; }
};

}  // namespace survmatch
