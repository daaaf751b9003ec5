#pragma once

#include <Eigen/Core>

#include "core/base/vector.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// Log partial likelihood with its first and minus its second derivative, on the scaled covariates CoxData::z.
struct CoxLikelihood {
    double loglik = 0.0;
    Eigen::VectorXd score;
    Eigen::MatrixXd information;
};

// The rows of (start, stop] data once more, in the order in which they leave the risk sets: a pass over the data then
// reads memory from one end to the other. Empty for right-censored data.
struct LeavingRows {
    LeavingRows() = default;
    explicit LeavingRows(const CoxData& data);
    Eigen::MatrixXd z;
    Vector<double> weight, offset;
};

// The likelihood of one data set, for one vector of coefficients after the other.
class PartialLikelihood {
  public:
    PartialLikelihood(const CoxData& data, Ties ties);
    CoxLikelihood at(const Eigen::VectorXd& beta) const;

  private:
    const CoxData& data_;
    const Ties ties_;
    const bool by_moments_;
    const LeavingRows leaving_;
};

}  // namespace survmatch
