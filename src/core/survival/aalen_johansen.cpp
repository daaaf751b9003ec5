#include "core/survival/aalen_johansen.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/multistate_errors.hpp"
#include "core/survival/multistate_rows.hpp"

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
                 Vector<bool>& at_risk, MultistateCurve& curve) {
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

// A column-major matrix inside a vector.
class Columns {
  public:
    Columns(Vector<double>& values, std::size_t rows, std::size_t columns) : values_(values), rows_(rows) {
        values_.assign(rows * columns, 0.0);
    }
    double& operator()(std::size_t row, std::size_t column) { return values_[column * rows_ + row]; }

  private:
    Vector<double>& values_;
    std::size_t rows_;
};

// From the last time to the first: the risk set mostly grows that way, so that sums rarely cancel.
void count_states(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                  MultistateCurve& curve) {
    const std::size_t m = curve.time.size(), states = input.states, moves = input.transitions.size();
    const std::size_t kinds = options.heads ? 2 : 1;
    Columns risk(curve.risk, m, kinds * states), censor(curve.censor, m, kinds * states), event(curve.event, m, states);
    Columns transition(curve.transition, m, kinds * moves);
    Columns enter(curve.enter, options.entry_times ? m : 0, kinds * states);
    Vector<double> now(2 * states, 0.0);
    std::size_t next_stop = rows.by_stop.size(), next_start = rows.by_start.size();
    for (std::size_t k = m; k-- > 0;) {
        const double t = curve.time[k];
        for (; next_start > 0 && rows.by_start[next_start - 1].time >= t; --next_start) {
            const StateRow& r = rows.by_start[next_start - 1];
            const std::size_t j = static_cast<std::size_t>(r.from);
            now[j] -= r.weight;
            now[j + states] -= 1.0;
            if (options.entry_times && r.is_first) {
                enter(k, j) += r.weight;
                if (options.heads) enter(k, j + states) += 1.0;
            }
        }
        for (; next_stop > 0 && rows.by_stop[next_stop - 1].time >= t; --next_stop) {
            const StateRow& r = rows.by_stop[next_stop - 1];
            const std::size_t j = static_cast<std::size_t>(r.from);
            now[j] += r.weight;
            now[j + states] += 1.0;
            if (r.to >= 0) {
                const std::size_t h = static_cast<std::size_t>(r.transition);
                transition(k, h) += r.weight;
                if (options.heads) transition(k, h + moves) += 1.0;
                event(k, static_cast<std::size_t>(r.to)) += r.weight;
            } else if (r.is_last) {
                censor(k, j) += r.weight;
                if (options.heads) censor(k, j + states) += 1.0;
            }
        }
        for (std::size_t j = 0; j < kinds * states; ++j) risk(k, j) = now[j];
    }
}

void estimate_states(const MultistateInput& input, MultistateCurve& curve) {
    const std::size_t m = curve.time.size(), states = input.states, moves = input.transitions.size();
    Columns probability(curve.probability, m, states), hazard(curve.hazard, m, moves);
    Vector<double> p = curve.p0, before(states), total(moves, 0.0);
    for (std::size_t k = 0; k < m; ++k) {
        before = p;
        for (std::size_t h = 0; h < moves; ++h) {
            const double moved = curve.transition[h * m + k];
            if (!(moved > 0.0)) continue;
            const std::size_t from = static_cast<std::size_t>(input.transitions[h].from) - 1;
            const std::size_t to = static_cast<std::size_t>(input.transitions[h].to) - 1;
            const double step = moved / curve.risk[from * m + k];
            total[h] += step;
            p[from] -= before[from] * step;
            p[to] += before[from] * step;
        }
        for (std::size_t j = 0; j < states; ++j) probability(k, j) = p[j];
        for (std::size_t h = 0; h < moves; ++h) hazard(k, h) = total[h];
    }
}

}  // namespace

Vector<MultistateCurve> aalen_johansen(const MultistateInput& input, const MultistateOptions& options, Hooks& hooks) {
    StateRowSource source(input);
    Vector<MultistateCurve> curves(source.strata());
    for (std::size_t s = 0; s < curves.size(); ++s) {
        hooks.tick(s, curves.size());
        MultistateCurve& curve = curves[s];
        const StateRows rows = source.curve(s);
        Vector<bool> at_risk = source.at_risk(s, options.t0, options.p0_includes_t0);
        curve.cluster = rows.clusters;
        curve.time = reported_times(rows, options);
        set_initial(rows, input, options, at_risk, curve);
        count_states(rows, input, options, curve);
        estimate_states(input, curve);
        if (!options.errors) continue;
        const bool small = rows.by_stop.size() * curve.time.size() <= options.direct_cells;
        if (!small && !options.influence && has_competing_risks(rows, input, curve)) {
            competing_risk_errors(rows, input, options, curve);
        } else {
            direct_state_errors(rows, input, options, curve);
        }
    }
    return curves;
}

}  // namespace survmatch
