#pragma once

// Eigen's vectors and matrices from R and to R, by copy.

#include <Eigen/Core>
#include <algorithm>

#include "glue.h"

namespace survmatch::glue {

inline Eigen::VectorXd vector(const Rcpp::NumericVector& x) {
    return Eigen::Map<const Eigen::VectorXd>(x.begin(), static_cast<Eigen::Index>(x.size()));
}
inline Eigen::MatrixXd matrix(const Rcpp::NumericMatrix& x) {
    return Eigen::Map<const Eigen::MatrixXd>(x.begin(), x.nrow(), x.ncol());
}
inline Rcpp::NumericVector to_r(const Eigen::VectorXd& x) { return {x.data(), x.data() + x.size()}; }
inline Rcpp::NumericMatrix to_r(const Eigen::MatrixXd& x) {
    auto out = to_fill<Rcpp::NumericMatrix>(static_cast<std::size_t>(x.rows()), static_cast<std::size_t>(x.cols()));
    std::copy(x.data(), x.data() + x.size(), out.begin());
    return out;
}

}  // namespace survmatch::glue
