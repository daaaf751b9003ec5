#pragma once

#include "core/survival/cox.hpp"

namespace survmatch {

// cox_likelihood() with the second moments of the risk set carried along, p^2 a row and event time. For data that are
// small: it keeps more digits when a covariate separates those with an event, and its sums are made in the order of
// survival's, so that a coefficient which runs away stops at the same iteration and value.
CoxLikelihood cox_likelihood_by_moments(const CoxData& data, const Eigen::VectorXd& beta, Ties ties);

}  // namespace survmatch
