#pragma once

#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_order.hpp"
#include "core/matching/nearest.hpp"

namespace survmatch {

// Up to `ratio` others for each focal unit, none farther than the caliper (NaN: none). With a penalty (not NaN) each
// partner that a focal unit goes without costs so much distance, and nothing else counts.
struct LineTerms {
    int ratio = 1;
    double caliper = std::numeric_limits<double>::quiet_NaN();
    double penalty = std::numeric_limits<double>::quiet_NaN();
};

// Exact optimal matching of focal units with others of their stratum: the most pairs, and of all ways to have as many
// the least total distance. Without a caliper each focal unit of a stratum gets at least as many partners as the
// stratum has for each of them, rounded down, up to the ratio. Partners of a unit stand in data order. The strata are
// shared out among the threads.
PairTable match_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms, int threads = 1,
                     Hooks& hooks = no_hooks());

// Exact optimal full matching: sets with one focal unit and one or more others or one other and one or more focal
// units, such that every unit with somebody within the caliper (NaN: none) is in a set and the total distance between
// the centre of each set and its other members is the least possible. Set numbers 1, 2, ... in data order; 0: nobody
// within the caliper.
Vector<int> match_line_full(const MatchUnits& units, const LineOrder& order, double caliper, int threads = 1,
                            Hooks& hooks = no_hooks());

}  // namespace survmatch
