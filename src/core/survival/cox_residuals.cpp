#include "core/survival/cox_residuals.hpp"

#include <algorithm>
#include <utility>

#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/large_matrix.hpp"

namespace survmatch {

Vector<HazardStep> hazard_steps(const CoxData& data, const Vector<double>& risk, Ties ties) {
    RiskSet at_risk(data, risk, false);
    Vector<HazardStep> steps(data.events.size());
    visit_risk_sets(data, at_risk, ties,
                    [&](std::size_t, std::size_t e, const Vector<TieTerm>& terms) { steps[e] = hazard_step(terms); });
    return steps;
}

Vector<double> martingale_residuals(const CoxData& data, const RiskScores& scores, Ties ties) {
    const Vector<double> expected = expected_events(data, scores.risk, hazard_steps(data, scores.risk, ties));
    Vector<double> residual(data.input_rows, 0.0);
    for (std::size_t k = 0; k < data.size(); ++k) {
        residual[data.row[k]] = (data.event[k] ? 1.0 : 0.0) - expected[k] / data.weight[k];
    }
    return residual;
}

namespace {

// What a member of the risk set collects while it goes back in time: the hazard and the hazard times the mean
// covariates. Every row enters once and leaves once.
class ScoreSweep {
  public:
    ScoreSweep(const CoxData& data, const RiskScores& scores)
        : data_(data),
          scores_(scores),
          p_(static_cast<std::size_t>(data.covariates())),
          mean_hazard_(p_),
          unscale_(data.scale.cwiseInverse()),
          residual_(large_matrix(data.covariates(), static_cast<Eigen::Index>(data.size()))) {}

    void start_stratum(std::size_t stratum) {
        hazard_ = 0.0;
        std::fill(mean_hazard_.begin(), mean_hazard_.end(), 0.0);
        if (data_.kept.empty()) return;
        shared_hazard_.assign(data_.kept.slots[stratum], 0.0);
        shared_mean_.assign(data_.kept.slots[stratum], Vector<double>(p_, 0.0));
    }
    void enter(std::size_t position) {
        std::fill(residual(position), residual(position) + p_, 0.0);
        charge(position, 1.0);
        if (!data_.kept.empty()) charge_after_end(position);
    }
    void only_stay(std::size_t position) {
        std::fill(residual(position), residual(position) + p_, 0.0);
        charge_after_end(position);
        finish(position);
    }
    // The last that a row collects; its residual is on the scale of the covariates then.
    void leave(std::size_t position) {
        charge(position, -1.0);
        finish(position);
    }
    void look_at_leaver(std::size_t k) const {
        if (k >= data_.by_start.size()) return;
        const Index position = data_.by_start[k];
        prefetch(&scores_.risk[position]);
        prefetch(covariates(position));
        prefetch(residual_.data() + position * p_);
    }
    void add_hazard(std::size_t event, double hazard, const Eigen::VectorXd& mean) {
        hazard_ += hazard;
        for (std::size_t j = 0; j < p_; ++j) mean_hazard_[j] += hazard * mean.data()[j];
        for (std::size_t g = 0; g < shared_hazard_.size(); ++g) {
            const double shared = data_.kept.at(event, g) * hazard;
            shared_hazard_[g] += shared;
            for (std::size_t j = 0; j < p_; ++j) shared_mean_[g][j] += shared * mean.data()[j];
        }
    }
    // A death has its part of each factor, and is spared the hazard of the share that has left.
    void add_death(std::size_t position, double part, double spared, const Eigen::VectorXd& mean) {
        const double weight = part + relative_risk(position) * spared;
        double* sum = residual(position);
        const double* z = covariates(position);
        for (std::size_t j = 0; j < p_; ++j) sum[j] += weight * (z[j] - mean.data()[j]);
    }
    Eigen::MatrixXd take_result() { return std::move(residual_); }

  private:
    void finish(std::size_t position) {
        for (std::size_t j = 0; j < p_; ++j) residual(position)[j] *= unscale_.data()[j];
    }
    double* residual(std::size_t position) { return residual_.data() + position * p_; }
    const double* covariates(std::size_t position) const { return data_.z.data() + position * p_; }
    double relative_risk(std::size_t position) const { return scores_.risk[position] / data_.weight[position]; }

    // Sign 1 at entry, -1 at exit: the difference is what was collected in between, with the sign of a loss.
    void charge(std::size_t position, double sign) {
        const double risk = sign * relative_risk(position);
        double* sum = residual(position);
        const double* z = covariates(position);
        for (std::size_t j = 0; j < p_; ++j) sum[j] += risk * (z[j] * hazard_ - mean_hazard_[j]);
    }
    void charge_after_end(std::size_t position) {
        const double inverse = data_.kept.inverse[position];
        if (inverse == 0.0) return;
        const std::size_t g = data_.kept.slot[position];
        const double risk = relative_risk(position) * inverse;
        double* sum = residual(position);
        const double* z = covariates(position);
        for (std::size_t j = 0; j < p_; ++j) sum[j] -= risk * (z[j] * shared_hazard_[g] - shared_mean_[g][j]);
    }

