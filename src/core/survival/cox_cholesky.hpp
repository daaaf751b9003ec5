#pragma once

#include <Eigen/Core>

namespace survmatch {

// The decomposition A = F D F' of a symmetric matrix, F with ones on its diagonal, that finds the columns which depend
// on earlier ones: a pivot below `tolerance` times the largest diagonal element is taken as 0, and the column is left
// out of solutions and of the inverse.
class RankCholesky {
  public:
    RankCholesky(const Eigen::MatrixXd& symmetric, double tolerance);

    // Columns kept; negative when the matrix is not positive semidefinite.
    int rank() const { return rank_; }
    bool kept(Eigen::Index column) const { return factor_(column, column) != 0.0; }
    double pivot(Eigen::Index column) const { return factor_(column, column); }
    bool finite() const { return factor_.allFinite(); }
    // Generalised inverse times b; 0 in the columns that were left out.
    Eigen::VectorXd solve(const Eigen::VectorXd& b) const;
    Eigen::MatrixXd inverse() const;

  private:
    Eigen::MatrixXd factor_;  // F below the diagonal, D on it
    int rank_ = 0;
};

// b' A^- b, the Wald or score statistic.
double quadratic_form(const Eigen::MatrixXd& symmetric, const Eigen::VectorXd& b, double tolerance);

}  // namespace survmatch
