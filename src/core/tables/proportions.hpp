#pragma once

#include <cstddef>

namespace survmatch {

// A number of events among patients.
struct Count {
    std::size_t events = 0;
    std::size_t n = 0;
};

struct Interval {
    double estimate = 0.0;
    double lower = 0.0;
    double upper = 0.0;
};

// Exact limits of one proportion. Clopper & Pearson (1934) Biometrika 26:404.
Interval clopper_pearson(Count count, double level);

// Score limits of one proportion. Wilson (1927) JASA 22:209.
Interval wilson(Count count, double level);

// Difference of two independent proportions, treated minus control.
// Newcombe (1998) Statistics in Medicine 17:873, method 10 (hybrid of two Wilson intervals).
Interval newcombe_difference(Count treated, Count control, double level);
// Miettinen & Nurminen (1985) Statistics in Medicine 4:213 (score, with their N / (N - 1)).
Interval miettinen_nurminen_difference(Count treated, Count control, double level);

// What matched pairs say: pairs in which only the treated, or only the control, had the event.
struct Discordant {
    std::size_t treated_only = 0;
    std::size_t control_only = 0;
    std::size_t pairs = 0;
};

// Difference of two paired proportions. Tango (1998) Statistics in Medicine 17:891.
Interval tango_difference(Discordant counts, double level);

// McNemar's exact test, two-sided: twice the smaller binomial tail at 1/2, at most 1.
double mcnemar_exact(Discordant counts);

}  // namespace survmatch
