#include "core/survival/finegray.hpp"

#include <algorithm>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/large_matrix.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

std::size_t group_of(const CensoringInput& input, std::size_t row) {
    return input.group.empty() ? 0 : static_cast<std::size_t>(input.group[row]) - 1;
}

bool is_first(const CensoringInput& input, Index row) {
    return input.mark.empty() || (input.mark[row] & 1) != 0;
}
bool is_censored(const CensoringInput& input, Index row) {
    return input.status[row] == 0 && (input.mark.empty() || (input.mark[row] & 2) != 0);
}

// Whether somebody enters after the first row has ended.
bool has_late_entry(const CensoringInput& input) {
    if (input.start.empty()) return false;
    const double first_end = *std::min_element(input.time.begin(), input.time.end());
    for (std::size_t i = 0; i < input.start.size(); ++i) {
        if (is_first(input, static_cast<Index>(i)) && input.start[i] > first_end) return true;
    }
    return false;
}

}  // namespace

CensoringCurves::CensoringCurves(const CensoringInput& input)
    : steps_(input.groups), entries_(input.groups), last_(input.groups, 0.0) {
    if (input.status.size() != input.time.size()) throw InputError("one status a time is needed");
    const StratifiedOrder by_stop = split_by_stratum(time_order(input.time), input.group, input.groups);
    StratifiedOrder by_start;
    if (!input.start.empty()) by_start = split_by_stratum(time_order(input.start), input.group, input.groups);
    const bool late = has_late_entry(input);
    for (std::size_t g = 0; g < input.groups; ++g) {
        const Span<const Index> stops = by_stop.stratum(g);
        if (stops.empty()) continue;
        last_[g] = input.time[stops[stops.size() - 1]];
        const Span<const Index> starts = input.start.empty() ? Span<const Index>() : by_start.stratum(g);
        add_censoring(input, g, stops, starts);
        if (late) add_entries(input, g, stops, starts);
    }
}

void CensoringCurves::add_censoring(const CensoringInput& input, std::size_t group, Span<const Index> by_stop,
                                    Span<const Index> by_start) {
    double survival = 1.0;
    std::size_t entered = input.start.empty() ? by_stop.size() : 0;
    for (std::size_t i = 0; i < by_stop.size();) {
        const double time = input.time[by_stop[i]];
        while (entered < by_start.size() && input.start[by_start[entered]] < time) ++entered;
        const std::size_t begin = i;
        double censored = 0.0, events = 0.0;
        for (; i < by_stop.size() && input.time[by_stop[i]] == time; ++i) {
            censored += is_censored(input, by_stop[i]);
            events += input.status[by_stop[i]] != 0;
        }
        if (censored == 0.0) continue;
        const double at_risk = static_cast<double>(entered - begin) - events;
        survival *= (at_risk - censored) / at_risk;
        steps_[group].push_back({time, censored, at_risk, survival});
    }
}

// Back in time, at each entry the share of those under observation after it who were so before.
void CensoringCurves::add_entries(const CensoringInput& input, std::size_t group, Span<const Index> by_stop,
                                  Span<const Index> by_start) {
    double share = 1.0;
    std::size_t ended = by_stop.size();
    for (std::size_t i = by_start.size(); i > 0;) {
        const double time = input.start[by_start[i - 1]];
        const std::size_t begun = i;
        while (ended > 0 && input.time[by_stop[ended - 1]] > time) --ended;
        double entered = 0.0;
        for (; i > 0 && input.start[by_start[i - 1]] == time; --i) entered += is_first(input, by_start[i - 1]);
        if (entered == 0.0) continue;
        const double present = static_cast<double>(begun - ended);
        share *= (present - entered) / present;
        entries_[group].push_back({time, share});
    }
    std::reverse(entries_[group].begin(), entries_[group].end());
}

double CensoringCurves::before(double time, std::size_t group) const {
    if (time > last_[group]) return 0.0;
    const Vector<Step>& steps = steps_[group];
    const auto next =
        std::lower_bound(steps.begin(), steps.end(), time, [](const Step& step, double t) { return step.time < t; });
    const double uncensored = next == steps.begin() ? 1.0 : std::prev(next)->survival;
    const Vector<Entry>& entries = entries_[group];
    const auto entry =
        std::lower_bound(entries.begin(), entries.end(), time, [](const Entry& e, double t) { return e.time < t; });
    return entry == entries.end() ? uncensored : uncensored * entry->share;
}

namespace {

// The groups that occur in a stratum get slots 0, 1, ... in the order of their first row.
class Slots {
  public:
    explicit Slots(std::size_t groups) : slot_(groups, none) {}
    std::size_t of(std::size_t group) {
        if (slot_[group] == none) {
            slot_[group] = groups_.size();
            groups_.push_back(group);
        }
        return slot_[group];
    }
    const Vector<std::size_t>& groups() const { return groups_; }
    void clear() {
        for (const std::size_t group : groups_) slot_[group] = none;
        groups_.clear();
    }

