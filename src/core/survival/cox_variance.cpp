#include "core/survival/cox_variance.hpp"

#include "core/base/error.hpp"
#include "core/survival/cox_residuals.hpp"

namespace survmatch {

ClusterScores sum_by_cluster(const CoxData& data, const Eigen::MatrixXd& residual, Span<const int> cluster,
                             std::size_t clusters) {
    if (!cluster.empty() && cluster.size() != data.input_rows) throw InputError("one cluster a row is needed");
    const Eigen::Index p = residual.rows();
    ClusterScores result{Eigen::VectorXd::Zero(p), Eigen::MatrixXd::Zero(p, p)};
    Eigen::MatrixXd sums =
        Eigen::MatrixXd::Zero(p, static_cast<Eigen::Index>(cluster.empty() ? data.size() : clusters));
    for (std::size_t k = 0; k < data.size(); ++k) {
        const auto column = static_cast<Eigen::Index>(k);
        const int code = cluster.empty() ? static_cast<int>(k) + 1 : cluster[data.row[k]];
        if (code < 1 || code > sums.cols()) throw InputError("cluster codes must be 1, 2, ...");
        sums.col(code - 1) += data.weight[k] * residual.col(column);
    }
    result.total = sums.rowwise().sum();
    result.outer = sums * sums.transpose();
    return result;
}

// Lin & Wei (1989) JASA 84:1074; with clusters Lee, Wei & Amato (1992). Linear in the rows: the residuals come from
// running totals, and only sums over clusters are multiplied.
ClusterScores cluster_scores(const CoxData& data, const RiskScores& scores, Ties ties, Span<const int> cluster,
                             std::size_t clusters) {
    return sum_by_cluster(data, score_residuals(data, scores, ties), cluster, clusters);
}

}  // namespace survmatch
