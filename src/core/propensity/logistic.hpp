#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

struct LogisticOptions {
    double epsilon = 1e-8;  // relative change of the deviance at convergence, as stats::glm.control
    int max_iterations = 25;
    double rank_tolerance = 1e-11;  // stats::glm.fit: min(1e-7, epsilon / 1000)
};

struct LogisticFit {
    Vector<double> coefficients;  // one a column; 0 where aliased
    Vector<bool> aliased;
    Vector<double> covariance;  // columns by columns, 0 where aliased
    Vector<double> linear;
    Vector<double> fitted;
    double deviance = 0.0;
    double null_deviance = 0.0;
    int iterations = 0;
    bool converged = false;
    std::size_t on_the_boundary = 0;  // fitted probabilities that are numerically 0 or 1
};

// Maximum likelihood of P(y = 1) = 1 / (1 + exp(-x b)) by iteratively reweighted least squares, with the start, the
// clamps, the rank rule and the convergence rule of stats::glm. McCullagh & Nelder (1989) Generalized Linear Models,
// 2nd ed., section 2.5. `y` holds 0 and 1; `weight` is empty or non-negative; no NaN. `intercept` says that the first
// column is 1.
LogisticFit fit_logistic(const MatrixView& x, Span<const int> y, Span<const double> weight, bool intercept,
                         const LogisticOptions& options = {}, Hooks& hooks = no_hooks());

// The probability that a treated patient's score lies above an untreated one's, ties counted half.
// Hanley & McNeil (1982) Radiology 143:29.
double c_statistic(Span<const double> score, Span<const int> y);

}  // namespace survmatch
