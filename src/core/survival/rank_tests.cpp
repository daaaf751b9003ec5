#include "core/survival/rank_tests.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

// One event time of a stratum: sums of weights, in all and by group.
struct RiskAtEvent {
    double time;
    double deaths = 0.0;
    double at_risk = 0.0;
    Vector<double> group_deaths, group_risk;
};

double weight_of(const RankInput& input, std::size_t i) {
    return input.weight.empty() ? 1.0 : input.weight[i];
}

// Sums of weights of those at risk by group, as time goes back.
class GroupRisk {
  public:
    explicit GroupRisk(std::size_t groups) : sums_(groups), rows_(groups, 0) {}
    void change(std::size_t group, double weight, bool enters) {
        rows_[group] += enters ? 1 : static_cast<std::size_t>(-1);
        if (rows_[group] == 0) {
            sums_[group] = CompensatedSum();
        } else {
            sums_[group] += enters ? weight : -weight;
        }
    }
    double at(std::size_t group) const { return sums_[group].value(); }

  private:
    Vector<CompensatedSum> sums_;
    Vector<std::size_t> rows_;
};

// The event times of a stratum from the first to the last. `by_stop` and `by_start` (empty without entry times) are its
// rows in the order of time.
Vector<RiskAtEvent> events_of(const RankInput& input, Span<const Index> by_stop, Span<const Index> by_start) {
    Vector<RiskAtEvent> events;
    GroupRisk risk(input.groups);
    std::size_t started = by_start.size();
    for (std::size_t end = by_stop.size(); end > 0;) {
        RiskAtEvent event{input.stop[by_stop[end - 1]], 0.0, 0.0, Vector<double>(input.groups, 0.0), {}};
        for (; end > 0 && input.stop[by_stop[end - 1]] == event.time; --end) {
            const std::size_t i = by_stop[end - 1], g = static_cast<std::size_t>(input.group[i]) - 1;
            risk.change(g, weight_of(input, i), true);
            event.group_deaths[g] += input.status[i] * weight_of(input, i);
        }
        for (; started > 0 && input.start[by_start[started - 1]] >= event.time; --started) {
            const std::size_t i = by_start[started - 1];
            risk.change(static_cast<std::size_t>(input.group[i]) - 1, weight_of(input, i), false);
        }
        for (const double deaths : event.group_deaths) event.deaths += deaths;
        if (!(event.deaths > 0.0)) continue;
        for (std::size_t g = 0; g < input.groups; ++g) {
            event.group_risk.push_back(risk.at(g));
            event.at_risk += event.group_risk[g];
        }
        events.push_back(std::move(event));
    }
    std::reverse(events.begin(), events.end());
    return events;
}

// The weight of each event time under one weighting.
Vector<double> event_weights(const Vector<RiskAtEvent>& events, const RankWeighting& weighting) {
    Vector<double> weights;
    double survival = 1.0, peto = 1.0;
    for (const RiskAtEvent& event : events) {
        peto *= 1.0 - event.deaths / (event.at_risk + 1.0);
        switch (weighting.kind) {
            case RankWeighting::fleming_harrington:
                weights.push_back((weighting.rho == 0.0 ? 1.0 : std::pow(survival, weighting.rho)) *
                                  (weighting.gamma == 0.0 ? 1.0 : std::pow(1.0 - survival, weighting.gamma)));
                break;
            case RankWeighting::gehan:
                weights.push_back(event.at_risk);
                break;
            case RankWeighting::tarone_ware:
                weights.push_back(std::sqrt(event.at_risk));
                break;
            case RankWeighting::peto:
                weights.push_back(peto);
                break;
        }
        survival *= std::max(0.0, 1.0 - event.deaths / event.at_risk);
    }
    return weights;
}

class RankSums {
  public:
    RankSums(const RankInput& input, const Vector<RankWeighting>& weightings, RankTests& tests, bool with_rows)
        : input_(input), weightings_(weightings), tests_(tests), size_(weightings.size() * input.groups) {
        tests.observed.assign(input.groups, 0.0);
        tests.expected.assign(input.groups, 0.0);
        tests.score.assign(size_, 0.0);
        tests.variance.assign(size_ * size_, 0.0);
        if (!with_rows) return;
        tests.row_scores.assign(size_ * input.stop.size(), 0.0);
        tests.row_totals.assign(weightings.size() * input.stop.size(), 0.0);
    }

    void add(Span<const Index> by_stop, Span<const Index> by_start) {
        const Vector<RiskAtEvent> events = events_of(input_, by_stop, by_start);
        weights_.clear();
        for (const RankWeighting& weighting : weightings_) weights_.push_back(event_weights(events, weighting));
        for (std::size_t e = 0; e < events.size(); ++e) {
            add_scores(events[e], e);
            add_variance(events[e], e);
        }
        if (!tests_.row_scores.empty()) add_rows(events, by_stop);
    }

