#include "core/matching/set_weights.hpp"

#include <algorithm>
#include <cstddef>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

Vector<std::size_t> units_with(Span<const int> focal) {
    Vector<std::size_t> units;
    for (std::size_t unit = 0; unit < focal.size(); ++unit) {
        if (focal[unit] == 1) units.push_back(unit);
    }
    return units;
}

}  // namespace

Vector<int> sets_of_pairs(Span<const int> partner, Span<const int> focal) {
    const Vector<std::size_t> units = units_with(focal);
    const std::size_t rows = units.size();
    Vector<int> set(focal.size(), 0);
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

Vector<double> weights_of_pairs(Span<const int> partner, Span<const int> focal) {
    const Vector<std::size_t> units = units_with(focal);
    const std::size_t rows = units.size();
    Vector<double> weights(focal.size(), 0.0);
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

namespace {

// What each set holds of the control arm and of the treated one.
template <class Sum>
struct SetTotals {
    Sum control = 0;
    Sum treated = 0;
};

template <class Sum, class MassOf>
Vector<SetTotals<Sum>> totals_of_sets(Span<const int> set, Span<const int> treated, MassOf mass_of) {
    const auto sets =
        set.empty() ? std::size_t{0} : static_cast<std::size_t>(*std::max_element(set.begin(), set.end()));
    Vector<SetTotals<Sum>> totals(sets + 1);
    for (std::size_t i = 0; i < set.size(); ++i) {
        SetTotals<Sum>& here = totals[static_cast<std::size_t>(set[i])];
        (treated[i] == 1 ? here.treated : here.control) += mass_of(i);
    }
    return totals;
}

template <class Sum>
Vector<double> weights_from_totals(const Vector<SetTotals<Sum>>& totals, Span<const int> set, Span<const int> treated,
                                   SetEstimand estimand) {
    Vector<double> weights(set.size(), 0.0);
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (set[i] == 0) continue;
        const bool is_treated = treated[i] == 1;
        if (estimand == (is_treated ? SetEstimand::att : SetEstimand::atc)) {
            weights[i] = 1.0;
            continue;
        }
        const SetTotals<Sum>& here = totals[static_cast<std::size_t>(set[i])];
        const double ratio = static_cast<double>(is_treated ? here.control : here.treated) /
                             static_cast<double>(is_treated ? here.treated : here.control);
        weights[i] = estimand == SetEstimand::ate ? 1.0 + ratio : ratio;
    }
    return weights;
}

}  // namespace

Vector<double> weights_of_sets(Span<const int> set, Span<const int> treated, SetEstimand estimand,
                               Span<const double> mass) {
    if (mass.empty()) {
        const auto one = [](std::size_t) { return 1; };
        return weights_from_totals(totals_of_sets<int>(set, treated, one), set, treated, estimand);
    }
    // long double, as R sums: sampling weights then give R's ratios to the last digit
    const auto mass_of = [&](std::size_t i) { return mass[i]; };
    return weights_from_totals(totals_of_sets<long double>(set, treated, mass_of), set, treated, estimand);
}

void scale_to_arm_sizes(Span<double> weights, Span<const int> treated) {
    long double sums[2] = {0.0L, 0.0L};
    std::size_t counts[2] = {0, 0};
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const int arm = treated[i] == 1;
        const bool counted = weights[i] > 0;
        sums[arm] += counted ? weights[i] : 0.0;
        counts[arm] += counted;
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const int arm = treated[i] == 1;
        if (weights[i] > 0) weights[i] = static_cast<double>(counts[arm]) * weights[i] / static_cast<double>(sums[arm]);
    }
}

}  // namespace survmatch
