#include "core/survival/multistate_rows.hpp"

#include <numeric>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

StateRowSource::StateRowSource(const MultistateInput& input)
    : input_(input),
      states_(static_cast<int>(input.states)),
      number_(input.states * input.states, -1),
      place_(input.clusters, -1) {
    Vector<Index> all(input.stop.size());
    std::iota(all.begin(), all.end(), Index{0});
    in_data_ = split_by_stratum(std::move(all), input.stratum, input.strata);
    by_stop_ = split_by_stratum(time_order(input.stop), input.stratum, input.strata);
    if (!input.start.empty()) by_start_ = split_by_stratum(time_order(input.start), input.stratum, input.strata);
    for (std::size_t h = 0; h < input.transitions.size(); ++h) {
        const Transition& t = input.transitions[h];
        number_[static_cast<std::size_t>((t.from - 1) * states_ + t.to - 1)] = static_cast<int>(h);
    }
}

StateRow StateRowSource::row(Index i, double time) const {
    StateRow r;
    r.time = time;
    r.weight = input_.weight.empty() ? 1.0 : input_.weight[i];
    r.from = input_.from[i] - 1;
    r.to = input_.to[i] - 1;
    r.transition = r.to < 0 ? -1 : transition_number(r.from, r.to);
    if (r.to >= 0 && r.transition < 0) throw InputError("A row moves between states that are no transition.");
    r.cluster = place_[cluster_of(i)];
    r.is_first = input_.mark.empty() || (input_.mark[i] & 1) != 0;
    r.is_last = input_.mark.empty() || (input_.mark[i] & 2) != 0;
    return r;
}

StateRows StateRowSource::curve(std::size_t s) {
    StateRows out;
    const Span<const Index> stops = by_stop_.stratum(s);
    const Span<const Index> rows = in_data_.stratum(s);
    for (const Index i : rows) place_[cluster_of(i)] = -1;
    out.clusters.reserve(rows.size());
    for (const Index i : rows) {
        int& at = place_[cluster_of(i)];
        if (at >= 0) continue;
        at = static_cast<int>(out.clusters.size());
        out.clusters.push_back(static_cast<int>(cluster_of(i)));
    }
    out.by_stop.reserve(stops.size());
    for (const Index i : stops) out.by_stop.push_back(row(i, input_.stop[i]));
    out.has_entry = !input_.start.empty();
    if (!out.has_entry) return out;
    out.by_start.reserve(stops.size());
    for (const Index i : by_start_.stratum(s)) out.by_start.push_back(row(i, input_.start[i]));
    return out;
}

Vector<bool> StateRowSource::at_risk(std::size_t s, double t0, bool includes_t0) const {
    Vector<bool> out;
    for (const Index i : by_stop_.stratum(s)) {
        const bool began = input_.start.empty() || input_.start[i] < t0 || (includes_t0 && input_.start[i] == t0);
        out.push_back(began && (input_.start.empty() || input_.stop[i] >= t0));
    }
    return out;
}

}  // namespace survmatch
