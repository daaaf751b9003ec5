#include "core/survival/cox_moments.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/cox_risk.hpp"

namespace survmatch {

namespace {

// Sums over a set of rows of risk, risk z and the lower triangle of risk z z'.
class Moments {
  public:
    explicit Moments(std::size_t p) : first(p), second(p * (p + 1) / 2) {}

    void clear() {
        risk = 0.0;
        std::fill(first.begin(), first.end(), 0.0);
        std::fill(second.begin(), second.end(), 0.0);
    }
    void add(double row_risk, const double* z) {
        risk += row_risk;
        for (std::size_t j = 0, jk = 0; j < first.size(); ++j) {
            first[j] += row_risk * z[j];
            for (std::size_t k = 0; k <= j; ++k, ++jk) second[jk] += row_risk * z[j] * z[k];
        }
    }
    void subtract(double row_risk, const double* z) { add(-row_risk, z); }
    void add_part(const Moments& other, double parts) {
        risk += other.risk / parts;
        for (std::size_t j = 0; j < first.size(); ++j) first[j] += other.first[j] / parts;
        for (std::size_t jk = 0; jk < second.size(); ++jk) second[jk] += other.second[jk] / parts;
    }

    double risk = 0.0;
    Vector<double> first;
    Vector<double> second;
};

void add_factor(const Moments& at_risk, double weight, CoxLikelihood& result) {
    result.loglik -= weight * std::log(at_risk.risk);
    for (std::size_t j = 0, jk = 0; j < at_risk.first.size(); ++j) {
        const double mean = at_risk.first[j] / at_risk.risk;
        const auto row = static_cast<Eigen::Index>(j);
        result.score[row] -= weight * mean;
        for (std::size_t k = 0; k <= j; ++k, ++jk) {
            const double variance = at_risk.second[jk] - mean * at_risk.first[k];
            result.information(row, static_cast<Eigen::Index>(k)) += weight * variance / at_risk.risk;
        }
    }
}

}  // namespace

CoxLikelihood cox_likelihood_by_moments(const CoxData& data, const Eigen::VectorXd& beta, Ties ties) {
    const auto p = static_cast<std::size_t>(data.covariates());
    const RiskScores scores = risk_scores(data, beta);
    CoxLikelihood result;
    result.score = Eigen::VectorXd::Zero(data.covariates());
    result.information = Eigen::MatrixXd::Zero(data.covariates(), data.covariates());
    const auto covariates = [&](std::size_t k) { return p == 0 ? nullptr : &data.z(0, static_cast<Eigen::Index>(k)); };

    Moments at_risk(p);
    Moments deaths(p);
    Vector<TieTerm> terms;
    for (const Stratum& stratum : data.strata) {
        at_risk.clear();
        std::size_t members = 0;
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            const EventTime& event = data.events[e];
            for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) {
                const Index leaver = data.by_start[k];
                at_risk.subtract(scores.risk[leaver], covariates(leaver));
                if (--members == 0) at_risk.clear();
            }
            deaths.clear();
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (!data.event[k]) {
                    at_risk.add(scores.risk[k], covariates(k));
                    continue;
                }
                deaths.add(scores.risk[k], covariates(k));
                result.loglik += data.weight[k] * scores.predictor[k];
                for (std::size_t j = 0; j < p; ++j) {
                    result.score[static_cast<Eigen::Index>(j)] += data.weight[k] * covariates(k)[j];
                }
            }
            members += event.add_end - event.add_begin;
            // After the last factor all deaths are members of the risk sets of earlier times.
            tie_terms(ties, {event.deaths, event.death_weight, deaths.risk, at_risk.risk}, terms);
            for (const TieTerm& term : terms) {
                at_risk.add_part(deaths, static_cast<double>(terms.size()));
                add_factor(at_risk, term.weight, result);
            }
        }
    }
    result.information = Eigen::MatrixXd(result.information.selfadjointView<Eigen::Lower>());
    return result;
}

}  // namespace survmatch
