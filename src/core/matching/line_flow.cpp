#include "core/matching/line_flow.hpp"

#include "core/base/vector.hpp"

namespace survmatch {

int LineFlow::Side::nearest() const {
    int best = -1;
    for (int s = 0; s < streams; ++s) {
        if (!empty_stream(s) && (best < 0 || below(steps[best].back(), steps[s].back()))) best = s;
    }
    return best;
}

int LineFlow::Side::farthest() const {
    int best = -1;
    for (int s = 0; s < streams; ++s) {
        if (!empty_stream(s) && (best < 0 || below(steps[s][begin[s]], steps[best][begin[best]]))) best = s;
    }
    return best;
}

// What was popped at the far end is dropped now and then, so that a stream stays as long as what it holds.
void LineFlow::Side::push(int s, const Step& step) {
    Vector<Step>& stream = steps[s];
    if (begin[s] > 64 && 2 * begin[s] > stream.size()) {
        stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(begin[s]));
        begin[s] = 0;
    }
    stream.push_back(step);
    ++size;
}

LineFlow::Step LineFlow::Side::pop_nearest() {
    Vector<Step>& stream = steps[nearest()];
    const Step step = stream.back();
    stream.pop_back();
    --size;
    return step;
}

LineFlow::Step LineFlow::Side::pop_farthest() {
    const int s = farthest();
    --size;
    return steps[s][begin[s]++];
}

// Moves take their length off every slope on the left and add it on the right.
DoubleDouble LineFlow::key_of(const Side& side, DoubleDouble slope) const {
    return side.left ? slope + DoubleDouble(position_) : slope - DoubleDouble(position_);
}

DoubleDouble LineFlow::slope_of(const Side& side, DoubleDouble key) const {
    return side.left ? key - DoubleDouble(position_) : key + DoubleDouble(position_);
}

void LineFlow::move_nearest(Side& from, Side& to) {
    Step step = from.pop_nearest();
    step.key = key_of(to, slope_of(from, step.key));
    to.push(moved, step);
}

// A control's step takes it, a treated unit's step gives it up.
void LineFlow::settle(const Step& step, bool crossed) {
    if (crossed != step.is_treated) ++taken_[step.unit];
}

void LineFlow::limit(std::size_t open_treated, std::size_t open_controls) {
    while (left_.size > open_treated) settle(left_.pop_farthest(), true);
    while (right_.size > open_controls) settle(right_.pop_farthest(), false);
}

void LineFlow::add_control(Index unit, double reward) {
    Step step{key_of(left_, DoubleDouble(-reward)), unit, 0, false};
    const int near = left_.nearest();
    if (near >= 0 && left_.below(step, left_.steps[near].back())) {
        left_.push(controls, step);
        move_nearest(left_, right_);
    } else {
        step.key = key_of(right_, DoubleDouble(-reward));
        right_.push(controls, step);
    }
}

void LineFlow::add_treated(Index unit, int level, double penalty) {
    Step step{key_of(right_, DoubleDouble(penalty)), unit, static_cast<signed char>(level), true};
    const Stream stream = level == 2 ? treated_above : treated;
    const int near = right_.nearest();
    if (near >= 0 && right_.below(step, right_.steps[near].back())) {
        right_.push(stream, step);
        move_nearest(right_, left_);
    } else {
        step.key = key_of(left_, DoubleDouble(penalty));
        left_.push(stream, step);
    }
}

void LineFlow::finish() {
    limit(0, 0);
}

}  // namespace survmatch
