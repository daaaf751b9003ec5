#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Rows in groups 1 .. groups, compared inside strata 1 .. strata (none given: one stratum). Status 0 is censored, 1 the
// kind of event whose incidence is compared, 2 another kind.
struct GrayInput {
    Span<const double> time;
    Span<const int> status;
    Span<const int> group;
    std::size_t groups = 0;
    Span<const int> stratum;
    std::size_t strata = 1;
    bool join_tied_times = true;
};

// Score of each group and their covariance (groups by groups, column-major), summed over strata.
struct GrayFit {
    Vector<double> score;
    Vector<double> variance;
};

// Gray (1988) Ann Stat 16:1141, with weights (1 - F(t-))^rho, F the pooled incidence: events of a group against those
// that its share of the subdistribution risk set would have.
GrayFit gray_scores(const GrayInput& input, double rho, Hooks& hooks = no_hooks());

}  // namespace survmatch
