#include "core/survival/cox_curve.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/large_matrix.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

void check(const CurveInput& input) {
    const std::size_t n = input.stop.size();
    if (input.status.size() != n || input.relative_risk.size() != n ||
        (!input.start.empty() && input.start.size() != n) || (!input.stratum.empty() && input.stratum.size() != n) ||
        (!input.weight.empty() && input.weight.size() != n) || (input.x.columns() > 0 && input.x.rows() != n)) {
        throw InputError("times, status, strata, weights, risks and covariates must have the same number of rows");
    }
}

// Sums over the risk set as it goes back in time: weight, risk (weight * relative risk), and risk * covariates.
class RiskSums {
  public:
    RiskSums(const CurveInput& input, const Eigen::VectorXd& centre)
        : input_(input), centre_(centre), with_x_(static_cast<std::size_t>(centre.size())) {}

    void clear() {
        weight_ = risk_ = CompensatedSum();
        std::fill(with_x_.begin(), with_x_.end(), CompensatedSum());
    }
    void add(Index row, double sign) {
        const double weight = sign * (input_.weight.empty() ? 1.0 : input_.weight[row]);
        const double risk = weight * input_.relative_risk[row];
        weight_ += weight;
        risk_ += risk;
        for (std::size_t j = 0; j < with_x_.size(); ++j) {
            with_x_[j] += risk * (input_.x(row, j) - centre_[static_cast<Eigen::Index>(j)]);
        }
    }
    double weight() const { return weight_.value(); }
    double risk() const { return risk_.value(); }
    double with_x(std::size_t j) const { return with_x_[j].value(); }

  private:
    const CurveInput& input_;
    const Eigen::VectorXd& centre_;
    CompensatedSum weight_, risk_;
    Vector<CompensatedSum> with_x_;
};

// Survival of the baseline over a time with deaths `rows`: the a of sum w r / (1 - a^r) = risk (Kalbfleisch & Prentice
// 1973, Biometrika 60:267). One death has a closed form; ties are found by halving, as often as survival halves.
double survival_factor(const CurveInput& input, const Vector<Index>& rows, double risk) {
    const auto weight = [&](Index i) { return input.weight.empty() ? 1.0 : input.weight[i]; };
    if (rows.empty()) return 1.0;
    if (rows.size() == 1) {
        const double r = input.relative_risk[rows[0]];
        return std::pow(1.0 - weight(rows[0]) * r / risk, 1.0 / r);
    }
    double factor = 0.5;
    double step = 0.25;
    for (int halving = 0; halving < 35; ++halving, step /= 2.0) {
        double sum = 0.0;
        for (const Index i : rows) {
            const double r = input.relative_risk[i];
            sum += weight(i) * r / (1.0 - std::pow(factor, r));
        }
        factor += sum < risk ? step : -step;
    }
    return factor;
}

class BaselineWalk {
  public:
    BaselineWalk(const CurveInput& input, CurveEstimate estimate, BaselineCurves& curves)
        : input_(input),
          estimate_(estimate),
          curves_(curves),
          at_risk_(input, curves.centre),
          dying_(input, curves.centre) {}

    // One stratum, from its last time to its first.
    void stratum(Span<const Index> by_stop, Span<const Index> by_start, std::size_t last) {
        at_risk_.clear();
        std::size_t leave = by_start.size();
        std::size_t at = last;
        for (std::size_t end = by_stop.size(); end > 0;) {
            const double time = input_.stop[by_stop[end - 1]];
            std::size_t begin = end;
            while (begin > 0 && input_.stop[by_stop[begin - 1]] == time) --begin;
            while (leave > 0 && input_.start[by_start[leave - 1]] >= time) at_risk_.add(by_start[--leave], -1.0);
            one_time(time, {by_stop.data() + begin, end - begin}, --at);
            end = begin;
        }
    }

  private:
    void one_time(double time, Span<const Index> rows, std::size_t at) {
        dying_.clear();
        deaths_.clear();
        double censored = 0.0;
        for (const Index i : rows) {
            at_risk_.add(i, 1.0);
            if (input_.status[i] == 1) {
                dying_.add(i, 1.0);
                deaths_.push_back(i);
            } else {
                censored += input_.weight.empty() ? 1.0 : input_.weight[i];
            }
        }
        curves_.time[at] = time;
        curves_.at_risk[at] = at_risk_.weight();
        curves_.events[at] = dying_.weight();
        curves_.censored[at] = censored;
        if (estimate_ == CurveEstimate::kalbfleisch_prentice) {
            curves_.factor[at] = survival_factor(input_, deaths_, at_risk_.risk());
        }
        if (!deaths_.empty()) add_hazard(at);
    }

