#pragma once

#include "core/base/vector.hpp"
#include "core/matching/free_slots.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/score_line.hpp"
#include "core/matching/unit_search.hpp"

namespace survmatch {

// Where the search of a focal unit starts on either side: outside the interval that it and its partners span.
struct Reach {
    ScoreLine::Slot left;   // first slot to look at, going down
    ScoreLine::Slot right;  // first slot to look at, going up
    Index left_place;       // the interval's ends on the line of all units
    Index right_place;
};

// The state of a greedy match on a score: who is free, and what every focal unit sees.
class NearestSearch : public GreedySearch {
  public:
    using Slot = ScoreLine::Slot;
    static constexpr Slot nobody = -1;

    // `remembers`: units get several partners or have to look again, so where each one's search begins is kept.
    NearestSearch(const MatchUnits& units, const NearestOptions& options, const Vector<Index>& focal_units,
                  bool remembers);

    // The slot of the nearest free control that is not a partner yet, or nobody.
    Slot nearest(std::size_t unit, std::size_t row) {
        return nearest_outside(unit, reach_.empty() ? reach_of(unit) : reach_[row]);
    }
    // The same after the candidate in `slot` was taken by somebody else.
    Slot again(std::size_t unit, std::size_t row, Slot slot);
    // The `wanted` nearest controls, nearest first; only while nothing was taken.
    Vector<Index> several(std::size_t unit, std::size_t row, std::size_t wanted);
    void note(std::size_t unit, std::size_t row, Slot slot) {
        if (!reach_.empty()) widen(reach_[row], unit, slot);
    }

    std::size_t control_in(Slot slot) const { return line_.slots[slot]; }
    bool is_free(Slot slot) const { return uses_.is_open(line_.slots[slot]); }
    void book(std::size_t focal_unit, Slot slot, Span<const int> limit_of_unit);

    double gap(std::size_t i, std::size_t j) const { return gap_between(units_.score[i], units_.score[j]); }

  private:
    static double gap_between(double a, double b);
    double gap_to(std::size_t unit, Slot slot) const { return gap_between(units_.score[unit], line_.slot_score[slot]); }
    Index position_in(Slot slot) const { return line_.place[line_.slots[slot]].position; }
    Reach reach_of(std::size_t unit) const;
    // `reach` grown by the partner in `slot`.
    void widen(Reach& reach, std::size_t unit, Slot slot) const;
    Slot nearest_outside(std::size_t unit, const Reach& reach);
    Slot step_left(std::size_t unit, Slot from, Slot first);
    Slot step_right(std::size_t unit, Slot from, Slot end);
    bool is_too_near(std::size_t unit, Slot slot) const { return !PairRule::within(gap_to(unit, slot), caliper_); }

    double caliper_;
    ScoreLine line_;
    FreeSlots free_;
    Vector<Reach> reach_;    // of each row
    Vector<Index> slot_of_;  // of each retained control; empty unless groups ask for it
};

}  // namespace survmatch
