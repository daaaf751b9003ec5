#pragma once

#include <cstddef>

#include "core/base/vector.hpp"
#include "core/survival/km_data.hpp"

namespace survmatch {

// The times that each curve reports: those of curve s are first[s] .. first[s + 1] - 1.
struct ReportedTimes {
    Vector<double> time;
    Vector<std::size_t> first;
};

// `entry_times` also reports the times at which somebody enters.
ReportedTimes reported_times(const KmData& data, bool entry_times);

// What happens at each reported time: sums of weights, and beside them heads. The columns belong to the caller.
struct RiskCounts {
    Span<const double> time;
    Span<const std::size_t> first;
    Span<double> risk, event, censor, enter;                          // enter: empty unless entries are counted
    Span<double> risk_heads, event_heads, censor_heads, enter_heads;  // empty when every weight is 1

    Span<double> heads_with_event() const { return event_heads.empty() ? event : event_heads; }
};

void count_at_risk(const KmData& data, RiskCounts& counts);

}  // namespace survmatch
