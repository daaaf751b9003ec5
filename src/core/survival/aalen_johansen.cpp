#include "core/survival/aalen_johansen.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/multistate_errors.hpp"
#include "core/survival/multistate_rows.hpp"
#include "core/survival/tally.hpp"

namespace survmatch {

namespace {

Vector<double> reported_times(const StateRows& rows, const MultistateOptions& options) {
    Vector<double> times;
    for (const StateRow& r : rows.by_stop) {
        if (r.is_last || r.to >= 0) times.push_back(r.time);
    }
    if (options.entry_times) {
        for (const StateRow& r : rows.by_start) {
            if (r.is_first) times.push_back(r.time);
        }
        std::sort(times.begin(), times.end());
    }
    times.erase(std::unique(times.begin(), times.end()), times.end());
    const auto first = options.report_t0 ? std::upper_bound(times.begin(), times.end(), options.t0)
                                         : std::lower_bound(times.begin(), times.end(), options.t0);
    times.erase(times.begin(), first);
    if (options.report_t0) times.insert(times.begin(), options.t0);
    return times;
}

// The share of weight in each state among who is at risk at t0, and what each cluster contributes to it.
void set_initial(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                 const Vector<bool>& at_risk, MultistateCurve& curve) {
    curve.p0 = options.p0;
    if (!curve.p0.empty()) return;
    curve.p0.assign(input.states, 0.0);
    double total = 0.0;
    for (std::size_t k = 0; k < rows.by_stop.size(); ++k) {
        if (!at_risk[k]) continue;
        curve.p0[static_cast<std::size_t>(rows.by_stop[k].from)] += rows.by_stop[k].weight;
        total += rows.by_stop[k].weight;
    }
    if (total == 0.0) throw InputError("Nobody of a curve is at risk at the starting time: give start.time.");
    for (double& p : curve.p0) p /= total;
    if (*std::max_element(curve.p0.begin(), curve.p0.end()) >= 1.0) return;
    const std::size_t clusters = rows.clusters.size();
    curve.initial_influence.assign(clusters * input.states, 0.0);
    for (std::size_t k = 0; k < rows.by_stop.size(); ++k) {
        if (!at_risk[k]) continue;
        const StateRow& r = rows.by_stop[k];
        for (std::size_t j = 0; j < input.states; ++j) {
            const double here = static_cast<std::size_t>(r.from) == j ? 1.0 : 0.0;
            curve.initial_influence[static_cast<std::size_t>(r.cluster) + j * clusters] +=
                r.weight * (here - curve.p0[j]) / total;
        }
    }
}

void give_tables(Vector<MultistateCurve>& curves, const MultistateInput& input, const MultistateOptions& options,
                 StateTableSource& tables) {
    std::size_t rows = 0;
    for (const MultistateCurve& curve : curves) rows += curve.time.size();
    const auto give = [&](StateColumns MultistateCurve::*field, StateQuantity quantity, std::size_t columns) {
        double* at = tables.table(quantity, rows, columns);
        for (MultistateCurve& curve : curves) {
            curve.*field = {at, rows};
            at += curve.time.size();
        }
    };
    const std::size_t states = input.states, moves = input.transitions.size();
    give(&MultistateCurve::risk, StateQuantity::risk, states);
    give(&MultistateCurve::event, StateQuantity::event, states);
    give(&MultistateCurve::censor, StateQuantity::censor, states);
    give(&MultistateCurve::transition, StateQuantity::transition, moves);
    if (options.entry_times) give(&MultistateCurve::enter, StateQuantity::enter, states);
    if (options.heads) {
        give(&MultistateCurve::risk_heads, StateQuantity::risk_heads, states);
        give(&MultistateCurve::censor_heads, StateQuantity::censor_heads, states);
        give(&MultistateCurve::transition_heads, StateQuantity::transition_heads, moves);
        if (options.entry_times) give(&MultistateCurve::enter_heads, StateQuantity::enter_heads, states);
    }
    give(&MultistateCurve::probability, StateQuantity::probability, states);
    give(&MultistateCurve::hazard, StateQuantity::hazard, moves);
    if (!options.errors) return;
    give(&MultistateCurve::probability_error, StateQuantity::probability_error, states);
    give(&MultistateCurve::hazard_error, StateQuantity::hazard_error, moves);
    give(&MultistateCurve::area_error, StateQuantity::area_error, states);
}

void write_row(const Vector<Tally>& counts, std::size_t k, const StateColumns& weights, const StateColumns& heads) {
    if (weights.first == nullptr) return;
    for (std::size_t j = 0; j < counts.size(); ++j) weights(k, j) = counts[j].weight;
    if (heads.first == nullptr) return;
    for (std::size_t j = 0; j < counts.size(); ++j) heads(k, j) = counts[j].heads;
}

// From the last time to the first: the risk set mostly grows that way, so that sums rarely cancel.
void count_states(const StateRows& rows, const MultistateInput& input, MultistateCurve& curve) {
    const std::size_t states = input.states, moves = input.transitions.size();
    Vector<Tally> risk(states), censor(states), enter(states), event(states), transition(moves);
    std::size_t next_stop = rows.by_stop.size(), next_start = rows.by_start.size();
    for (std::size_t k = curve.time.size(); k-- > 0;) {
        const double t = curve.time[k];
        for (Vector<Tally>* counts : {&censor, &enter, &event, &transition}) {
            std::fill(counts->begin(), counts->end(), Tally{});
        }
        for (; next_start > 0 && rows.by_start[next_start - 1].time >= t; --next_start) {
            const StateRow& r = rows.by_start[next_start - 1];
            risk[static_cast<std::size_t>(r.from)].remove(r.weight);
            if (r.is_first) enter[static_cast<std::size_t>(r.from)].add(r.weight);
        }
        for (; next_stop > 0 && rows.by_stop[next_stop - 1].time >= t; --next_stop) {
            const StateRow& r = rows.by_stop[next_stop - 1];
            risk[static_cast<std::size_t>(r.from)].add(r.weight);
            if (r.to >= 0) {
                transition[static_cast<std::size_t>(r.transition)].add(r.weight);
                event[static_cast<std::size_t>(r.to)].add(r.weight);
            } else if (r.is_last) {
                censor[static_cast<std::size_t>(r.from)].add(r.weight);
            }
        }
        write_row(risk, k, curve.risk, curve.risk_heads);
        write_row(censor, k, curve.censor, curve.censor_heads);
        write_row(enter, k, curve.enter, curve.enter_heads);
        write_row(event, k, curve.event, {});
        write_row(transition, k, curve.transition, curve.transition_heads);
    }
}

void estimate_states(const MultistateInput& input, MultistateCurve& curve) {
    const std::size_t m = curve.time.size(), states = input.states, moves = input.transitions.size();
    Vector<double> p = curve.p0, before(states), total(moves, 0.0);
    for (std::size_t k = 0; k < m; ++k) {
        before = p;
        for (std::size_t h = 0; h < moves; ++h) {
            const double moved = curve.transition(k, h);
            if (!(moved > 0.0)) continue;
            const std::size_t from = static_cast<std::size_t>(input.transitions[h].from) - 1;
            const std::size_t to = static_cast<std::size_t>(input.transitions[h].to) - 1;
            const double step = moved / curve.risk(k, from);
            total[h] += step;
            p[from] -= before[from] * step;
            p[to] += before[from] * step;
        }
        for (std::size_t j = 0; j < states; ++j) curve.probability(k, j) = p[j];
        for (std::size_t h = 0; h < moves; ++h) curve.hazard(k, h) = total[h];
    }
}

void estimate_errors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                     MultistateCurve& curve) {
    const bool small = rows.by_stop.size() * curve.time.size() <= options.direct_cells;
    if (!small && !options.influence && has_competing_risks(rows, input, curve)) {
        competing_risk_errors(rows, input, options, curve);
    } else {
        direct_state_errors(rows, input, options, curve);
    }
}

}  // namespace

Vector<MultistateCurve> aalen_johansen(const MultistateInput& input, const MultistateOptions& options,
                                       StateTableSource& tables, Hooks& hooks) {
    StateRowSource source(input);
    Vector<StateRows> rows(source.strata());
    Vector<MultistateCurve> curves(source.strata());
    for (std::size_t s = 0; s < curves.size(); ++s) {
        rows[s] = source.curve(s);
        curves[s].cluster = rows[s].clusters;
        curves[s].time = reported_times(rows[s], options);
    }
    give_tables(curves, input, options, tables);
    for (std::size_t s = 0; s < curves.size(); ++s) {
        hooks.tick(s, curves.size());
        const Vector<bool> at_risk = source.at_risk(s, options.t0, options.p0_includes_t0);
        set_initial(rows[s], input, options, at_risk, curves[s]);
        count_states(rows[s], input, curves[s]);
        estimate_states(input, curves[s]);
        if (options.errors) estimate_errors(rows[s], input, options, curves[s]);
        rows[s] = {};
    }
    return curves;
}

}  // namespace survmatch
