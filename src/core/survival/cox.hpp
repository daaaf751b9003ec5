#pragma once

#include <Eigen/Core>

#include "core/base/hooks.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

struct CoxOptions {
    Ties ties = Ties::efron;
    int max_iterations = 20;
    double tolerance = 1e-9;               // of the relative change of the log likelihood
    double rank_tolerance = 1.818989e-12;  // of a pivot, relative to the largest diagonal element of the information
};

struct CoxFit {
    Eigen::VectorXd coefficients;  // on the original scale; a redundant column keeps its starting value
    Eigen::MatrixXd variance;      // rows and columns of redundant covariates are 0
    Eigen::VectorXd score;         // at the coefficients
    double loglik_start = 0.0;
    double loglik = 0.0;
    double score_test = 0.0;  // at the starting values
    int iterations = 0;
    int rank = 0;
    int halvings = 0;
    bool converged = true;
};

// The maximum of the log likelihood minus half the sum of precision * coefficient^2, one precision a covariate on the
// original scale: a ridge. The log likelihoods have the penalty, and the variance is the inverse of the penalised
// information.
CoxFit fit_ridge(const CoxData& data, const Eigen::VectorXd& start, const Eigen::VectorXd& precision,
                 const CoxOptions& options, Hooks& hooks = no_hooks());

CoxFit fit_cox(const CoxData& data, const Eigen::VectorXd& start, const CoxOptions& options = {},
               Hooks& hooks = no_hooks());

}  // namespace survmatch
