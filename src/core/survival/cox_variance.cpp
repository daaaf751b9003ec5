#include "core/survival/cox_variance.hpp"

#include "core/base/error.hpp"
#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_residuals.hpp"
#include "core/survival/large_matrix.hpp"
#include "core/survival/weighted_crossproduct.hpp"

namespace survmatch {

namespace {

// Whether each input row is a cluster of its own.
bool all_apart(Span<const int> cluster, std::size_t clusters) {
    if (cluster.empty()) return true;
    if (cluster.size() != clusters) return false;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
        if (cluster[i] != static_cast<int>(i) + 1) return false;
    }
    return true;
}

}  // namespace

ClusterScores sum_by_cluster(const CoxData& data, const Eigen::MatrixXd& residual, Span<const int> cluster,
                             std::size_t clusters) {
    if (!cluster.empty() && cluster.size() != data.input_rows) throw InputError("one cluster a row is needed");
    const Eigen::Index p = residual.rows();
    ClusterScores result{Eigen::VectorXd::Zero(p), Eigen::MatrixXd::Zero(p, p)};
    if (all_apart(cluster, clusters)) {
        const Eigen::Map<const Eigen::VectorXd> weight(data.weight.data(), static_cast<Eigen::Index>(data.size()));
        result.total = residual * weight;
        WeightedCrossproduct outer(p);
        Vector<double> squared(data.size());
        for (std::size_t k = 0; k < data.size(); ++k) squared[k] = data.weight[k] * data.weight[k];
        outer.add(residual, squared);
        result.outer = outer.value();
        return result;
    }
    Eigen::MatrixXd sums = large_zero_matrix(p, static_cast<Eigen::Index>(clusters));
    const auto sum_of = [&](std::size_t k) {
        const int code = cluster[data.row[k]];
        if (code < 1 || code > sums.cols()) throw InputError("cluster codes must be 1, 2, ...");
        return sums.data() + (code - 1) * p;
    };
    constexpr std::size_t far = 32, near = 16;
    for (std::size_t k = 0; k < data.size(); ++k) {
        if (k + far < data.size()) {
            prefetch(&cluster[data.row[k + far]]);
            prefetch(sum_of(k + near));
        }
        double* sum = sum_of(k);
        const double* row = residual.data() + static_cast<Eigen::Index>(k) * p;
        for (Eigen::Index j = 0; j < p; ++j) sum[j] += data.weight[k] * row[j];
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
