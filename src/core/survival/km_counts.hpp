#pragma once

#include <cstddef>
#include <vector>

#include "core/survival/km_data.hpp"

namespace survmatch {

// What happens at each reported time of each curve: sums of weights, and beside them heads.
struct RiskCounts {
    std::vector<double> time;
    std::vector<std::size_t> first;  // times of curve s: first[s] .. first[s + 1] - 1
    std::vector<double> risk, event, censor, enter;
    std::vector<double> risk_heads, event_heads, censor_heads, enter_heads;  // empty when every weight is 1

    const std::vector<double>& heads_at_risk() const { return risk_heads.empty() ? risk : risk_heads; }
    const std::vector<double>& heads_with_event() const { return event_heads.empty() ? event : event_heads; }
};

// `entry_times` also reports the times at which somebody enters, and how many.
RiskCounts count_at_risk(const KmData& data, bool entry_times);

}  // namespace survmatch
