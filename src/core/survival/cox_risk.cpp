#include "core/survival/cox_risk.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

constexpr double largest_plain_predictor = 200.0;

RiskScores finish(const CoxData& data, Vector<double> predictor) {
    double largest = 0.0;
    for (const double value : predictor) largest = std::max(largest, std::fabs(value));
    if (largest > largest_plain_predictor && std::isfinite(largest)) {
        for (const Stratum& stratum : data.strata) {
            const auto begin = predictor.begin() + static_cast<std::ptrdiff_t>(stratum.row_begin);
            const auto end = predictor.begin() + static_cast<std::ptrdiff_t>(stratum.row_end);
            const double centre = *std::max_element(begin, end);
            std::for_each(begin, end, [centre](double& value) { value -= centre; });
        }
    }
    RiskScores scores{std::move(predictor), {}};
    scores.risk.resize(data.size());
    for (std::size_t k = 0; k < data.size(); ++k) scores.risk[k] = std::exp(scores.predictor[k]) * data.weight[k];
    return scores;
}

}  // namespace

RiskScores risk_scores(const CoxData& data, const Eigen::VectorXd& beta) {
    Vector<double> predictor(data.size());
    for (std::size_t k = 0; k < predictor.size(); ++k) {
        double value = data.counting() ? 0.0 : data.offset[k];
        for (Eigen::Index j = 0; j < beta.size(); ++j) value += beta[j] * data.z(j, static_cast<Eigen::Index>(k));
        predictor[k] = data.counting() ? value + data.offset[k] : value;
    }
    return finish(data, std::move(predictor));
}

RiskScores risk_scores(const CoxData& data, Span<const double> predictor) {
    if (predictor.empty()) return {Vector<double>(data.size(), 0.0), data.weight};
    Vector<double> sorted(data.size());
    for (std::size_t k = 0; k < sorted.size(); ++k) sorted[k] = predictor[data.row[k]];
    return finish(data, std::move(sorted));
}

RowRisks::RowRisks(const CoxData& data, const Eigen::VectorXd& beta) : data_(data), beta_(beta) {
    const double largest = data.largest_offset + beta.cwiseAbs().dot(data.largest);
    if (!(largest <= largest_plain_predictor)) scores_ = risk_scores(data, beta);
}

RiskSet::RiskSet(const CoxData& data, const Vector<double>& risk, bool with_covariates)
    : data_(data),
      risk_(risk),
      counting_(data.counting()),
      covariates_(with_covariates ? static_cast<std::size_t>(data.covariates()) : 0),
      sum_(covariates_),
      lost_(covariates_),
      death_sum_(covariates_),
      kept_now_(data.kept.empty() ? 0 : covariates_ + 1) {}

void RiskSet::clear() {
    risk_sum_ = CompensatedSum();
    std::fill(sum_.begin(), sum_.end(), 0.0);
    std::fill(lost_.begin(), lost_.end(), 0.0);
}

void RiskSet::start_stratum(std::size_t stratum) {
    members_ = 0;
    clear();
    if (data_.kept.empty()) return;
    kept_.assign(data_.kept.slots[stratum], Vector<CompensatedSum>(covariates_ + 1));
    kept_rows_.assign(data_.kept.slots[stratum], 0);
    for (std::size_t k = data_.strata[stratum].row_begin; k < data_.strata[stratum].row_end; ++k) keep(k, 1.0);
}

void RiskSet::keep(std::size_t position, double sign) {
    if (data_.kept.inverse[position] == 0.0) return;
    Vector<CompensatedSum>& sums = kept_[data_.kept.slot[position]];
    std::size_t& rows = kept_rows_[data_.kept.slot[position]];
    rows += sign > 0.0 ? 1 : static_cast<std::size_t>(-1);
    if (rows == 0) {
        std::fill(sums.begin(), sums.end(), CompensatedSum());
        return;
    }
    const double risk = sign * risk_[position] * data_.kept.inverse[position];
    sums[0] += risk;
    for (std::size_t j = 0; j < covariates_; ++j) {
        sums[j + 1] += risk * data_.z(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(position));
    }
}

