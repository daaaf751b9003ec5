#pragma once

#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/pair_rule.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

struct NearestOptions {
    double caliper = std::numeric_limits<double>::quiet_NaN();  // on the score; NaN: none; negative: at least this far
    int reuse_max = 1;                                          // how often a control may be used
    PairRule rule;
    Span<const int> group;  // units with the same code count as one when they are used up; empty: each is its own
};

// Partners of each focal unit, in the order in which they were found.
struct PairTable {
    static constexpr int none = -1;

    std::size_t rows = 0;     // focal units, in data order
    std::size_t columns = 0;  // the largest ratio
    Vector<int> partner;      // column-major; unit numbers from 0

    PairTable(std::size_t rows_, std::size_t columns_)
        : rows(rows_), columns(columns_), partner(rows_ * columns_, none) {}
    int& at(std::size_t row, std::size_t column) { return partner[column * rows + row]; }
};

// Who takes when. `units` lists the focal units (numbers from 0) in the order in which they choose.
//   in_order   each takes its nearest free control; who wants several gets them in rounds
//   replacing  the same with every control free at all times: each takes its `ratio` nearest
//   closest, farthest  of all units' nearest free controls the pair with the smallest (largest) distance, again and
//   again
struct GreedyOrder {
    enum Kind { in_order, replacing, closest, farthest };
    Kind kind = in_order;
    Span<const int> units;
};

// Greedy matching; `ratio` has one entry a focal unit, in data order. A unit takes the nearest free control of its
// stratum that the rules allow; a unit that finds nobody stays out for good.

// On the score: of two at the same distance the one fewer places away among all units on the line, then the one below.
PairTable match_nearest(const MatchUnits& units, const GreedyOrder& order, Span<const int> ratio,
                        const NearestOptions& options = {}, Hooks& hooks = no_hooks());

// Points whose squared Euclidean distance is that of two units. `place` orders the units by their first coordinate.
struct CovariatePoints {
    MatrixView coordinates;  // units by coordinates
    Span<const int> place;
};

// Within a caliper on the score, if there is one: of two at the same distance the one more places away, then the one
// above.
PairTable match_nearest_covariates(const MatchUnits& units, const CovariatePoints& points, const GreedyOrder& order,
                                   Span<const int> ratio, const NearestOptions& options = {},
                                   Hooks& hooks = no_hooks());

// By a table of distances, the other units in rows and the focal ones in columns, both in data order; an infinite
// distance is never taken. The caliper is on these distances.
PairTable match_nearest_matrix(const MatchUnits& units, MatrixView distances, const GreedyOrder& order,
                               Span<const int> ratio, const NearestOptions& options = {}, Hooks& hooks = no_hooks());

}  // namespace survmatch
