#include "core/balance/column_balance.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/radix_order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

namespace {

struct ArmSums {
    CompensatedSum w, ww, wx, spread;
};

void moments(Span<const double> x, Span<const int> treat, Span<const double> weight, ColumnBalance& out) {
    ArmSums arms[2];
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (weight[i] == 0.0) continue;
        ArmSums& arm = arms[treat[i]];
        arm.w += weight[i];
        arm.ww += weight[i] * weight[i];
        arm.wx += weight[i] * x[i];
    }
    const double mean[2] = {arms[0].wx.value() / arms[0].w.value(), arms[1].wx.value() / arms[1].w.value()};
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (weight[i] == 0.0) continue;
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

struct Walk {
    CompensatedSum difference, sum;
};

// +w / sum(w) for the treated and -w / sum(w) for the controls, the samples of a unit side by side.
Vector<double> walk_steps(Span<const int> treat, const MatrixView& weights) {
    const std::size_t samples = weights.columns();
    Vector<double> steps(treat.size() * samples);
    for (std::size_t s = 0; s < samples; ++s) {
        const Span<const double> weight = weights.column(s);
        double total[2] = {0.0, 0.0};
        for (std::size_t i = 0; i < treat.size(); ++i) total[treat[i]] += weight[i];
        for (std::size_t i = 0; i < treat.size(); ++i) {
            steps[i * samples + s] = (treat[i] == 1 ? 1.0 : -1.0) * weight[i] / total[treat[i]];
        }
    }
    return steps;
}

// The walk along the sorted values, read where the value changes; all samples in one go, since the order of the values
// jumps about in memory.
void distribution_distances(Span<const double> x, Span<const int> treat, const MatrixView& weights,
                            Vector<ColumnBalance>& out) {
    const Vector<Index> order = radix_order(x);
    const std::size_t samples = out.size();
    Vector<Walk> walks(samples);
    const Vector<double> steps = walk_steps(treat, weights);
    std::size_t values = 0;
    double next = order.empty() ? 0.0 : x[order[0]];
    for (std::size_t k = 0; k < order.size(); ++k) {
        const double here = next;
        const double* const step = &steps[order[k] * samples];
        for (std::size_t s = 0; s < samples; ++s) {
            if (step[s] != 0.0) walks[s].difference += step[s];
        }
        if (k + 1 < order.size()) {
            next = x[order[k + 1]];
            if (next == here) continue;
        }
        for (std::size_t s = 0; s < samples; ++s) {
            const double apart = std::fabs(walks[s].difference.value());
            out[s].ks = std::max(out[s].ks, apart);
            walks[s].sum += apart;
        }
        ++values;
    }
    for (std::size_t s = 0; s < samples; ++s) out[s].ecdf_mean = walks[s].sum.value() / static_cast<double>(values);
}

}  // namespace

Vector<ColumnBalance> balance_of_column(Span<const double> x, Span<const int> treat, const MatrixView& weights) {
    Vector<ColumnBalance> out(weights.columns());
    for (std::size_t s = 0; s < out.size(); ++s) moments(x, treat, weights.column(s), out[s]);
    distribution_distances(x, treat, weights, out);
    return out;
}

Vector<double> level_shares(Span<const int> code, std::size_t levels, Span<const int> treat,
                            const MatrixView& weights) {
    Vector<double> shares(levels * 2 * weights.columns(), 0.0);
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
