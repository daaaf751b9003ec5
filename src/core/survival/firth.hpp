#pragma once

#include <Eigen/Core>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox.hpp"
#include "core/survival/cox_likelihood.hpp"

namespace survmatch {

// The log likelihood plus half the log determinant of the information (Jeffreys' prior), with its derivative.
struct FirthLikelihood {
    double loglik = 0.0;
    Eigen::VectorXd score;
    Eigen::MatrixXd information;  // of the likelihood alone
    int rank = 0;
};
// `partial`: the likelihood of the same data and ties.
FirthLikelihood firth_likelihood(const CoxData& data, const PartialLikelihood& partial, const Eigen::VectorXd& beta,
                                 const CoxOptions& options);

// The maximum over the coefficients that are `free`, the others held at `start`. Coefficients and variance are on the
// original scale, as is the determinant in the log likelihoods. The iteration ends when no coefficient moves by more
// than options.tolerance (of a standardised covariate).
CoxFit fit_firth(const CoxData& data, const Eigen::VectorXd& start, const Vector<bool>& free, const CoxOptions& options,
                 Hooks& hooks = no_hooks());

}  // namespace survmatch
