#pragma once

#include <algorithm>

#include "core/base/order.hpp"
#include "core/base/vector.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// Who may still be matched. A unit is out once it was in as many pairs as it may be; units that share a group count as
// one.
class Uses {
  public:
    // `group` holds codes 1, 2, ...; empty: each unit is its own.
    Uses(const MatchUnits& units, int reuse_max, Span<const int> group)
        : units_(units), reuse_max_(reuse_max), open_(units.size()), used_(units.size()), group_(group) {
        for (std::size_t unit = 0; unit < units.size(); ++unit) {
            open_[unit] = units.retained[unit] != 0;
            controls_left_ += units.focal[unit] == 0 && open_[unit];
        }
        if (!group.empty()) list_groups();
    }

    bool is_open(std::size_t unit) const { return open_[unit] != 0; }
    void close(std::size_t focal_unit) { open_[focal_unit] = 0; }
    bool controls_left() const { return controls_left_ > 0; }

    // Books one use of a pair; `limit_of_unit` is of focal units, `used_up(control)` is told of each control that is
    // out.
    template <class UsedUp>
    void book(std::size_t focal_unit, std::size_t control, Span<const int> limit_of_unit, UsedUp used_up) {
        if (group_.empty()) {
            count(focal_unit, limit_of_unit, used_up);
            count(control, limit_of_unit, used_up);
            return;
        }
        const int groups[] = {group_[focal_unit], group_[control]};
        for (std::size_t g = 0; g < (groups[0] == groups[1] ? 1u : 2u); ++g) {
            for (Index m = begin_[groups[g] - 1]; m < begin_[groups[g]]; ++m) {
                count(members_[m], limit_of_unit, used_up);
            }
        }
    }

  private:
    template <class UsedUp>
    void count(std::size_t unit, Span<const int> limit_of_unit, UsedUp used_up) {
        if (!is_open(unit)) return;
        const bool focal = units_.focal[unit] == 1;
        if (++used_[unit] < (focal ? limit_of_unit[unit] : reuse_max_)) return;
        open_[unit] = 0;
        if (focal) return;
        --controls_left_;
        used_up(unit);
    }

    void list_groups() {
        const auto groups = static_cast<std::size_t>(*std::max_element(group_.begin(), group_.end()));
        begin_.assign(groups + 1, 0);
        for (const int code : group_) ++begin_[code];
        for (std::size_t g = 0; g < groups; ++g) begin_[g + 1] += begin_[g];
        Vector<Index> next(begin_.begin(), begin_.end() - 1);
        members_.resize(group_.size());
        for (std::size_t unit = 0; unit < group_.size(); ++unit) {
            members_[next[group_[unit] - 1]++] = static_cast<Index>(unit);
        }
    }

    MatchUnits units_;
    int reuse_max_;
    Vector<char> open_;
    Vector<int> used_;
    std::size_t controls_left_ = 0;
    Span<const int> group_;
    Vector<Index> begin_, members_;  // of group g: members_[begin_[g] .. begin_[g + 1])
};

}  // namespace survmatch