  private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    Vector<std::size_t> slot_;
    Vector<std::size_t> groups_;
};

}  // namespace

CoxData sort_finegray_data(const CoxInput& input, const CensoringInput& censoring, const CensoringCurves& curves) {
    CoxData data = sort_cox_data(input);
    KeptRows kept;
    kept.inverse.assign(data.size(), 0.0);
    kept.slot.assign(data.size(), 0);
    Slots slots(censoring.groups);
    for (const Stratum& stratum : data.strata) {
        slots.clear();
        const double last_event = stratum.event_begin < stratum.event_end ? data.events[stratum.event_begin].time
                                                                          : -std::numeric_limits<double>::infinity();
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            const std::size_t row = data.row[k];
            if (input.status[row] != 2 || !(data.stop[k] < last_event)) continue;
            const std::size_t group = group_of(censoring, row);
            kept.slot[k] = slots.of(group);
            const double share = curves.before(data.stop[k], group);
            if (!(share > 0.0)) {
                throw InputError(
                    "Nobody, or nobody who was there before, is under observation at a time after another "
                    "event: the weight of who had it is not known. Let follow-up begin later.");
            }
            kept.inverse[k] = 1.0 / share;
        }
        kept.slots.push_back(slots.groups().size());
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            kept.first.push_back(kept.share.size());
            for (const std::size_t group : slots.groups()) {
                kept.share.push_back(curves.before(data.events[e].time, group));
            }
        }
    }
    data.kept = std::move(kept);
    return data;
}

namespace {

// Of one stratum and one group: what its kept rows hold, and the hazard that is still to come.
struct KeptState {
    double risk = 0.0;
    Eigen::VectorXd covariates;
    double hazard = 0.0;
    Eigen::VectorXd mean_hazard;
};

// The sum over kept rows of their part of the score that is still to come, by group, as time goes forward:
//   q(u) = sum_{i: stop_i < u} risk_i / G(stop_i-) sum_{t > u} G(t-) (z_i - mean(t)) dLambda(t)
// over the strata, each of which has its own hazard.
class ScoreToCome {
  public:
    ScoreToCome(const CoxData& data, const RiskScores& scores, Ties ties, std::size_t groups)
        : data_(data), scores_(scores), total_(groups, Eigen::VectorXd::Zero(data.covariates())) {
        const Eigen::VectorXd zero = Eigen::VectorXd::Zero(data.covariates());
        steps_.resize(data.events.size());
        mean_steps_.resize(data.events.size());
        for (const std::size_t slots : data.kept.slots) state_.emplace_back(slots, KeptState{0.0, zero, 0.0, zero});
        RiskSet at_risk(data, scores.risk, true);
        visit_risk_sets(data, at_risk, ties, [&](std::size_t s, std::size_t e, const Vector<TieTerm>& terms) {
            add_event(s, e, at_risk, terms);
        });
    }

    void pass_event(std::size_t s, std::size_t e, const Vector<std::size_t>& group_of_slot) {
        for (std::size_t g = 0; g < state_[s].size(); ++g) {
            KeptState& state = state_[s][g];
            const double share = data_.kept.at(e, g);
            total_[group_of_slot[g]] -= share * (state.covariates * steps_[e] - state.risk * mean_steps_[e]);
            state.hazard -= share * steps_[e];
            state.mean_hazard -= share * mean_steps_[e];
        }
    }
    void pass_kept(std::size_t s, std::size_t k, std::size_t group) {
        KeptState& state = state_[s][data_.kept.slot[k]];
        const double risk = scores_.risk[k] * data_.kept.inverse[k];
        const auto z = data_.z.col(static_cast<Eigen::Index>(k));
        total_[group] += risk * (z * state.hazard - state.mean_hazard);
        state.risk += risk;
        state.covariates += risk * z;
    }
    const Eigen::VectorXd& total(std::size_t group) const { return total_[group]; }

  private:
    void add_event(std::size_t s, std::size_t e, const RiskSet& at_risk, const Vector<TieTerm>& terms) {
        mean_steps_[e] = Eigen::VectorXd::Zero(data_.covariates());
        for (const TieTerm& term : terms) {
            steps_[e] += term.hazard();
            for (Eigen::Index j = 0; j < data_.covariates(); ++j) {
                mean_steps_[e][j] += term.hazard() * at_risk.mean(term, static_cast<std::size_t>(j));
            }
        }
        for (std::size_t g = 0; g < state_[s].size(); ++g) {
            state_[s][g].hazard += data_.kept.at(e, g) * steps_[e];
            state_[s][g].mean_hazard += data_.kept.at(e, g) * mean_steps_[e];
        }
    }

