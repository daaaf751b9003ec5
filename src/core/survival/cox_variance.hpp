#pragma once

#include <Eigen/Core>

#include "core/survival/cox_data.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// The sum of the weighted score residuals and the sum over clusters of their outer products.
struct ClusterScores {
    Eigen::VectorXd total;
    Eigen::MatrixXd outer;
};

// Residuals without case weights come one column a position of `data`. `cluster` has a code 1 .. clusters for each
// input row; empty: each row is its own cluster.
ClusterScores sum_by_cluster(const CoxData& data, const Eigen::MatrixXd& residual, Span<const int> cluster,
                             std::size_t clusters);
ClusterScores cluster_scores(const CoxData& data, const RiskScores& scores, Ties ties, Span<const int> cluster,
                             std::size_t clusters);

}  // namespace survmatch
