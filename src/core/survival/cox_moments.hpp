#pragma once

#include "core/survival/cox_likelihood.hpp"

namespace survmatch {

// PartialLikelihood with the second moments of the risk set carried along, p^2 a row and event time: for
// few covariates, and for data that are small. There it keeps more digits when a covariate separates those with an
// event, and its sums are made in the order of survival's, so that a coefficient which runs away stops at the same
// iteration and value.
CoxLikelihood cox_likelihood_by_moments(const CoxData& data, const LeavingRows& leaving, const Eigen::VectorXd& beta,
                                        Ties ties);

}  // namespace survmatch
