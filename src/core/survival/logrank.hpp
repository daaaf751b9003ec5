#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Right-censored rows in groups 1 .. groups, compared inside strata 1 .. strata (none given: one stratum).
struct LogrankInput {
    Span<const double> time;
    Span<const double> status;
    Span<const int> group;
    std::size_t groups = 0;
    Span<const int> stratum;
    std::size_t strata = 1;
    bool join_tied_times = true;
};

struct LogrankOptions {
    double rho = 0.0;  // weight S(t-)^rho, S the Kaplan-Meier estimate of the stratum
};

// Weighted events seen and expected by group and stratum (groups by strata, column-major), and the variance of the
// difference summed over strata (groups by groups).
struct LogrankFit {
    Vector<double> observed;
    Vector<double> expected;
    Vector<double> variance;
};

// Mantel & Haenszel (1959) JNCI 22:719; G-rho family: Harrington & Fleming (1982) Biometrika 69:553.
LogrankFit fit_logrank(const LogrankInput& input, const LogrankOptions& options = {}, Hooks& hooks = no_hooks());

}  // namespace survmatch
