#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// Who was censored when, in groups 1 .. groups that can be censored differently (no codes: one group). Status 0 is
// censored, everything else an event. At tied times events come before censorings. Rows count once, whatever weight.
struct CensoringInput {
    Span<const double> time;
    Span<const int> status;
    Span<const int> group;
    std::size_t groups = 1;
};

// Kaplan-Meier curves of the censoring.
class CensoringCurves {
  public:
    explicit CensoringCurves(const CensoringInput& input);

    struct Step {
        double time;
        double censored;
        double at_risk;
        double survival;  // after it
    };
    const Vector<Step>& steps(std::size_t group) const { return steps_[group]; }
    // G(t-) of a group 0, 1, ...; 0 after the last time of the group, where nothing is known
    double before(double time, std::size_t group) const;

  private:
    Vector<Vector<Step>> steps_;
    Vector<double> last_;
};

// The Fine-Gray model as a Cox model whose competing events (status 2) stay in the risk set with weights
// G(t-) / G(stop-). Fine & Gray (1999) JASA 94:496; the weights as in Geskus (2011) Biometrics 67:39.
CoxData sort_finegray_data(const CoxInput& input, const CensoringInput& censoring, const CensoringCurves& curves);

// What the estimation of G adds to the score of each input row, a row a column: eq. 8 of Fine & Gray (1999).
Eigen::MatrixXd censoring_scores(const CoxData& data, const RiskScores& scores, Ties ties,
                                 const CensoringInput& censoring, const CensoringCurves& curves);

}  // namespace survmatch
