#include "core/matching/nearest_search.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"
#include "core/matching/nearest_of.hpp"

namespace survmatch {

namespace {

// Without a caliper everything within the range of the finite scores is in reach; an infinite score never is.
double caliper_or_range(double caliper, Span<const double> score) {
    if (!std::isnan(caliper)) return caliper;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const double value : score) {
        if (!std::isfinite(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    return high - low + 1.0;
}

constexpr double never = std::numeric_limits<double>::infinity();

}  // namespace

NearestSearch::NearestSearch(const MatchUnits& units, const NearestOptions& options, const Vector<Index>& focal_units,
                             bool remembers)
    : GreedySearch(units, options),
      caliper_(caliper_or_range(options.caliper, units.score)),
      line_(units),
      free_(line_.slots.size()) {
    if (remembers) {
        for (const Index unit : focal_units) reach_.push_back(reach_of(unit));
    }
    if (options.group.empty()) return;
    slot_of_.resize(units.size());
    for (std::size_t slot = 0; slot < line_.slots.size(); ++slot) {
        slot_of_[line_.slots[slot]] = static_cast<Index>(slot);
    }
}

NearestSearch::Slot NearestSearch::again(std::size_t unit, std::size_t row, Slot slot) {
    Reach from = reach_[row];
    widen(from, unit, slot);
    return nearest_outside(unit, from);
}

double NearestSearch::gap_between(double a, double b) {
    const double distance = std::fabs(a - b);
    return std::isnan(distance) ? 0.0 : distance;  // two infinite scores
}

Reach NearestSearch::reach_of(std::size_t unit) const {
    const ScoreLine::Place place = line_.place[unit];
    const auto first = static_cast<Slot>(place.first_after);
    return {first - 1, first, place.position, place.position};
}

void NearestSearch::widen(Reach& reach, std::size_t unit, Slot slot) const {
    const Index place = position_in(slot);
    if (slot < static_cast<Slot>(line_.place[unit].first_after)) {
        if (slot <= reach.left) {
            reach.left = slot - 1;
            reach.left_place = place;
        }
    } else if (slot >= reach.right) {
        reach.right = slot + 1;
        reach.right_place = place;
    }
}

// The next free slot on a side, or nobody. A caliper below 0 first skips, by bisection, those that are too near.
NearestSearch::Slot NearestSearch::step_left(std::size_t unit, Slot from, Slot first) {
    if (caliper_ < 0 && from >= first && is_too_near(unit, from)) {
        Slot far = first - 1;
        while (from - far > 1) {
            const Slot middle = far + (from - far) / 2;
            (is_too_near(unit, middle) ? from : far) = middle;
        }
        from = far;
    }
    const Slot slot = from < first ? nobody : free_.at_or_before(from);
    return slot < first ? nobody : slot;
}

NearestSearch::Slot NearestSearch::step_right(std::size_t unit, Slot from, Slot end) {
    if (caliper_ < 0 && from < end && is_too_near(unit, from)) {
        Slot far = end;
        while (far - from > 1) {
            const Slot middle = from + (far - from) / 2;
            (is_too_near(unit, middle) ? from : far) = middle;
        }
        from = far;
    }
    const Slot slot = from >= end ? end : free_.at_or_after(from);
    return slot >= end ? nobody : slot;
}

NearestSearch::Slot NearestSearch::nearest_outside(std::size_t unit, const Reach& reach) {
    const std::size_t stratum = units_.stratum_of(unit);
    const Slot first = line_.begin_of(stratum);
    const Slot end = line_.end_of(stratum);
    Slot left = step_left(unit, reach.left, first);
    Slot right = step_right(unit, reach.right, end);

    while (left != nobody || right != nobody) {
        const double left_gap = left == nobody ? never : gap_to(unit, left);
        const double right_gap = right == nobody ? never : gap_to(unit, right);
        bool take_left = right == nobody || left_gap < right_gap;
        if (left != nobody && right != nobody && left_gap == right_gap) {
            take_left = reach.left_place - position_in(left) <= position_in(right) - reach.right_place;
        }
        if (caliper_ >= 0 && (take_left ? left_gap : right_gap) > caliper_) return nobody;
        const Slot slot = take_left ? left : right;
        if (rule_.empty() || rule_.accepts(unit, line_.slots[slot])) return slot;
        (take_left ? left : right) = take_left ? step_left(unit, left - 1, first) : step_right(unit, right + 1, end);
    }
    return nobody;
}

// Candidates are listed in the order in which a walk in single places, left before right, meets them, and then sorted
// by distance: the order among equals is that of the standard library's sorts on this list.
Vector<Index> NearestSearch::several(std::size_t unit, std::size_t, std::size_t wanted) {
    const std::size_t stratum = units_.stratum_of(unit);
    const Slot first = line_.begin_of(stratum);
    const Slot end = line_.end_of(stratum);
    const ScoreLine::Place place = line_.place[unit];
    Vector<Index> found;
    Vector<double> gaps;
    std::size_t found_left = 0;
    std::size_t found_right = 0;

    const auto enough_nearer = [&](double distance) {
        return gaps.size() >= wanted && static_cast<std::size_t>(std::count_if(gaps.begin(), gaps.end(), [&](double g) {
                                            return g < distance;
                                        })) >= wanted;
    };
    const auto list_if_close = [&](Slot slot, std::size_t& found_here) {
        const Index control = line_.slots[slot];
        const double distance = gap_to(unit, slot);
        if ((caliper_ >= 0 && distance > caliper_) || enough_nearer(distance)) return false;
        if (rule_.accepts(unit, control)) {
            found.push_back(control);
            gaps.push_back(distance);
            ++found_here;
        }
        return found_here < wanted;
    };

    Slot left = step_left(unit, static_cast<Slot>(place.first_after) - 1, first);
    Slot right = step_right(unit, place.first_after, end);
    while (left != nobody || right != nobody) {
        const bool take_left = right == nobody || (left != nobody && place.position - position_in(left) <=
                                                                         position_in(right) - place.position);
        if (take_left) {
            left = list_if_close(left, found_left) ? step_left(unit, left - 1, first) : nobody;
        } else {
            right = list_if_close(right, found_right) ? step_right(unit, right + 1, end) : nobody;
        }
    }
    return nearest_of(found, gaps, wanted);
}

void NearestSearch::book(std::size_t focal_unit, Slot slot, Span<const int> limit_of_unit) {
    uses_.book(focal_unit, line_.slots[slot], limit_of_unit, [&](std::size_t control) {
        free_.take(slot_of_.empty() ? slot : static_cast<Slot>(slot_of_[control]));
    });
}

}  // namespace survmatch
