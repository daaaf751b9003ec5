#include "core/survival/cox_cholesky.hpp"

#include <cmath>

namespace survmatch {

RankCholesky::RankCholesky(const Eigen::MatrixXd& symmetric, double tolerance) : factor_(symmetric) {
    const Eigen::Index n = symmetric.rows();
    factor_.triangularView<Eigen::StrictlyUpper>().setZero();
    double largest = 0.0;
    for (Eigen::Index i = 0; i < n; ++i) {
        if (factor_(i, i) > largest) largest = factor_(i, i);
    }
    const double smallest = largest == 0.0 ? tolerance : largest * tolerance;

    bool nonnegative = true;
    for (Eigen::Index i = 0; i < n; ++i) {
        const double pivot = factor_(i, i);
        if (!std::isfinite(pivot) || pivot < smallest) {
            factor_(i, i) = 0.0;
            if (pivot < -8.0 * smallest) nonnegative = false;
            continue;
        }
        ++rank_;
        for (Eigen::Index j = i + 1; j < n; ++j) {
            const double ratio = factor_(j, i) / pivot;
            factor_(j, i) = ratio;
            factor_(j, j) -= ratio * ratio * pivot;
            for (Eigen::Index k = j + 1; k < n; ++k) factor_(k, j) -= ratio * factor_(k, i);
        }
    }
    if (!nonnegative) rank_ = -rank_;
}

Eigen::VectorXd RankCholesky::solve(const Eigen::VectorXd& b) const {
    const Eigen::Index n = factor_.rows();
    Eigen::VectorXd y = b;
    for (Eigen::Index i = 0; i < n; ++i) {
        for (Eigen::Index j = 0; j < i; ++j) y[i] -= y[j] * factor_(i, j);
    }
    for (Eigen::Index i = n; i-- > 0;) {
        if (!kept(i)) {
            y[i] = 0.0;
            continue;
        }
        y[i] /= factor_(i, i);
        for (Eigen::Index j = i + 1; j < n; ++j) y[i] -= y[j] * factor_(j, i);
    }
    return y;
}

Eigen::MatrixXd RankCholesky::inverse() const {
    const Eigen::Index n = factor_.rows();
    // G = F^-1 by forward substitution, a column that was left out taken as absent; then A^- = G' D^- G.
    Eigen::MatrixXd lower = Eigen::MatrixXd::Identity(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
        for (Eigen::Index i = j + 1; i < n; ++i) {
            double sum = 0.0;
            for (Eigen::Index k = j; k < i; ++k) {
                if (kept(k)) sum += factor_(i, k) * lower(k, j);
            }
            lower(i, j) = -sum;
        }
    }
    Eigen::VectorXd reciprocal(n);
    for (Eigen::Index i = 0; i < n; ++i) reciprocal[i] = kept(i) ? 1.0 / factor_(i, i) : 0.0;
    Eigen::MatrixXd result = lower.transpose() * reciprocal.asDiagonal() * lower;
    for (Eigen::Index i = 0; i < n; ++i) {
        if (kept(i)) continue;
        result.row(i).setZero();
        result.col(i).setZero();
    }
    return result;
}

double quadratic_form(const Eigen::MatrixXd& symmetric, const Eigen::VectorXd& b, double tolerance) {
    return b.dot(RankCholesky(symmetric, tolerance).solve(b));
}

}  // namespace survmatch
