#include "core/balance/column_balance.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/radix_order.hpp"

namespace survmatch {

namespace {

struct ArmSums {
    CompensatedSum w, ww, wx, spread;
};

void moments(Span<const double> x, Span<const int> treat, Span<const double> weight, ColumnBalance& out) {
    ArmSums arms[2];
    for (std::size_t i = 0; i < x.size(); ++i) {
        ArmSums& arm = arms[treat[i]];
        arm.w += weight[i];
        arm.ww += weight[i] * weight[i];
        arm.wx += weight[i] * x[i];
    }
    const double mean[2] = {arms[0].wx.value() / arms[0].w.value(), arms[1].wx.value() / arms[1].w.value()};
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double distance = x[i] - mean[treat[i]];
        arms[treat[i]].spread += weight[i] * distance * distance;
    }
    const auto variance = [](const ArmSums& arm) {
        const double w = arm.w.value();
        return w / (w * w - arm.ww.value()) * arm.spread.value();
    };
    out.control = {mean[0], variance(arms[0])};
    out.treated = {mean[1], variance(arms[1])};
}

// The walk along the sorted values with +w / sum(w) for the treated and -w / sum(w) for the controls, read where the value changes.
void distribution_distance(Span<const double> x, Span<const int> treat, Span<const double> weight,
                           const std::vector<Index>& order, ColumnBalance& out) {
    double total[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < x.size(); ++i) total[treat[i]] += weight[i];
    CompensatedSum difference, sum;
    std::size_t values = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const Index i = order[k];
        difference += (treat[i] == 1 ? 1.0 : -1.0) * weight[i] / total[treat[i]];
        if (k + 1 < order.size() && x[order[k + 1]] == x[i]) continue;
        const double here = std::fabs(difference.value());
        out.ks = std::max(out.ks, here);
        sum += here;
        ++values;
    }
    out.ecdf_mean = sum.value() / static_cast<double>(values);
}

}  // namespace

std::vector<ColumnBalance> balance_of_column(Span<const double> x, Span<const int> treat, const MatrixView& weights) {
    const std::vector<Index> order = radix_order(x);
    std::vector<ColumnBalance> out(weights.columns());
    for (std::size_t s = 0; s < out.size(); ++s) {
        moments(x, treat, weights.column(s), out[s]);
        distribution_distance(x, treat, weights.column(s), order, out[s]);
    }
    return out;
}

std::vector<double> level_shares(Span<const int> code, std::size_t levels, Span<const int> treat,
                                 const MatrixView& weights) {
    std::vector<double> shares(levels * 2 * weights.columns(), 0.0);
    for (std::size_t s = 0; s < weights.columns(); ++s) {
        const Span<const double> weight = weights.column(s);
        double total[2] = {0.0, 0.0};
        double* arm[2] = {shares.data() + 2 * s * levels, shares.data() + (2 * s + 1) * levels};
        for (std::size_t i = 0; i < code.size(); ++i) {
            if (code[i] < 1) continue;
            arm[treat[i]][code[i] - 1] += weight[i];
            total[treat[i]] += weight[i];
        }
        for (int a = 0; a < 2; ++a) {
            for (std::size_t l = 0; l < levels; ++l) arm[a][l] /= total[a];
        }
    }
    return shares;
}

}  // namespace survmatch
