#include "core/survival/curve_influence.hpp"

#include <algorithm>

#include "core/base/compensated_sum.hpp"
#include "core/base/error.hpp"
#include "core/base/order.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

// How often the curve drops up to and including a time.
std::size_t drops_until(const ArmCurve& curve, double time) {
    return static_cast<std::size_t>(std::upper_bound(curve.time.begin(), curve.time.end(), time) - curve.time.begin());
}

// The influence on -sum of factor[j] dLambda[j] over the first `drops` event times, where factor already holds 1 / (at
// risk - events):
//   i's own event adds factor[j]; being at risk adds -factor[j] events[j] / at risk[j].
Vector<double> drop_influence(const ArmData& arm, const ArmCurve& curve, std::size_t drops,
                              const Vector<double>& factor) {
    Vector<double> at_risk(drops + 1, 0.0);
    for (std::size_t j = 0; j < drops; ++j) {
        at_risk[j + 1] = at_risk[j] + factor[j] * curve.events[j] / curve.at_risk[j];
    }
    Vector<double> influence(arm.time.size(), 0.0);
    for (std::size_t i = 0; i < arm.time.size(); ++i) {
        const std::size_t seen = std::min(drops, drops_until(curve, arm.time[i]));
        const std::size_t before = arm.entry.empty() ? 0 : std::min(drops, drops_until(curve, arm.entry[i]));
        double value = seen > before ? at_risk[seen] - at_risk[before] : 0.0;
        if (arm.event[i] == 1 && seen > 0 && curve.time[seen - 1] == arm.time[i]) value -= factor[seen - 1];
        influence[i] = arm.weight[i] * value;
    }
    return influence;
}

double remaining(const ArmCurve& curve, std::size_t j) {
    return curve.at_risk[j] - curve.events[j];
}

// True when everybody at risk has the event: the curve is 0 from there on, and nobody moves it.
bool falls_to_zero(const ArmCurve& curve, std::size_t j) {
    return curve.survival[j] <= 0.0;
}

}  // namespace

ArmCurve arm_curve(const ArmData& arm) {
    const Vector<Index> by_time = time_order(arm.time);
    const Vector<Index> by_entry = arm.entry.empty() ? Vector<Index>{} : time_order(arm.entry);
    const std::size_t n = arm.time.size();
    ArmCurve curve;
    // backwards: who leaves at a time joins the risk set, who enters at or after it leaves again
    CompensatedSum risk;
    std::size_t entered = by_entry.size();
    for (std::size_t end = n; end > 0;) {
        const double time = arm.time[by_time[end - 1]];
        double events = 0.0;
        std::size_t count = 0;
        for (; end > 0 && arm.time[by_time[end - 1]] == time; --end) {
            const Index i = by_time[end - 1];
            risk += arm.weight[i];
            if (arm.event[i] == 1) events += arm.weight[i], ++count;
        }
        for (; entered > 0 && arm.entry[by_entry[entered - 1]] >= time; --entered) {
            risk -= arm.weight[by_entry[entered - 1]];
        }
        if (count == 0 || events <= 0.0) continue;
        curve.time.push_back(time);
        curve.events.push_back(events);
        curve.at_risk.push_back(risk.value());
    }
    std::reverse(curve.time.begin(), curve.time.end());
    std::reverse(curve.events.begin(), curve.events.end());
    std::reverse(curve.at_risk.begin(), curve.at_risk.end());
    double survival = 1.0;
    for (std::size_t j = 0; j < curve.time.size(); ++j) {
        // weights that do not add up to the last bit must not leave a sliver of survival
        const double left = remaining(curve, j);
        survival *= left <= 1e-12 * curve.at_risk[j] ? 0.0 : left / curve.at_risk[j];
        curve.survival.push_back(survival);
    }
    return curve;
}

CurveNumber restricted_mean(const ArmData& arm, const ArmCurve& curve, double tau) {
    if (!(tau > 0.0)) throw InputError("The horizon of a restricted mean must be above 0.");
    const std::size_t drops = drops_until(curve, tau);
    // area[j]: under the curve from event time j to tau
    Vector<double> factor(drops, 0.0);
    CompensatedSum area;
    for (std::size_t j = drops; j-- > 0;) {
        const double next = j + 1 < drops ? curve.time[j + 1] : tau;
        area += curve.survival[j] * (next - curve.time[j]);
        factor[j] = falls_to_zero(curve, j) ? 0.0 : area.value() / remaining(curve, j);
    }
    area += drops > 0 ? curve.time[0] : tau;
    return {area.value(), drop_influence(arm, curve, drops, factor)};
}

CurveNumber survival_at(const ArmData& arm, const ArmCurve& curve, double at) {
    const std::size_t drops = drops_until(curve, at);
    const double survival = drops > 0 ? curve.survival[drops - 1] : 1.0;
    Vector<double> factor(drops, 0.0);
    if (survival > 0.0) {
        for (std::size_t j = 0; j < drops; ++j) factor[j] = survival / remaining(curve, j);
    }
    return {survival, drop_influence(arm, curve, drops, factor)};
}

double clustered_variance(Span<const double> influence, Span<const int> cluster, std::size_t clusters) {
    Vector<double> sums(clusters, 0.0);
    for (std::size_t i = 0; i < influence.size(); ++i) sums[static_cast<std::size_t>(cluster[i])] += influence[i];
    CompensatedSum total;
    for (const double sum : sums) total += sum * sum;
    return total.value();
}

}  // namespace survmatch
