#pragma once

#include <limits>
#include <vector>

#include "core/base/hooks.hpp"
#include "core/matching/pair_rule.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

struct NearestOptions {
    double caliper = std::numeric_limits<double>::quiet_NaN();  // on the score; NaN: none; negative: at least this far
    int reuse_max = 1;                                          // how often a control may be used
    bool closest_first = true;                                  // match_nearest_by_distance only
    PairRule rule;
    Span<const int> group;  // units with the same code count as one when they are used up; empty: each is its own
};

// Partners of each focal unit, in the order in which they were found.
struct PairTable {
    static constexpr int none = -1;

    std::size_t rows = 0;     // focal units, in data order
    std::size_t columns = 0;  // the largest ratio
    std::vector<int> partner; // column-major; unit numbers from 0

    PairTable(std::size_t rows_, std::size_t columns_) : rows(rows_), columns(columns_), partner(rows_ * columns_, none) {}
    int& at(std::size_t row, std::size_t column) { return partner[column * rows + row]; }
};

// Greedy matching on the score. `order` lists the focal units (numbers from 0) in the order in which they choose;
// `ratio` has one entry a focal unit, in data order. Each round, a unit takes the nearest free control of its stratum
// that the rules allow; of two at the same distance the one fewer places away among all units on the line, then the
// one below. A unit that finds nobody stays out for good.
PairTable match_nearest(const MatchUnits& units, Span<const int> order, Span<const int> ratio,
                        const NearestOptions& options = {}, Hooks& hooks = no_hooks());

// The same with every control free at all times: each focal unit takes its `ratio` nearest.
PairTable match_nearest_replacing(const MatchUnits& units, Span<const int> order, Span<const int> ratio,
                                  const NearestOptions& options = {}, Hooks& hooks = no_hooks());

// The pair with the smallest (or largest) distance comes first: of all units' nearest free controls, again and again.
PairTable match_nearest_by_distance(const MatchUnits& units, Span<const int> ratio, const NearestOptions& options = {},
                                    Hooks& hooks = no_hooks());

}  // namespace survmatch
