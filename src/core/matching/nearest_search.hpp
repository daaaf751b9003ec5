#pragma once

#include <vector>

#include "core/matching/free_slots.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// Where the search of a focal unit starts on either side: outside the interval that it and its partners span.
struct Reach {
    ScoreLine::Slot left;   // first slot to look at, going down
    ScoreLine::Slot right;  // first slot to look at, going up
    Index left_place;       // the interval's ends on the line of all units
    Index right_place;
};

// The state of a greedy match on a score: who is free, and what every focal unit sees.
class NearestSearch {
  public:
    using Slot = ScoreLine::Slot;
    static constexpr Slot nobody = -1;

    NearestSearch(const MatchUnits& units, const NearestOptions& options);

    Reach reach_of(std::size_t unit) const;
    // `reach` grown by the partner in `slot`.
    void widen(Reach& reach, std::size_t unit, Slot slot) const;

    // The slot of the nearest free control outside `reach`, or nobody.
    Slot nearest(std::size_t unit, const Reach& reach);
    // The `wanted` nearest controls, nearest first; only while nothing was taken.
    std::vector<Index> nearest_several(std::size_t unit, std::size_t wanted);

    std::size_t control_in(Slot slot) const { return line_.slots[slot]; }
    bool is_free(Slot slot) { return free_.at_or_after(slot) == slot; }
    bool is_open(std::size_t focal_unit) const { return open_[focal_unit] != 0; }
    void close(std::size_t focal_unit) { open_[focal_unit] = 0; }
    bool controls_left() const { return controls_left_ > 0; }

    // Books one use of the pair; who reaches its limit (`ratio` for the focal unit) is out from then on.
    void book(std::size_t focal_unit, Slot slot, Span<const int> limit_of_unit);

    double gap(std::size_t i, std::size_t j) const;

  private:
    Slot step_left(std::size_t unit, Slot from, Slot first);
    Slot step_right(std::size_t unit, Slot from, Slot end);
    bool is_too_near(std::size_t unit, Slot slot) const { return !PairRule::within(gap(unit, line_.slots[slot]), caliper_); }
    void book_groups(std::size_t focal_unit, std::size_t control, Span<const int> limit_of_unit);

    MatchUnits units_;
    PairRule rule_;
    double caliper_;
    int reuse_max_;
    ScoreLine line_;
    FreeSlots free_;
    std::vector<char> open_;             // focal units that may still look
    std::vector<Index> slot_of_;         // of each retained control; empty unless groups ask for it
    std::vector<int> used_;              // how often each unit was in a pair
    std::size_t controls_left_;
    Span<const int> group_;
    std::vector<Index> group_begin_;     // members of group g: group_members_[group_begin_[g] .. group_begin_[g + 1])
    std::vector<Index> group_members_;
};

}  // namespace survmatch