    const CoxData& data_;
    const RiskScores& scores_;
    const std::size_t p_;
    double hazard_ = 0.0;
    Vector<double> mean_hazard_;
    Vector<double> shared_hazard_;  // with the share of those who stay, by slot
    Vector<Vector<double>> shared_mean_;
    const Eigen::VectorXd unscale_;
    Eigen::MatrixXd residual_;
};

void factor_mean(const RiskSet& at_risk, const TieTerm& term, Eigen::VectorXd& mean) {
    for (Eigen::Index j = 0; j < mean.size(); ++j) mean[j] = at_risk.mean(term, static_cast<std::size_t>(j));
}

}  // namespace

Eigen::MatrixXd score_residuals(const CoxData& data, const RiskScores& scores, Ties ties,
                                Span<const double> event_factor) {
    ScoreSweep sweep(data, scores);
    RiskSet at_risk(data, scores.risk, true);
    Vector<TieTerm> terms;
    Eigen::VectorXd mean(data.covariates());
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        const Stratum& stratum = data.strata[s];
        at_risk.start_stratum(s);
        sweep.start_stratum(s);
        std::size_t removed = stratum.row_begin;
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            const EventTime& event = data.events[e];
            for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) {
                sweep.look_at_leaver(k + 24);
                if (data.by_start[k] < event.add_begin) sweep.leave(data.by_start[k]);
            }
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (data.only_stays(k, event)) {
                    sweep.only_stay(k);
                } else {
                    sweep.enter(k);
                }
            }
            removed = event.remove_end;

            at_risk.reach(event);
            tie_terms(ties, at_risk.tied(), terms);
            const double factor = event_factor.empty() ? 1.0 : event_factor[e];
            const double part = factor / static_cast<double>(terms.size());
            for (const TieTerm& term : terms) {
                const double hazard = factor * term.hazard();
                factor_mean(at_risk, term, mean);
                sweep.add_hazard(e, hazard, mean);
                for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                    if (data.event[k]) sweep.add_death(k, part, (1.0 - term.share) * hazard, mean);
                }
            }
            at_risk.settle();
        }
        if (!data.kept.empty()) {  // who ended before the first event
            const bool none = stratum.event_begin == stratum.event_end;
            const std::size_t entered = none ? stratum.row_begin : data.events[stratum.event_end - 1].add_end;
            for (std::size_t k = entered; k < stratum.row_end; ++k) sweep.enter(k);
        }
        for (std::size_t k = removed; k < stratum.row_end; ++k) sweep.leave(data.counting() ? data.by_start[k] : k);
    }
    return sweep.take_result();
}

Eigen::MatrixXd to_input_rows(const CoxData& data, const Eigen::MatrixXd& residual) {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(data.input_rows), residual.rows());
    for (std::size_t k = 0; k < data.size(); ++k) {
        result.row(static_cast<Eigen::Index>(data.row[k])) = residual.col(static_cast<Eigen::Index>(k)).transpose();
    }
    return result;
}

SchoenfeldResiduals schoenfeld_residuals(const CoxData& data, const RiskScores& scores, Ties ties) {
    RiskSet at_risk(data, scores.risk, true);
    Eigen::VectorXd mean(data.covariates());
    Eigen::MatrixXd event_mean(data.covariates(), static_cast<Eigen::Index>(data.events.size()));
    std::size_t deaths = 0;
    visit_risk_sets(data, at_risk, ties, [&](std::size_t, std::size_t e, const Vector<TieTerm>& terms) {
        auto column = event_mean.col(static_cast<Eigen::Index>(e));
        column.setZero();
        for (const TieTerm& term : terms) {
            factor_mean(at_risk, term, mean);
            column += mean / static_cast<double>(terms.size());
        }
        deaths += data.events[e].deaths;
    });

    SchoenfeldResiduals result;
    result.residual.resize(data.covariates(), static_cast<Eigen::Index>(deaths));
    result.row.reserve(deaths);
    const Eigen::VectorXd unscale = data.scale.cwiseInverse();
    Vector<std::pair<Index, std::size_t>> tied;  // row and position
    const auto collect = [&](const Stratum& stratum) {
        for (std::size_t e = stratum.event_end; e-- > stratum.event_begin;) {
            tied.clear();
            for (std::size_t k = data.events[e].add_begin; k < data.events[e].add_end; ++k) {
                if (data.event[k]) tied.push_back({data.row[k], k});
            }
            std::sort(tied.begin(), tied.end());
            for (const auto& [row, k] : tied) {
                result.residual.col(static_cast<Eigen::Index>(result.row.size())) = unscale.cwiseProduct(
                    data.z.col(static_cast<Eigen::Index>(k)) - event_mean.col(static_cast<Eigen::Index>(e)));
                result.row.push_back(row);
            }
        }
    };
    if (data.counting()) {
        std::for_each(data.strata.begin(), data.strata.end(), collect);
    } else {
        std::for_each(data.strata.rbegin(), data.strata.rend(), collect);
    }
    return result;
}

}  // namespace survmatch