    void add_hazard(std::size_t at) {
        const double events = dying_.weight();
        const std::size_t terms = estimate_ == CurveEstimate::efron ? deaths_.size() : 1;
        const auto d = static_cast<double>(terms);
        for (std::size_t k = 0; k < terms; ++k) {
            const double gone = static_cast<double>(k) / d;
            const double risk = at_risk_.risk() - gone * dying_.risk();
            const double hazard = events / (d * risk);
            curves_.hazard[at] += hazard;
            curves_.variance[at] += hazard / variance_risk(risk, events);
            for (Eigen::Index j = 0; j < curves_.centre.size(); ++j) {
                const auto column = static_cast<std::size_t>(j);
                const double sum = at_risk_.with_x(column) - gone * dying_.with_x(column);
                curves_.mean_hazard(j, static_cast<Eigen::Index>(at)) += hazard * sum / risk;
            }
        }
    }
    // Greenwood's formula for a product of factors.
    double variance_risk(double risk, double events) const {
        return estimate_ == CurveEstimate::kalbfleisch_prentice && events < risk ? risk - events : risk;
    }

    const CurveInput& input_;
    const CurveEstimate estimate_;
    BaselineCurves& curves_;
    RiskSums at_risk_, dying_;
    Vector<Index> deaths_;
};

std::size_t distinct_times(const CurveInput& input, Span<const Index> by_stop) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < by_stop.size(); ++k) {
        count += k == 0 || input.stop[by_stop[k]] != input.stop[by_stop[k - 1]];
    }
    return count;
}

Eigen::VectorXd column_means(const MatrixView& x) {
    Eigen::VectorXd means(static_cast<Eigen::Index>(x.columns()));
    for (std::size_t j = 0; j < x.columns(); ++j) {
        double sum = 0.0;
        for (const double value : x.column(j)) sum += value;
        means[static_cast<Eigen::Index>(j)] = x.rows() == 0 ? 0.0 : sum / static_cast<double>(x.rows());
    }
    return means;
}

}  // namespace

BaselineCurves baseline_curves(const CurveInput& input, CurveEstimate estimate) {
    check(input);
    const StratifiedOrder by_stop = split_by_stratum(time_order(input.stop), input.stratum, input.strata);
    StratifiedOrder by_start;
    if (!input.start.empty()) by_start = split_by_stratum(time_order(input.start), input.stratum, input.strata);
    BaselineCurves curves;
    curves.first.push_back(0);
    for (std::size_t s = 0; s < input.strata; ++s) {
        curves.first.push_back(curves.first.back() + distinct_times(input, by_stop.stratum(s)));
    }
    const std::size_t size = curves.first.back();
    for (auto* column :
         {&curves.time, &curves.at_risk, &curves.events, &curves.censored, &curves.hazard, &curves.variance}) {
        column->assign(size, 0.0);
    }
    if (estimate == CurveEstimate::kalbfleisch_prentice) curves.factor.assign(size, 1.0);
    curves.centre = column_means(input.x);
    curves.mean_hazard = large_zero_matrix(curves.centre.size(), static_cast<Eigen::Index>(size));
    BaselineWalk walk(input, estimate, curves);
    for (std::size_t s = 0; s < input.strata; ++s) {
        const Span<const Index> starts = input.start.empty() ? Span<const Index>() : by_start.stratum(s);
        walk.stratum(by_stop.stratum(s), starts, curves.first[s + 1]);
    }
    return curves;
}

void predict_curves(const BaselineCurves& baseline, const Eigen::VectorXd& x, double risk,
                    const Eigen::MatrixXd& variance, const PredictedCurves& out) {
    const Eigen::VectorXd own = x - baseline.centre;
    Eigen::VectorXd spread(own.size());
    for (std::size_t s = 0; s + 1 < baseline.first.size(); ++s) {
        double hazard = 0.0;
        double product = 1.0;
        double own_variance = 0.0;
        double error = 0.0;
        Eigen::VectorXd difference =
            Eigen::VectorXd::Zero(own.size());  // of the covariates from the mean, times hazard
        for (std::size_t t = baseline.first[s]; t < baseline.first[s + 1]; ++t) {
            hazard += baseline.hazard[t];
            if (!baseline.factor.empty()) product *= baseline.factor[t];
            out.hazard[t] = hazard * risk;
            out.survival[t] = std::pow(baseline.factor.empty() ? std::exp(-hazard) : product, risk);
            if (out.error.empty()) continue;
            if (baseline.hazard[t] != 0.0) {
                own_variance += baseline.variance[t];
                difference += own * baseline.hazard[t] - baseline.mean_hazard.col(static_cast<Eigen::Index>(t));
                spread.noalias() = variance * difference;
                error = std::sqrt(own_variance + difference.dot(spread)) * risk;
            }
            out.error[t] = error;
        }
    }
}

}  // namespace survmatch
