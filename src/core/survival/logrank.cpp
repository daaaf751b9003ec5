#include "core/survival/logrank.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/tied_times.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

constexpr std::size_t look_ahead = 24;

// Rows of a stratum that share a time: begin .. end - 1 of its order.
struct Tie {
    std::size_t begin;
    std::size_t end;
    double deaths;
};

void find_ties(Span<const Index> rows, Span<const double> time, Span<const double> status, Vector<Tie>& ties) {
    ties.clear();
    for (std::size_t i = 0; i < rows.size();) {
        Tie tie{i, i, 0.0};
        for (; tie.end < rows.size() && time[rows[tie.end]] == time[rows[i]]; ++tie.end) {
            tie.deaths += status[rows[tie.end]];
        }
        ties.push_back(tie);
        i = tie.end;
    }
}

// S(t-)^rho at each tie of a stratum of `size` rows.
void weigh_ties(const Vector<Tie>& ties, std::size_t size, double rho, Vector<double>& weights) {
    weights.assign(ties.size(), 1.0);
    if (rho == 0.0) return;
    double survival = 1.0;
    for (std::size_t k = 0; k < ties.size(); ++k) {
        weights[k] = std::pow(survival, rho);
        const double risk = static_cast<double>(size - ties[k].begin);
        survival = survival * (risk - ties[k].deaths) / risk;
    }
}

// Adds the hypergeometric variance of one tie, over the groups that have somebody at risk.
void add_variance(const Vector<double>& risk, double deaths, double at_risk, double weight, Vector<double>& variance) {
    const std::size_t groups = risk.size();
    const double scale = weight * weight * deaths * (at_risk - deaths) / (at_risk * (at_risk - 1.0));
    for (std::size_t j = 0; j < groups; ++j) {
        if (risk[j] == 0.0) continue;
        const double share = scale * risk[j];
        variance[j * groups + j] += share;
        for (std::size_t k = 0; k < groups; ++k) variance[j * groups + k] -= share * risk[k] / at_risk;
    }
}

class StratumSums {
  public:
    StratumSums(const LogrankInput& input, Span<const double> time, const LogrankOptions& options)
        : input_(input), time_(time), options_(options), risk_(input.groups) {}

    // From the last time to the first, so that the risk set only grows.
    void add(Span<const Index> rows, double* observed, double* expected, Vector<double>& variance) {
        find_ties(rows, time_, input_.status, ties_);
        weigh_ties(ties_, rows.size(), options_.rho, weights_);
        risk_.assign(input_.groups, 0.0);
        for (std::size_t k = ties_.size(); k-- > 0;) {
            const Tie& tie = ties_[k];
            for (std::size_t i = tie.begin; i < tie.end; ++i) {
                const std::size_t g = static_cast<std::size_t>(input_.group[rows[i]]) - 1;
                risk_[g] += 1.0;
                observed[g] += input_.status[rows[i]] * weights_[k];
            }
            if (tie.deaths <= 0.0) continue;
            const double at_risk = static_cast<double>(rows.size() - tie.begin);
            for (std::size_t g = 0; g < risk_.size(); ++g) {
                expected[g] += weights_[k] * tie.deaths * risk_[g] / at_risk;
            }
            if (at_risk > 1.0) add_variance(risk_, tie.deaths, at_risk, weights_[k], variance);
        }
    }

    // What add() will want of a row of a later stratum.
    void fetch(Index row) const {
        prefetch(&time_[row]);
        prefetch(&input_.status[row]);
        prefetch(&input_.group[row]);
    }

  private:
    const LogrankInput& input_;
    Span<const double> time_;
    const LogrankOptions& options_;
    Vector<double> risk_;
    Vector<Tie> ties_;
    Vector<double> weights_;
};

}  // namespace

LogrankFit fit_logrank(const LogrankInput& input, const LogrankOptions& options, Hooks& hooks) {
    Vector<TimeColumn> columns;
    columns.emplace_back(input.time);
    if (input.join_tied_times) merge_tied_times(columns);
    const StratifiedOrder order = split_by_stratum(columns[0].order, input.stratum, input.strata);

    LogrankFit fit;
    fit.observed.assign(input.groups * input.strata, 0.0);
    fit.expected.assign(input.groups * input.strata, 0.0);
    fit.variance.assign(input.groups * input.groups, 0.0);
    StratumSums sums(input, columns[0].time, options);
    for (std::size_t s = 0; s < order.strata(); ++s) {
        if (s % 4096 == 0) hooks.tick(s, order.strata());
        const std::size_t later = order.first[s] + look_ahead;
        for (std::size_t k = later; k < std::min(later + order.stratum(s).size(), order.rows.size()); ++k) {
            sums.fetch(order.rows[k]);
        }
        sums.add(order.stratum(s), &fit.observed[s * input.groups], &fit.expected[s * input.groups], fit.variance);
    }
    return fit;
}

}  // namespace survmatch