    const CoxData& data_;
    const RiskScores& scores_;
    Vector<Vector<KeptState>> state_;  // by stratum and slot
    Vector<double> steps_;
    Vector<Eigen::VectorXd> mean_steps_;
    Vector<Eigen::VectorXd> total_;
};

// What happens in the order of time: censorings of a group after everything else at their time.
struct Moment {
    double time;
    enum Kind { event, other, censoring } kind;
    std::size_t stratum;  // the group, for a censoring
    std::size_t index;    // event time, position or step
};

Vector<Moment> moments_in_time(const CoxData& data, const CensoringCurves& curves, std::size_t groups) {
    Vector<Moment> moments;
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        for (std::size_t e = data.strata[s].event_begin; e < data.strata[s].event_end; ++e) {
            moments.push_back({data.events[e].time, Moment::event, s, e});
        }
        for (std::size_t k = data.strata[s].row_begin; k < data.strata[s].row_end; ++k) {
            if (data.kept.inverse[k] > 0.0) moments.push_back({data.stop[k], Moment::other, s, k});
        }
    }
    for (std::size_t g = 0; g < groups; ++g) {
        for (std::size_t c = 0; c < curves.steps(g).size(); ++c) {
            moments.push_back({curves.steps(g)[c].time, Moment::censoring, g, c});
        }
    }
    std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
        return a.time != b.time ? a.time < b.time : a.kind < b.kind;
    });
    return moments;
}

Vector<Vector<std::size_t>> groups_of_slots(const CoxData& data, const CensoringInput& censoring) {
    Vector<Vector<std::size_t>> groups;
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        groups.emplace_back(data.kept.slots[s], 0);
        for (std::size_t k = data.strata[s].row_begin; k < data.strata[s].row_end; ++k) {
            if (data.kept.inverse[k] > 0.0) groups[s][data.kept.slot[k]] = group_of(censoring, data.row[k]);
        }
    }
    return groups;
}

// q(c) / at risk(c) at each censoring time c of each group.
Vector<Eigen::MatrixXd> censoring_effects(const CoxData& data, const RiskScores& scores, Ties ties,
                                          const CensoringInput& censoring, const CensoringCurves& curves) {
    Vector<Eigen::MatrixXd> effects;
    for (std::size_t g = 0; g < censoring.groups; ++g) {
        effects.emplace_back(data.covariates(), static_cast<Eigen::Index>(curves.steps(g).size()));
    }
    ScoreToCome to_come(data, scores, ties, censoring.groups);
    const auto groups = groups_of_slots(data, censoring);
    for (const Moment& moment : moments_in_time(data, curves, censoring.groups)) {
        if (moment.kind == Moment::event) {
            to_come.pass_event(moment.stratum, moment.index, groups[moment.stratum]);
        } else if (moment.kind == Moment::other) {
            to_come.pass_kept(moment.stratum, moment.index, groups[moment.stratum][data.kept.slot[moment.index]]);
        } else {
            const std::size_t g = moment.stratum;
            effects[g].col(static_cast<Eigen::Index>(moment.index)) =
                to_come.total(g) / curves.steps(g)[moment.index].at_risk;
        }
    }
    return effects;
}

}  // namespace

Eigen::MatrixXd censoring_scores(const CoxData& data, const RiskScores& scores, Ties ties,
                                 const CensoringInput& censoring, const CensoringCurves& curves) {
    const auto effects = censoring_effects(data, scores, ties, censoring, curves);
    Vector<Eigen::MatrixXd> cumulative;  // up to and with each censoring time
    for (std::size_t g = 0; g < censoring.groups; ++g) {
        const auto& steps = curves.steps(g);
        Eigen::MatrixXd sums = large_zero_matrix(data.covariates(), static_cast<Eigen::Index>(steps.size()) + 1);
        for (std::size_t c = 0; c < steps.size(); ++c) {
            const auto column = static_cast<Eigen::Index>(c);
            sums.col(column + 1) = sums.col(column) + effects[g].col(column) * (steps[c].censored / steps[c].at_risk);
        }
        cumulative.push_back(std::move(sums));
    }
    const std::size_t n = censoring.time.size();
    Eigen::MatrixXd result(data.covariates(), static_cast<Eigen::Index>(n));
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t g = group_of(censoring, i);
        const auto& steps = curves.steps(g);
        const auto next = std::lower_bound(steps.begin(), steps.end(), censoring.time[i],
                                           [](const CensoringCurves::Step& step, double t) { return step.time < t; });
        const auto c = static_cast<Eigen::Index>(next - steps.begin());
        const auto row = static_cast<Eigen::Index>(i);
        const bool censored = censoring.status[i] == 0;
        result.col(row) = -cumulative[g].col(censored ? c + 1 : c);
        if (censored) result.col(row) += effects[g].col(c);
    }
    return data.scale.cwiseInverse().asDiagonal() * result;
}

}  // namespace survmatch
