#include "core/survival/cox_products.hpp"

#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/weighted_crossproduct.hpp"

namespace survmatch {

// Therneau & Grambsch (2000) Modeling Survival Data, eq. 3.3-3.6, in the order
//   information = sum_i w_i e_i z_i z_i' - sum_k w_k zbar_k zbar_k'
// over rows i with expected events e_i and over the factors k with their risk-set means: the second moment of each
// risk set, which costs p^2 a row and time, is thereby two matrix products.
CoxLikelihood cox_likelihood_by_products(const CoxData& data, const Eigen::VectorXd& beta, Ties ties) {
    const auto p = static_cast<std::size_t>(data.covariates());
    const RiskScores scores = risk_scores(data, beta);
    CoxLikelihood result;
    result.score = Eigen::VectorXd::Zero(data.covariates());
    WeightedCrossproduct information(data.covariates());

    RiskSet at_risk(data, scores.risk, p > 0);
    Vector<HazardStep> steps(data.events.size());
    visit_risk_sets(data, at_risk, ties, [&](std::size_t, std::size_t e, const Vector<TieTerm>& terms) {
        for (const TieTerm& term : terms) {
            result.loglik -= term.weight * std::log(term.denominator);
            double* mean = information.next(-term.weight);
            for (std::size_t j = 0; j < p; ++j) mean[j] = at_risk.mean(term, j);
        }
        steps[e] = hazard_step(terms);
    });

    const Vector<double> expected = expected_events(data, scores.risk, steps);
    for (std::size_t k = 0; k < data.size(); ++k) {
        const double observed = data.event[k] ? data.weight[k] : 0.0;
        if (data.event[k]) result.loglik += observed * scores.predictor[k];
        const double* z = p == 0 ? nullptr : &data.z(0, static_cast<Eigen::Index>(k));
        for (std::size_t j = 0; j < p; ++j)
            result.score[static_cast<Eigen::Index>(j)] += (observed - expected[k]) * z[j];
    }
    information.add(data.z, expected);
    result.information = information.value();
    return result;
}

}  // namespace survmatch
