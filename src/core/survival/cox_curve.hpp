#pragma once

#include <Eigen/Core>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// How deaths become a curve: the product of factors of Kalbfleisch & Prentice (1973), or the exponential of a
// cumulative hazard with Breslow's or Efron's ties.
enum class CurveEstimate { kalbfleisch_prentice, breslow, efron };

// The rows of a fitted Cox model; empty start: right-censored, empty weight: 1.
struct CurveInput {
    Span<const double> start;
    Span<const double> stop;
    Span<const int> status;   // 1 = event at stop
    Span<const int> stratum;  // 1 .. strata; empty for one
    std::size_t strata = 1;
    Span<const double> weight;
    Span<const double> relative_risk;  // exp(linear predictor)
    MatrixView x;
};

// The curves of covariates 0 at every time at which a row ends; those of stratum s are first[s] .. first[s + 1] - 1.
struct BaselineCurves {
    Vector<std::size_t> first;
    Vector<double> time, at_risk, events, censored;  // sums of weights
    Vector<double> hazard, variance;                 // what each time adds
    Vector<double> factor;                           // what each time multiplies; only Kalbfleisch-Prentice
    Eigen::MatrixXd mean_hazard;  // one column a time: the hazard times the mean covariates at risk, from `centre`
    Eigen::VectorXd centre;

    std::size_t size() const { return time.size(); }
};

BaselineCurves baseline_curves(const CurveInput& input, CurveEstimate estimate);

// The curves of somebody with covariates `x` and relative risk `risk`, into columns as long as BaselineCurves.
struct PredictedCurves {
    Span<double> survival, hazard;
    Span<double> error;  // of the cumulative hazard; empty when not wanted
};
void predict_curves(const BaselineCurves& baseline, const Eigen::VectorXd& x, double risk,
                    const Eigen::MatrixXd& variance, const PredictedCurves& out);

}  // namespace survmatch
