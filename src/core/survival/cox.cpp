#include "core/survival/cox.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_moments.hpp"
#include "core/survival/cox_newton.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/weighted_crossproduct.hpp"

namespace survmatch {

// Therneau & Grambsch (2000) Modeling Survival Data, eq. 3.3-3.6, in the order
//   information = sum_i w_i e_i z_i z_i' - sum_k w_k zbar_k zbar_k'
// over rows i with expected events e_i and over the factors k with their risk-set means: the second moment of each
// risk set, which costs p^2 a row and time, is thereby two matrix products.
CoxLikelihood cox_likelihood(const CoxData& data, const Eigen::VectorXd& beta, Ties ties) {
    if (data.kept.empty() && (data.small() || data.covariates() <= 5)) return cox_likelihood_by_moments(data, beta, ties);
    const auto p = static_cast<std::size_t>(data.covariates());
    const RiskScores scores = risk_scores(data, beta);
    CoxLikelihood result;
    result.score = Eigen::VectorXd::Zero(data.covariates());
    WeightedCrossproduct information(data.covariates());

    RiskSet at_risk(data, scores.risk, p > 0);
    Vector<TieTerm> terms;
    Vector<HazardStep> steps(data.events.size());
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        const Stratum& stratum = data.strata[s];
        at_risk.start_stratum(s);
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            at_risk.reach(data.events[e]);
            tie_terms(ties, at_risk.tied(), terms);
            for (const TieTerm& term : terms) {
                result.loglik -= term.weight * std::log(term.denominator);
                double* mean = information.next(-term.weight);
                for (std::size_t j = 0; j < p; ++j) mean[j] = at_risk.mean(term, j);
            }
            steps[e] = hazard_step(terms);
            at_risk.settle();
        }
    }

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

namespace {

CoxFit on_original_scale(CoxFit fit, const Eigen::VectorXd& scale) {
    fit.coefficients = fit.coefficients.cwiseProduct(scale);
    fit.score = fit.score.cwiseQuotient(scale);
    fit.variance = scale.asDiagonal() * fit.variance * scale.asDiagonal();
    return fit;
}

}  // namespace

CoxFit fit_cox(const CoxData& data, const Eigen::VectorXd& start, const CoxOptions& options, Hooks& hooks) {
    if (start.size() != data.covariates()) throw InputError("one starting value a covariate is needed");
    const auto likelihood = [&](const Eigen::VectorXd& beta) {
        hooks.tick(0, 0);
        return cox_likelihood(data, beta, options.ties);
    };
    const Eigen::VectorXd scaled_start = start.cwiseQuotient(data.scale);
    return on_original_scale(data.counting() || !data.kept.empty()
                                 ? newton_counting(likelihood, scaled_start, options)
                                 : newton_right_censored(likelihood, scaled_start, options),
                             data.scale);
}

CoxFit fit_ridge(const CoxData& data, const Eigen::VectorXd& start, const Eigen::VectorXd& precision,
                 const CoxOptions& options, Hooks& hooks) {
    if (start.size() != data.covariates() || precision.size() != data.covariates()) {
        throw InputError("one starting value and one precision a covariate are needed");
    }
    const Eigen::VectorXd scaled = precision.cwiseProduct(data.scale).cwiseProduct(data.scale);
    const auto likelihood = [&](const Eigen::VectorXd& beta) {
        hooks.tick(0, 0);
        CoxLikelihood at = cox_likelihood(data, beta, options.ties);
        const Eigen::VectorXd pull = scaled.cwiseProduct(beta);
        at.loglik -= 0.5 * pull.dot(beta);
        at.score -= pull;
        at.information.diagonal() += scaled;
        return at;
    };
    return on_original_scale(newton_halving(likelihood, start.cwiseQuotient(data.scale), options), data.scale);
}

}  // namespace survmatch
