#pragma once

#include <cstddef>
#include <vector>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/survival/tied_times.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

// Rows of follow-up as they stand in the data. An empty span means: everybody enters at the beginning (start),
// weight 1 (weight), one curve (stratum), no subject or cluster named (id, cluster).
struct KmInput {
    Span<const double> start;
    Span<const double> stop;
    Span<const int> status;   // 1 = event at `stop`
    Span<const double> weight;
    Span<const int> stratum;  // 1 .. strata; others are left out
    std::size_t strata = 1;
    Span<const int> id;       // 1 .. ids
    std::size_t ids = 0;
    bool join_tied_times = true;
    bool reverse = false;     // the end of follow-up is the event, the event a censoring
};

// Rows sorted once: by stratum, then time. What every pass of the Kaplan-Meier estimator reads.
struct KmData {
    TimeColumn start;  // empty without entry times
    TimeColumn stop;
    std::vector<int> status;
    Span<const double> weight;
    std::vector<int> position;  // 1 first + 2 last row of an unbroken chain of a subject; empty: every row is both
    StratifiedOrder by_start;
    StratifiedOrder by_stop;
    std::vector<int> rows_per_stratum;
    std::vector<int> subjects_per_stratum;  // empty without ids

    bool has_entry() const { return !start.time.empty(); }
    double weight_of(Index i) const { return weight.empty() ? 1.0 : weight[i]; }
    bool is_first(Index i) const { return position.empty() || (position[i] & 1); }
    bool is_last(Index i) const { return position.empty() || (position[i] & 2); }
};

KmData prepare_km(const KmInput& input);

}  // namespace survmatch
