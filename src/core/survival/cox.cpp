#include "core/survival/cox.hpp"

#include "core/base/error.hpp"
#include "core/survival/cox_likelihood.hpp"
#include "core/survival/cox_newton.hpp"

namespace survmatch {

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
    const PartialLikelihood partial(data, options.ties);
    const auto likelihood = [&](const Eigen::VectorXd& beta) {
        hooks.tick(0, 0);
        return partial.at(beta);
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
    const PartialLikelihood partial(data, options.ties);
    const auto likelihood = [&](const Eigen::VectorXd& beta) {
        hooks.tick(0, 0);
        CoxLikelihood at = partial.at(beta);
        const Eigen::VectorXd pull = scaled.cwiseProduct(beta);
        at.loglik -= 0.5 * pull.dot(beta);
        at.score -= pull;
        at.information.diagonal() += scaled;
        return at;
    };
    return on_original_scale(newton_halving(likelihood, start.cwiseQuotient(data.scale), options), data.scale);
}

}  // namespace survmatch
