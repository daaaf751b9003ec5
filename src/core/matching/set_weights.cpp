#include "core/matching/set_weights.hpp"

#include <algorithm>
#include <cstddef>

namespace survmatch {

namespace {

std::vector<std::size_t> units_with(Span<const int> focal) {
    std::vector<std::size_t> units;
    for (std::size_t unit = 0; unit < focal.size(); ++unit) {
        if (focal[unit] == 1) units.push_back(unit);
    }
    return units;
}

}  // namespace

std::vector<int> sets_of_pairs(Span<const int> partner, Span<const int> focal) {
    const std::vector<std::size_t> units = units_with(focal);
    const std::size_t rows = units.size();
    std::vector<int> set(focal.size(), 0);
    int last = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t cell = row; cell < partner.size(); cell += rows) {
            if (partner[cell] < 0) continue;
            if (set[units[row]] == 0) set[units[row]] = ++last;
            set[static_cast<std::size_t>(partner[cell])] = last;
        }
    }
    return set;
}

std::vector<double> weights_of_pairs(Span<const int> partner, Span<const int> focal) {
    const std::vector<std::size_t> units = units_with(focal);
    const std::size_t rows = units.size();
    std::vector<double> weights(focal.size(), 0.0);
    for (std::size_t row = 0; row < rows; ++row) {
        int found = 0;
        for (std::size_t cell = row; cell < partner.size(); cell += rows) found += partner[cell] >= 0;
        if (found == 0) continue;
        for (std::size_t cell = row; cell < partner.size(); cell += rows) {
            if (partner[cell] >= 0) weights[static_cast<std::size_t>(partner[cell])] += 1.0 / found;
        }
        weights[units[row]] += 1.0;
    }
    return weights;
}

std::vector<double> weights_of_sets(Span<const int> set, Span<const int> treated, SetEstimand estimand,
                                    Span<const double> mass) {
    const std::size_t n = set.size();
    const auto sets = n == 0 ? std::size_t{0} : static_cast<std::size_t>(*std::max_element(set.begin(), set.end()));
    // long double, as R sums: sampling weights then give R's ratios to the last digit
    std::vector<long double> sums[2] = {std::vector<long double>(sets + 1, 0.0L), std::vector<long double>(sets + 1, 0.0L)};
    for (std::size_t i = 0; i < n; ++i) sums[treated[i] == 1][set[i]] += mass.empty() ? 1.0 : mass[i];

    std::vector<double> weights(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        if (set[i] == 0) continue;
        const bool is_treated = treated[i] == 1;
        const double own = static_cast<double>(sums[is_treated][set[i]]);
        const double other = static_cast<double>(sums[!is_treated][set[i]]);
        const bool stands_for_itself = estimand == (is_treated ? SetEstimand::att : SetEstimand::atc);
        if (estimand == SetEstimand::ate) {
            weights[i] = 1.0 + other / own;
        } else {
            weights[i] = stands_for_itself ? 1.0 : other / own;
        }
    }
    return weights;
}

void scale_to_arm_sizes(std::vector<double>& weights, Span<const int> treated) {
    long double sums[2] = {0.0L, 0.0L};
    std::size_t counts[2] = {0, 0};
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] > 0)) continue;
        sums[treated[i] == 1] += weights[i];
        ++counts[treated[i] == 1];
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] > 0)) continue;
        const bool arm = treated[i] == 1;
        weights[i] = static_cast<double>(counts[arm]) * weights[i] / static_cast<double>(sums[arm]);
    }
}

}  // namespace survmatch
