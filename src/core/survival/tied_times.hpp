#pragma once

#include "core/base/order.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Two times are tied when they differ by no more than this, absolutely or relative to the mean of all distinct times.
struct TieRule {
    double tolerance = 1.490116119384765625e-08;  // sqrt of the machine epsilon
};

// One column of times with the permutation that sorts it. `joined` holds the times once some were joined.
struct TimeColumn {
    explicit TimeColumn(Span<const double> times);
    TimeColumn(TimeColumn&&) = default;
    TimeColumn& operator=(TimeColumn&&) = default;
    TimeColumn(const TimeColumn&) = delete;
    TimeColumn& operator=(const TimeColumn&) = delete;

    Span<const double> time;
    Vector<Index> order;
    Vector<double> joined;
};

// Gives times that floating-point arithmetic has split one value, the smallest of the chain, over all columns
// together; the orders stay sorted, ties in row order. False when no times were tied. Linear in the rows.
bool merge_tied_times(Vector<TimeColumn>& columns, const TieRule& rule = {});

}  // namespace survmatch
