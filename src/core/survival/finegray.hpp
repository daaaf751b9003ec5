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
    Span<const double> start{};  // empty: everybody is there from the beginning
    Span<const int> mark{};      // bit 1 for the first and bit 2 for the last row of a patient; empty: each row is one
};

// Kaplan-Meier curves of the censoring and, where patients come under observation after the first has left it, of the
// entry, back in time.
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
    // G(t-) of a group 0, 1, ..., times H(t-) where there are late entries; 0 after the last time of the group, where
    // nothing is known
    double before(double time, std::size_t group) const;

  private:
    // H(t-) up to a time of entry and after the one before.
    struct Entry {
        double time;
        double share;
    };
    void add_censoring(const CensoringInput& input, std::size_t group, Span<const Index> by_stop,
                       Span<const Index> by_start);
    void add_entries(const CensoringInput& input, std::size_t group, Span<const Index> by_stop,
                     Span<const Index> by_start);

    Vector<Vector<Step>> steps_;
    Vector<Vector<Entry>> entries_;
    Vector<double> last_;
};

// The Fine-Gray model as a Cox model whose competing events (status 2) stay in the risk set with weights
// G(t-) / G(stop-), with late entries G(t-) H(t-) / (G(stop-) H(stop-)). Fine & Gray (1999) JASA 94:496; the weights as
// in Geskus (2011) Biometrics 67:39.
CoxData sort_finegray_data(const CoxInput& input, const CensoringInput& censoring, const CensoringCurves& curves);

// What the estimation of G adds to the score of each input row, a row a column: eq. 8 of Fine & Gray (1999).
Eigen::MatrixXd censoring_scores(const CoxData& data, const RiskScores& scores, Ties ties,
                                 const CensoringInput& censoring, const CensoringCurves& curves);

}  // namespace survmatch
