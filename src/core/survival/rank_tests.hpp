#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Rows in groups 1 .. groups, compared inside strata 1 .. strata (none given: one stratum).
struct RankInput {
    Span<const double> start;  // empty for right-censored data
    Span<const double> stop;
    Span<const double> status;
    Span<const double> weight;  // empty for 1
    Span<const int> group;
    std::size_t groups = 0;
    Span<const int> stratum;
    std::size_t strata = 1;
};

// What an event time counts, from what the stratum looks like there: with S the Kaplan-Meier estimate and Y the
// (weighted) number at risk,
//   fleming_harrington  S(t-)^rho (1 - S(t-))^gamma      Fleming & Harrington (1991) Counting Processes, 7.2
//   gehan               Y                                 Gehan (1965) Biometrika 52:203
//   tarone_ware         sqrt(Y)                           Tarone & Ware (1977) Biometrika 64:156
//   peto                product over s <= t of 1 - d / (Y + 1)    Peto & Peto (1972) J R Stat Soc A 135:185
struct RankWeighting {
    enum Kind { fleming_harrington, gehan, tarone_ware, peto };
    Kind kind = fleming_harrington;
    double rho = 0.0;
    double gamma = 0.0;
};

// Scores: for weighting j and group g at j * groups + g. `variance` (scores by scores, column-major) is the
// hypergeometric one, which holds without case weights. `row_scores` (rows by scores) add up to the scores and are the
// influence of a row under equal hazards, times its weight.
struct RankTests {
    Vector<double> observed, expected;  // by group, without weighting
    Vector<double> score;
    Vector<double> variance;
    Vector<double> row_scores;
    // What a row adds to the score of the group it is in, by weighting: weighted events less weighted hazard. Under
    // relabelling of the rows only these move between groups.
    Vector<double> row_totals;
};

RankTests rank_tests(const RankInput& input, const Vector<RankWeighting>& weightings, bool with_rows,
                     Hooks& hooks = no_hooks());

}  // namespace survmatch
