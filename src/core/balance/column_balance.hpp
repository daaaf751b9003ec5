#pragma once

#include <cstddef>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// One arm's weighted mean and variance of a covariate.
struct ArmMoments {
    double mean = 0.0;
    double variance = 0.0;
};

// How far the arms' distributions of a covariate lie apart, under one set of weights.
struct ColumnBalance {
    ArmMoments treated;
    ArmMoments control;
    double ks = 0.0;         // largest distance of the two weighted distribution functions
    double ecdf_mean = 0.0;  // its mean over the distinct values
};

// A numeric covariate under several sets of weights (patients by samples, each column a sample); sorted once. `treat`
// holds 0 and 1. No NaN. Variances are unbiased for weights of 1: sum w / ((sum w)^2 - sum w^2) sum w (x - mean)^2.
Vector<ColumnBalance> balance_of_column(Span<const double> x, Span<const int> treat, const MatrixView& weights);

// Weighted share of each level in an arm under several sets of weights: levels by (sample, arm), arm 0 first.
// `code` counts levels from 1; 0 is left out.
Vector<double> level_shares(Span<const int> code, std::size_t levels, Span<const int> treat, const MatrixView& weights);

}  // namespace survmatch
