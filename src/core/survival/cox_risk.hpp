#pragma once

#include <Eigen/Core>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// Linear predictor and risk = weight * exp(predictor) of each position of CoxData. The predictor is centred at the
// largest of its stratum where it would leave the range in which exp() is accurate; the partial likelihood does not see
// that.
struct RiskScores {
    Vector<double> predictor;
    Vector<double> risk;
};
RiskScores risk_scores(const CoxData& data, const Eigen::VectorXd& beta);
// The same for predictors given in the order of the input rows; empty for 0.
RiskScores risk_scores(const CoxData& data, Span<const double> predictor);

struct RowRisk {
    double predictor;
    double risk;
};

// Predictor and risk of one position after the other, without a vector of them where no predictor can be large.
class RowRisks {
  public:
    RowRisks(const CoxData& data, const Eigen::VectorXd& beta);

    // Of the row at `position`, whose values the caller gives from where it has them at hand; `p` so that the compiler
    // may know it.
    RowRisk at(std::size_t position, const double* z, std::size_t p, double offset, double weight) const {
        if (!scores_.risk.empty()) return {scores_.predictor[position], scores_.risk[position]};
        double predictor = data_.counting() ? 0.0 : offset;
        for (std::size_t j = 0; j < p; ++j) predictor += beta_[static_cast<Eigen::Index>(j)] * z[j];
        if (data_.counting()) predictor += offset;
        return {predictor, std::exp(predictor) * weight};
    }

  private:
    const CoxData& data_;
    const Eigen::VectorXd& beta_;
    RiskScores scores_;  // empty where they are not needed
};

// The risk set of one stratum as it goes back in time: sums of the risk and, when asked for, of risk times covariates.
// For (start, stop] data, whose sums also shrink, they are compensated.
class RiskSet {
  public:
    RiskSet(const CoxData& data, const Vector<double>& risk, bool with_covariates);

    void start_stratum(std::size_t stratum);
    // Those who start at this time or later leave, those who end at it or later enter.
    void reach(const EventTime& event);
    // After the event time was used: its deaths are members of the risk sets of earlier times.
    void settle();

    const TiedDeaths& tied() const { return tied_; }
    std::size_t covariates() const { return covariates_; }
    // The weighted mean of covariate j in one factor of the partial likelihood.
    double mean(const TieTerm& term, std::size_t j) const {
        return (other_sum(j) + term.share * death_sum_[j]) / term.denominator;
    }

  private:
    double other_sum(std::size_t j) const {
        const double sum = counting_ ? sum_[j] + lost_[j] : sum_[j];
        return kept_now_.empty() ? sum : sum + kept_now_[j + 1];
    }
    void add_other(std::size_t position, double sign);
    void add_death(std::size_t position);
    void clear();
    void keep(std::size_t position, double sign);
    void weigh_kept(std::size_t event);

    const CoxData& data_;
    const Vector<double>& risk_;
    const bool counting_;
    const std::size_t covariates_;
    std::size_t members_ = 0;
    TiedDeaths tied_;
    CompensatedSum risk_sum_;
    Vector<double> sum_, lost_;  // of those who do not die at the current time; the rounding lost in each addition
    Vector<double> death_sum_;
    // Of those who stay after another event and whose end has not been reached: by slot, risk and risk times covariates
    // over G(stop-); how many they are; and the sums with their shares at the current event time.
    Vector<Vector<CompensatedSum>> kept_;
    Vector<std::size_t> kept_rows_;
    Vector<double> kept_now_;
};

// Takes `at_risk` through the event times of all strata, from the last to the first: visit(s, e, terms) at event time
// e of stratum s, with the factors of the partial likelihood there.
template <class Visit>
void visit_risk_sets(const CoxData& data, RiskSet& at_risk, Ties ties, Visit visit) {
    Vector<TieTerm> terms;
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        at_risk.start_stratum(s);
        for (std::size_t e = data.strata[s].event_begin; e < data.strata[s].event_end; ++e) {
            at_risk.reach(data.events[e]);
            tie_terms(ties, at_risk.tied(), terms);
            visit(s, e, terms);
            at_risk.settle();
        }
    }
}

// For each position: the risk times the cumulative hazard over its interval, that is weight * expected events.
// `steps` has one entry an event time.
Vector<double> expected_events(const CoxData& data, const Vector<double>& risk, const Vector<HazardStep>& steps);

}  // namespace survmatch
