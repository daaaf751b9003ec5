#pragma once

#include "core/survival/cox_likelihood.hpp"

namespace survmatch {

// PartialLikelihood by products of matrices: for many covariates, and with rows that stay after another event.
CoxLikelihood cox_likelihood_by_products(const CoxData& data, const Eigen::VectorXd& beta, Ties ties);

}  // namespace survmatch
