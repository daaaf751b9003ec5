#include "core/survival/bootstrap.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
#include "core/base/random.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

constexpr double no_estimate = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ResampledNumbers::ResampledNumbers(const BootstrapInput& input, const BootstrapTargets& targets)
    : input_(input), targets_(targets), order_(time_order(input.time)) {
    std::reverse(order_.begin(), order_.end());
    for (std::size_t k = 0; k < order_.size(); ++k) {
        if (k > 0 && input.time[order_[k]] == time_.back()) continue;
        time_begin_.push_back(k);
        time_.push_back(input.time[order_[k]]);
    }
    time_begin_.push_back(order_.size());
    at_risk_.resize(time_.size() * input.arms);
    deaths_.resize(time_.size() * input.arms);
    death_rows_.resize(time_.size());
}

std::size_t ResampledNumbers::size() const {
    const std::size_t each = (std::isnan(targets_.tau) ? 0 : 1) + targets_.times.size() + targets_.quantiles.size();
    return (input_.arms == 2 ? 1 : 0) + input_.arms * each;
}

void ResampledNumbers::gather(const Vector<int>& count) {
    const std::size_t arms = input_.arms;
    std::fill(deaths_.begin(), deaths_.end(), 0.0);
    std::fill(death_rows_.begin(), death_rows_.end(), 0.0);
    Vector<double> now(arms, 0.0);
    for (std::size_t t = 0; t < time_.size(); ++t) {
        for (std::size_t k = time_begin_[t]; k < time_begin_[t + 1]; ++k) {
            const std::size_t i = order_[k];
            const int copies = count[static_cast<std::size_t>(input_.unit[i])];
            if (copies == 0) continue;
            const auto arm = static_cast<std::size_t>(input_.arm[i]);
            const double weight = copies * input_.weight[i];
            now[arm] += weight;
            if (input_.event[i] != 1) continue;
            deaths_[t * arms + arm] += weight;
            death_rows_[t] += copies;
        }
        std::copy(now.begin(), now.end(), at_risk_.begin() + static_cast<std::ptrdiff_t>(t * arms));
    }
}

// Newton's method on one coefficient; the log likelihood is concave.
double ResampledNumbers::log_hazard_ratio() const {
    double events[2] = {0.0, 0.0};
    bool both = false;
    for (std::size_t t = 0; t < time_.size(); ++t) {
        events[0] += deaths_[2 * t];
        events[1] += deaths_[2 * t + 1];
        both = both || (death_rows_[t] > 0.0 && at_risk_[2 * t] > 0.0 && at_risk_[2 * t + 1] > 0.0);
    }
    if (!both || !(events[0] > 0.0) || !(events[1] > 0.0)) return no_estimate;
    double beta = 0.0;
    for (int iteration = 0; iteration < 50; ++iteration) {
        const double ratio = std::exp(beta);
        double score = 0.0, information = 0.0;
        for (std::size_t t = 0; t < time_.size(); ++t) {
            const double rows = death_rows_[t];
            if (rows == 0.0) continue;
            const double d0 = deaths_[2 * t], d1 = deaths_[2 * t + 1] * ratio;
            const double y0 = at_risk_[2 * t], y1 = at_risk_[2 * t + 1] * ratio;
            const double each = (d0 + deaths_[2 * t + 1]) / rows;
            score += deaths_[2 * t + 1];
            for (double left = 0.0; left < rows; left += 1.0) {
                const double gone = left / rows;
                const double share = (y1 - gone * d1) / (y0 - gone * d0 + y1 - gone * d1);
                score -= each * share;
                information += each * share * (1.0 - share);
            }
        }
        if (!(information > 0.0)) return no_estimate;
        const double step = std::max(-2.0, std::min(2.0, score / information));
        beta += step;
        if (std::fabs(step) < 1e-10 * (1.0 + std::fabs(beta))) return std::fabs(beta) < 20.0 ? beta : no_estimate;
    }
    return no_estimate;
}

void ResampledNumbers::curve_numbers(std::size_t arm, double* mean, double* survival, double* quantiles) const {
    const std::size_t arms = input_.arms;
    const std::size_t times = targets_.times.size(), shares = targets_.quantiles.size();
    const bool anybody = !time_.empty() && at_risk_[(time_.size() - 1) * arms + arm] > 0.0;
    std::fill(survival, survival + times, anybody ? 1.0 : no_estimate);
    std::fill(quantiles, quantiles + shares, no_estimate);
    double s = 1.0, area = 0.0, from = 0.0;
    for (std::size_t t = time_.size(); t-- > 0;) {
        const double deaths = deaths_[t * arms + arm];
        if (!(deaths > 0.0)) continue;
        const double left = at_risk_[t * arms + arm] - deaths;
        if (!std::isnan(targets_.tau) && from < targets_.tau) area += s * (std::min(time_[t], targets_.tau) - from);
        from = time_[t];
        const double before = s;
        s *= left <= 1e-12 * at_risk_[t * arms + arm] ? 0.0 : left / at_risk_[t * arms + arm];
        for (std::size_t j = 0; j < times; ++j) {
            if (targets_.times[j] >= time_[t]) survival[j] = s;
        }
        for (std::size_t q = 0; q < shares; ++q) {
            const double level = 1.0 - targets_.quantiles[q];
            if (before > level + 1e-12 && s <= level + 1e-12) quantiles[q] = time_[t];
        }
    }
    if (mean != nullptr) {
        if (from < targets_.tau) area += s * (targets_.tau - from);
        *mean = anybody ? area : no_estimate;
    }
}

void ResampledNumbers::compute(const Vector<int>& count, double* out) {
    gather(count);
    if (input_.arms == 2) *out++ = log_hazard_ratio();
    const bool with_mean = !std::isnan(targets_.tau);
    double* means = out;
    double* survival = means + (with_mean ? input_.arms : 0);
    double* quantiles = survival + input_.arms * targets_.times.size();
    for (std::size_t arm = 0; arm < input_.arms; ++arm) {
        curve_numbers(arm, with_mean ? means + arm : nullptr, survival + arm * targets_.times.size(),
                      quantiles + arm * targets_.quantiles.size());
    }
}

Vector<double> bootstrap_numbers(const BootstrapInput& input, const BootstrapTargets& targets, std::size_t replicates,
                                 std::uint64_t seed, int threads, Hooks& hooks) {
    const ResampledNumbers sorted(input, targets);
    Vector<double> out(replicates * sorted.size());
    for_each_item(replicates, threads, hooks, [&] {
        return [&, numbers = sorted, count = Vector<int>(input.units)](std::size_t b, Hooks&) mutable {
            RandomStream random(seed, b);
            std::fill(count.begin(), count.end(), 0);
            for (std::size_t k = 0; k < input.units; ++k)
                ++count[random.below(static_cast<std::uint32_t>(input.units))];
            numbers.compute(count, &out[b * numbers.size()]);
        };
    });
    return out;
}

Vector<double> jackknife_numbers(const BootstrapInput& input, const BootstrapTargets& targets, int threads,
                                 Hooks& hooks) {
    const ResampledNumbers sorted(input, targets);
    Vector<double> out(input.units * sorted.size());
    for_each_item(input.units, threads, hooks, [&] {
        return [&, numbers = sorted, count = Vector<int>(input.units, 1)](std::size_t u, Hooks&) mutable {
            count[u] = 0;
            numbers.compute(count, &out[u * numbers.size()]);
            count[u] = 1;
        };
    });
    return out;
}

}  // namespace survmatch
