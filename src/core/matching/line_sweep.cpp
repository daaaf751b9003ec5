#include "core/matching/line_sweep.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"
#include "core/matching/line_flow.hpp"
#include "core/matching/line_window.hpp"

namespace survmatch {

namespace {

constexpr std::size_t tick_every = 1 << 16;

}  // namespace

CopyValues::CopyValues(const Line& line, const LineTerms& terms) {
    if (!std::isnan(terms.penalty)) {
        last_value_ = {0, terms.penalty};
        return;
    }
    if (!std::isnan(terms.caliper)) return;
    std::size_t focal = 0;
    for (const char is_focal : line.focal) focal += is_focal;
    if (focal == 0) return;
    const std::size_t each = (line.size() - focal) / focal;
    if (each >= static_cast<std::size_t>(terms.ratio)) return;
    first_ = static_cast<int>(each);
    first_value_.level = 2;
}

namespace {

// Who is taken when `add` puts each unit into the flow where it stands.
template <class Add>
Vector<Index> sweep(const Line& line, double caliper, std::size_t copies, Hooks& hooks, Add add) {
    LineFlow flow(line.size());
    LineWindow window(line, caliper, copies);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i % tick_every == 0) hooks.tick(i, line.size());
        const double score = line.score[i];
        flow.move_to(score);
        window.move_to(score);
        flow.limit(window.focal(), window.others());
        add(flow, static_cast<Index>(i));
        window.add(i);
    }
    flow.finish();
    return flow.taken();
}

}  // namespace

Vector<Index> taken_on_line(const Line& line, const LineTerms& terms, Hooks& hooks) {
    const CopyValues values(line, terms);
    const auto add = [&](LineFlow& flow, Index place) {
        if (!line.focal[place]) return flow.add_control(place, 0.0);
        for (int copy = 0; copy < terms.ratio; ++copy) {
            const CopyValue value = values.of(copy);
            flow.add_treated(place, value.level, value.distance);
        }
    };
    return sweep(line, terms.caliper, static_cast<std::size_t>(terms.ratio), hooks, add);
}

Vector<Index> nearest_of_other_arm(const Line& line, double caliper) {
    const std::size_t n = line.size();
    Vector<Index> nearest(n, nobody);
    Index last[2] = {nobody, nobody};
    for (std::size_t i = 0; i < n; ++i) {
        const int arm = line.focal[i];
        nearest[i] = last[1 - arm];
        last[arm] = static_cast<Index>(i);
    }
    last[0] = last[1] = nobody;
    for (std::size_t i = n; i-- > 0;) {
        const int arm = line.focal[i];
        const Index above = last[1 - arm];
        last[arm] = static_cast<Index>(i);
        if (above != nobody && (nearest[i] == nobody || line.distance(i, above) < line.distance(i, nearest[i])))
            nearest[i] = above;
        if (nearest[i] != nobody && line.distance(i, nearest[i]) > caliper) nearest[i] = nobody;
    }
    return nearest;
}

Vector<Index> taken_for_full(const Line& line, const Vector<Index>& nearest, double caliper, Hooks& hooks) {
    return sweep(line, caliper, 1, hooks, [&](LineFlow& flow, Index place) {
        const double alone = line.distance(place, nearest[place]);
        if (line.focal[place]) {
            flow.add_treated(place, 0, alone);
        } else {
            flow.add_control(place, alone);
        }
    });
}

Reachable::Reachable(const Line& line, double caliper) {
    const Vector<Index> nearest = nearest_of_other_arm(line, caliper);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (nearest[i] == nobody) continue;
        unit.push_back(line.unit[i]);
        score.push_back(line.score[i]);
        focal.push_back(line.focal[i]);
    }
}

}  // namespace survmatch