void RiskSet::weigh_kept(std::size_t event) {
    std::fill(kept_now_.begin(), kept_now_.end(), 0.0);
    for (std::size_t g = 0; g < kept_.size(); ++g) {
        const double share = data_.kept.at(event, g);
        for (std::size_t j = 0; j < kept_now_.size(); ++j) kept_now_[j] += share * kept_[g][j].value();
    }
}

void RiskSet::add_other(std::size_t position, double sign) {
    const double risk = sign * risk_[position];
    risk_sum_ += risk;
    const double* z = covariates_ == 0 ? nullptr : &data_.z(0, static_cast<Eigen::Index>(position));
    if (!counting_) {
        for (std::size_t j = 0; j < covariates_; ++j) sum_[j] += risk * z[j];
        return;
    }
    for (std::size_t j = 0; j < covariates_; ++j) {
        const double term = risk * z[j];
        const double total = sum_[j] + term;
        lost_[j] += rounding_error(sum_[j], term, total);
        sum_[j] = total;
    }
}

void RiskSet::add_death(std::size_t position) {
    const double risk = risk_[position];
    tied_.death_risk += risk;
    const double* z = covariates_ == 0 ? nullptr : &data_.z(0, static_cast<Eigen::Index>(position));
    for (std::size_t j = 0; j < covariates_; ++j) death_sum_[j] += risk * z[j];
}

void RiskSet::reach(const EventTime& event) {
    for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) {
        if (data_.by_start[k] >= event.add_begin) continue;  // it was never at risk
        add_other(data_.by_start[k], -1.0);
        --members_;
    }
    if (members_ == 0) clear();
    tied_ = TiedDeaths();
    std::fill(death_sum_.begin(), death_sum_.end(), 0.0);
    for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
        if (data_.only_stays(k, event)) continue;
        ++members_;
        if (data_.event[k]) {
            add_death(k);
        } else {
            add_other(k, 1.0);
        }
    }
    tied_.deaths = event.deaths;
    tied_.weight = event.death_weight;
    tied_.other_risk = risk_sum_.value();
    if (data_.kept.empty()) return;
    for (std::size_t k = event.add_begin; k < event.add_end; ++k) keep(k, -1.0);
    weigh_kept(static_cast<std::size_t>(&event - data_.events.data()));
    tied_.other_risk += kept_now_[0];
}

void RiskSet::settle() {
    risk_sum_ += tied_.death_risk;
    for (std::size_t j = 0; j < covariates_; ++j) {
        const double term = death_sum_[j];
        const double total = sum_[j] + term;
        if (counting_) lost_[j] += rounding_error(sum_[j], term, total);
        sum_[j] = total;
    }
}

namespace {

// Of rows that stay: the risk times the hazard after their end, each step with the share that is left at it.
Vector<double> expected_after_end(const CoxData& data, const Vector<double>& risk, const Vector<HazardStep>& steps) {
    Vector<double> expected(data.size(), 0.0);
    Vector<double> later;  // by slot
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        const Stratum& stratum = data.strata[s];
        later.assign(data.kept.slots[s], 0.0);
        std::size_t k = stratum.row_begin;
        const auto charge_until = [&](std::size_t end) {
            for (; k < end; ++k) {
                if (data.kept.inverse[k] == 0.0) continue;
                expected[k] = risk[k] * data.kept.inverse[k] * later[data.kept.slot[k]];
            }
        };
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            charge_until(data.events[e].add_end);
            for (std::size_t g = 0; g < later.size(); ++g) later[g] += steps[e].full * data.kept.at(e, g);
        }
        charge_until(stratum.row_end);
    }
    return expected;
}

}  // namespace

Vector<double> expected_events(const CoxData& data, const Vector<double>& risk, const Vector<HazardStep>& steps) {
    Vector<double> expected =
        data.kept.empty() ? Vector<double>(data.size(), 0.0) : expected_after_end(data, risk, steps);
    for (const Stratum& stratum : data.strata) {
        double hazard = 0.0;
        for (std::size_t e = stratum.event_end; e-- > stratum.event_begin;) {
            const EventTime& event = data.events[e];
            const double before = hazard;
            hazard += steps[e].full;
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                expected[k] += risk[k] * (data.event[k] ? before + steps[e].deaths : hazard);
            }
            for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) {
                expected[data.by_start[k]] -= risk[data.by_start[k]] * hazard;
            }
        }
    }
    return expected;
}

}  // namespace survmatch