  private:
    void add_scores(const RiskAtEvent& event, std::size_t e) {
        for (std::size_t g = 0; g < input_.groups; ++g) {
            const double expected = event.deaths * event.group_risk[g] / event.at_risk;
            tests_.observed[g] += event.group_deaths[g];
            tests_.expected[g] += expected;
            for (std::size_t j = 0; j < weights_.size(); ++j) {
                tests_.score[j * input_.groups + g] += weights_[j][e] * (event.group_deaths[g] - expected);
            }
        }
    }

    void add_variance(const RiskAtEvent& event, std::size_t e) {
        if (!(event.at_risk > 1.0)) return;
        const double scale = event.deaths * (event.at_risk - event.deaths) / (event.at_risk - 1.0);
        const std::size_t groups = input_.groups;
        for (std::size_t g = 0; g < groups; ++g) {
            const double share = event.group_risk[g] / event.at_risk;
            if (share == 0.0) continue;
            for (std::size_t h = 0; h < groups; ++h) {
                const double other = event.group_risk[h] / event.at_risk;
                const double cell = scale * share * ((g == h ? 1.0 : 0.0) - other);
                for (std::size_t j = 0; j < weights_.size(); ++j) {
                    for (std::size_t k = 0; k < weights_.size(); ++k) {
                        tests_.variance[(k * groups + h) * size_ + j * groups + g] +=
                            weights_[j][e] * weights_[k][e] * cell;
                    }
                }
            }
        }
    }

    // A row's score is its weight times w (1{group} - share) at its own event less the sum of w (1{group} - share)
    // times the hazard while it is at risk.
    void add_rows(const Vector<RiskAtEvent>& events, Span<const Index> rows) {
        const std::size_t n = input_.stop.size(), groups = input_.groups;
        Vector<double> hazard(events.size() + 1), shared(events.size() + 1);
        for (std::size_t j = 0; j < weights_.size(); ++j) {
            for (std::size_t g = 0; g < groups; ++g) {
                for (std::size_t e = 0; e < events.size(); ++e) {
                    const double step = weights_[j][e] * events[e].deaths / events[e].at_risk;
                    hazard[e + 1] = hazard[e] + step;
                    shared[e + 1] = shared[e] + step * events[e].group_risk[g] / events[e].at_risk;
                }
                double* score = &tests_.row_scores[(j * groups + g) * n];
                for (const Index i : rows) {
                    const double mine = static_cast<std::size_t>(input_.group[i]) - 1 == g ? 1.0 : 0.0;
                    const std::size_t seen = events_until(events, input_.stop[i]);
                    const std::size_t before = input_.start.empty() ? 0 : events_until(events, input_.start[i]);
                    double own = seen > before ? hazard[before] - hazard[seen] : 0.0;
                    double everybody = seen > before ? shared[seen] - shared[before] : 0.0;
                    if (input_.status[i] == 1.0 && weight_of(input_, i) > 0.0) {
                        const RiskAtEvent& event = events[seen - 1];
                        own += weights_[j][seen - 1];
                        everybody -= weights_[j][seen - 1] * event.group_risk[g] / event.at_risk;
                    }
                    score[i] = weight_of(input_, i) * (mine * own + everybody);
                    tests_.row_totals[j * n + i] = weight_of(input_, i) * own;
                }
            }
        }
    }

    static std::size_t events_until(const Vector<RiskAtEvent>& events, double time) {
        return static_cast<std::size_t>(
            std::upper_bound(events.begin(), events.end(), time,
                             [](double t, const RiskAtEvent& event) { return t < event.time; }) -
            events.begin());
    }

    const RankInput& input_;
    const Vector<RankWeighting>& weightings_;
    RankTests& tests_;
    const std::size_t size_;
    Vector<Vector<double>> weights_;  // by weighting and event time of the stratum
};

}  // namespace

RankTests rank_tests(const RankInput& input, const Vector<RankWeighting>& weightings, bool with_rows, Hooks& hooks) {
    const StratifiedOrder by_stop = split_by_stratum(time_order(input.stop), input.stratum, input.strata);
    StratifiedOrder by_start;
    if (!input.start.empty()) by_start = split_by_stratum(time_order(input.start), input.stratum, input.strata);
    RankTests tests;
    RankSums sums(input, weightings, tests, with_rows);
    for (std::size_t s = 0; s < by_stop.strata(); ++s) {
        if (s % 4096 == 0) hooks.tick(s, by_stop.strata());
        sums.add(by_stop.stratum(s), input.start.empty() ? Span<const Index>() : by_start.stratum(s));
    }
    return tests;
}

}  // namespace survmatch
