#pragma once

#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_match.hpp"
#include "core/matching/line_order.hpp"

namespace survmatch {

// What giving up a copy of a focal unit costs: so many levels above any distance, then distance.
struct CopyValue {
    int level = 1;
    double distance = 0.0;
};

// The `ratio` copies of the focal units: without a caliper the first few are given up last of all; with a penalty
// each costs as much.
class CopyValues {
  public:
    CopyValues(const Line& line, const LineTerms& terms);
    CopyValue of(int copy) const { return copy < first_ ? first_value_ : last_value_; }

  private:
    int first_ = 0;
    CopyValue first_value_, last_value_;
};

// How often each unit of the line is taken in the optimum of match_line().
Vector<Index> taken_on_line(const Line& line, const LineTerms& terms, Hooks& hooks);

constexpr Index nobody = std::numeric_limits<Index>::max();

// For each place on the line the nearest place of the other arm, of two the one below; `nobody` beyond the caliper.
Vector<Index> nearest_of_other_arm(const Line& line, double caliper);

// Every unit but those of `pairs` costs the distance to its nearest; a pair costs its own and saves both.
Vector<Index> taken_for_full(const Line& line, const Vector<Index>& nearest, double caliper, Hooks& hooks);

// The j-th taken copy of a focal unit and the j-th taken other, for all j.
template <class Use>
void pair_in_order(const Line& line, const Vector<Index>& taken, Use use) {
    std::size_t other = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!line.focal[i]) continue;
        for (Index copy = 0; copy < taken[i]; ++copy, ++other) {
            while (line.focal[other] || taken[other] == 0) ++other;
            use(i, other);
        }
    }
}

// The units of a line that have somebody near.
struct Reachable {
    Vector<Index> unit;
    Vector<double> score;
    Vector<char> focal;

    Reachable(const Line& line, double caliper);
    Line line() const { return {unit, score, focal}; }
};

}  // namespace survmatch
