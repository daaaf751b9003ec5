#pragma once

#include <Eigen/Core>

#include "core/base/vector.hpp"

namespace survmatch {

// A matrix in memory that is asked for as that of Vector is, not filled yet.
inline Eigen::MatrixXd large_matrix(Eigen::Index rows, Eigen::Index columns) {
    Eigen::MatrixXd matrix(rows, columns);
    ask_for_large_pages(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(double));
    return matrix;
}

inline Eigen::MatrixXd large_zero_matrix(Eigen::Index rows, Eigen::Index columns) {
    Eigen::MatrixXd matrix = large_matrix(rows, columns);
    matrix.setZero();
    return matrix;
}

}  // namespace survmatch
