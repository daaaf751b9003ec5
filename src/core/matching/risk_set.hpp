#pragma once

#include <cstddef>
#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/order.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Patients over time. A row says what is known of its patient in (entry, stop]; a patient's rows do not overlap.
struct RiskSetData {
    Span<const double> entry;  // one a row, -Inf without delayed entry
    Span<const double> stop;   // one a row
    Span<const int> patient;   // one a row, 0 .. patients-1
    Span<const int> stratum;   // one a row: only rows of one stratum are matched
    Span<const double> score;  // one a row
    MatrixView covariates;  // one row a row: Euclidean distance in these when it has columns, else |score difference|
    Span<const double> start;  // one a patient: when treatment starts, Inf for never
    Span<const double>
        limit;  // one a patient: end of being eligible (event, censoring, progression, whichever is first)
};

struct RiskSetOptions {
    std::size_t ratio = 1;
    bool replace = false;
    double caliper = std::numeric_limits<double>::infinity();  // on |score difference|
};

// One entry a use of a control, in the order of matching; set numbers run from 0 in that order.
struct RiskSetMatch {
    Vector<Index> set;
    Vector<Index> case_row;
    Vector<Index> control_row;
    Vector<Index> unmatched;  // patients who started while eligible and under observation but found nobody
    Vector<Index> unseen;     // patients who started outside their rows or at or after their limit
};

// Sweeps the times at which treatment starts. At time t a control is a patient with a row entry < t <= stop, with
// start > t and limit > t, who was not used before unless `replace`. Cases with the same time choose in decreasing
// score, then in the order of the data; each takes its `ratio` nearest controls at once, or as many as there are.
// Among controls at the same distance the first in the data is taken.
// Li, Propert & Rosenbaum (2001) JASA 96:870; Lu (2005) Biometrics 61:721.
RiskSetMatch match_risk_set(const RiskSetData& data, const RiskSetOptions& options, Hooks& hooks = no_hooks());

}  // namespace survmatch
