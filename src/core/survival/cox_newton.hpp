#pragma once

#include <functional>

#include "core/survival/cox.hpp"
#include "core/survival/cox_likelihood.hpp"

namespace survmatch {

using LikelihoodFunction = std::function<CoxLikelihood(const Eigen::VectorXd&)>;

// Newton's method with step halving by the rules of survival 3.8, so that the number of iterations, what counts as
// converged and the state after the last iteration agree with it: one rule for right-censored data, one for
// (start, stop], one (halving) for penalised and exact likelihoods. Results are on the scale of the function.
CoxFit newton_right_censored(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start,
                             const CoxOptions& options);
CoxFit newton_counting(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start, const CoxOptions& options);
CoxFit newton_halving(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start, const CoxOptions& options);

}  // namespace survmatch
