#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"
#include "core/survival/tied_times.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

// Rows of follow-up as they stand in the data. An empty span means: everybody enters at the beginning (start),
// weight 1 (weight), one curve (stratum), no subject or cluster named (id, cluster).
struct KmInput {
    Span<const double> start;
    Span<const double> stop;
    Span<const double> status;  // 1 = event at `stop`, 0 = none
    Span<const double> weight;
    Span<const int> stratum;  // 1 .. strata; others are left out
    std::size_t strata = 1;
    Span<const int> id;  // 1 .. ids
    std::size_t ids = 0;
    bool join_tied_times = true;
    bool reverse = false;  // the end of follow-up is the event, the event a censoring
};

// Rows by stratum, then time, with what the passes read of each laid out in that order.
struct SortedRows {
    StratifiedOrder order;
    Vector<double> time;
    Vector<unsigned char> mark;  // 1 first + 2 last row of an unbroken chain of a subject, 4 event
    Vector<double> weight;       // empty: all 1

    std::size_t begin(std::size_t s) const { return order.first[s]; }
    std::size_t end(std::size_t s) const { return order.first[s + 1]; }
    bool is_first(std::size_t k) const { return (mark[k] & 1) != 0; }
    bool is_last(std::size_t k) const { return (mark[k] & 2) != 0; }
    bool has_event(std::size_t k) const { return (mark[k] & 4) != 0; }
    double weight_at(std::size_t k) const { return weight.empty() ? 1.0 : weight[k]; }
};

// What every pass of the Kaplan-Meier estimator reads.
struct KmData {
    SortedRows by_start;  // without entry times: no rows
    SortedRows by_stop;
    bool has_entry = false;
    bool weighted = false;
    double earliest = 0.0;  // of all times
    Vector<int> rows_per_stratum;
    Vector<int> subjects_per_stratum;  // empty without ids

    std::size_t strata() const { return by_stop.order.strata(); }
};

KmData prepare_km(const KmInput& input);

}  // namespace survmatch
