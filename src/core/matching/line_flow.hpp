#pragma once

#include <array>
#include <cstddef>

#include "core/base/double_double.hpp"
#include "core/base/order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// The least cost of what lies behind a sweep along the line, as a convex function of k, the open controls minus the
// open treated: units that are taken and whose partner lies ahead. A move by g adds g |k|.
//
// The function is kept as its slopes, the steps k -> k + 1, in increasing order. Each step belongs to one unit: it
// takes a control, or gives a treated unit up. Steps left of zero (k < 0) are taken at k = 0, steps right of it are
// not; so who is taken at k = 0 can be read off without going back. Slopes are compared by level first, then by
// distance: a unit of level 1 is given up only when no distance, however large, would keep it, and one of level 2 when
// no unit of level 1 would.
class LineFlow {
  public:
    static constexpr int levels = 3;

    explicit LineFlow(std::size_t units) : taken_(units, 0) {}

    void move_to(double position) { position_ = position; }
    // At most this many treated or controls may be open here.
    void limit(std::size_t open_treated, std::size_t open_controls);
    // Leaving the control costs `reward`.
    void add_control(Index unit, double reward);
    // Giving the treated unit up costs `penalty` on that level. A unit may be added several times.
    void add_treated(Index unit, int level, double penalty);
    // Nobody stays open.
    void finish();

    // How often each unit is taken; complete after finish().
    const Vector<Index>& taken() const { return taken_; }

  private:
    enum Stream { controls, treated, treated_above, moved, streams };

    struct Step {
        DoubleDouble key;  // the slope, up to what the moves since then have added
        Index unit;
        signed char level;  // of its slope
        bool is_treated;
    };

    // The steps on one side of zero. Each stream is sorted; its end is the step nearest zero.
    struct Side {
        std::array<Vector<Step>, streams> steps;
        std::array<std::size_t, streams> begin{};
        std::size_t size = 0;
        bool left;

        explicit Side(bool left_) : left(left_) {}
        bool empty_stream(int s) const { return begin[s] == steps[s].size(); }
        bool below(const Step& a, const Step& b) const {  // a is farther from zero than b
            if (a.level != b.level) return (a.level < b.level) == left;
            if (a.key.high != b.key.high) return (a.key.high < b.key.high) == left;
            return left ? a.key.low < b.key.low : b.key.low < a.key.low;
        }
        int nearest() const;
        int farthest() const;
        void push(int s, const Step& step);
        Step pop_nearest();
        Step pop_farthest();
    };

    // x as the key of a side, and back.
    DoubleDouble key_of(const Side& side, DoubleDouble slope) const;
    DoubleDouble slope_of(const Side& side, DoubleDouble key) const;
    void move_nearest(Side& from, Side& to);
    void settle(const Step& step, bool crossed);

    double position_ = 0.0;
    Side left_{true};
    Side right_{false};
    Vector<Index> taken_;
};

}  // namespace survmatch
