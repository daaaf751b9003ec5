#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "core/base/vector.hpp"

namespace survmatch {

// sum_k w_k v_k v_k' for many vectors v_k of the same length, weights of either sign, as products of blocks.
class WeightedCrossproduct {
  public:
    explicit WeightedCrossproduct(Eigen::Index length);

    // The place where the caller writes the next vector.
    double* next(double weight);
    void add(const Eigen::MatrixXd& columns, const Vector<double>& weights);
    // The full symmetric matrix.
    Eigen::MatrixXd value();

  private:
    void flush();

    Eigen::MatrixXd sum_;  // lower triangle
    Eigen::MatrixXd block_, weighted_;
    Eigen::VectorXd weights_;
    Eigen::Index filled_ = 0;
};

}  // namespace survmatch
