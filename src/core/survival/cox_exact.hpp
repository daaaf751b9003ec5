#pragma once

#include "core/survival/cox.hpp"
#include "core/survival/cox_likelihood.hpp"

namespace survmatch {

// The exact conditional likelihood for tied deaths (discrete time; conditional logistic regression): d deaths against
// all subsets of size d of the risk set. Case weights have no meaning here and are not used.
CoxLikelihood cox_exact_likelihood(const CoxData& data, const Eigen::VectorXd& beta);

// On the scale of the covariates that `data` was made from: they come scaled, and CoxInput::centred is 0.
CoxFit fit_cox_exact(const CoxData& data, const Eigen::VectorXd& start, const CoxOptions& options = {},
                     Hooks& hooks = no_hooks());

}  // namespace survmatch
