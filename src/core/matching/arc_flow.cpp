#include "core/matching/arc_flow.hpp"

#include <algorithm>
#include <limits>

#include "core/base/vector.hpp"

namespace survmatch {

std::size_t ArcFlow::add_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost) {
    arcs_.push_back({cost.distance, static_cast<std::int32_t>(cost.rank), static_cast<std::uint32_t>(from),
                     static_cast<std::uint32_t>(to), capacity, 0, false});
    return arcs_.size() - 1;
}

std::size_t ArcFlow::add_late_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost) {
    const std::size_t arc = add_arc(from, to, capacity, cost);
    arcs_[arc].late = true;
    return arc;
}

void ArcFlow::sort_arcs() {
    first_.assign(nodes_ + 1, 0);
    for (const Arc& arc : arcs_) ++first_[arc.from + 1];
    for (std::size_t v = 0; v < nodes_; ++v) first_[v + 1] += first_[v];
    Vector<std::size_t> next(first_.begin(), first_.end() - 1);
    Vector<Arc> sorted(arcs_.size());
    place_.resize(arcs_.size());
    for (std::size_t a = 0; a < arcs_.size(); ++a) {
        place_[a] = static_cast<std::uint32_t>(next[arcs_[a].from]++);
        sorted[place_[a]] = arcs_[a];
    }
    arcs_.swap(sorted);
    filled_.assign(nodes_, {});
}

// Without the late arcs nothing flows yet: the highest price that no arc out of a node contradicts, from the last node
// back; where none goes out, the lowest that the arcs in allow.
void ArcFlow::first_prices() {
    const std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
    price_.assign(nodes_, {-far, 0.0});
    price_[0] = {};
    Vector<FlowCost> below(nodes_, {far, 0.0});
    for (std::size_t v = nodes_; v-- > 0;) {
        for (std::size_t a = first_[v]; a < first_[v + 1]; ++a) {
            const Arc& arc = arcs_[a];
            if (arc.late || arc.room == 0) continue;
            if (v == 0) {
                below[arc.to] = std::min(below[arc.to], price_[0] + arc.cost());
            } else if (price_[v] < price_[arc.to] - arc.cost()) {
                price_[v] = price_[arc.to] - arc.cost();
            }
        }
    }
    for (std::size_t v = 1; v < nodes_; ++v) {
        if (price_[v].rank == -far) price_[v] = below[v].rank == far ? FlowCost{} : below[v];
    }
}

void ArcFlow::look(std::size_t from, std::size_t to, FlowCost cost, Step step) {
    if (state_[to] == 2) return;
    FlowCost length = cost + price_[from] - price_[to];
    if (length < FlowCost{}) length = {};  // rounding
    const FlowCost there = reach_[from] + length;
    if (state_[to] == 1 && !(there < reach_[to])) return;
    if (state_[to] == 0) seen_.push_back(static_cast<std::uint32_t>(to));
    state_[to] = 1;
    reach_[to] = there;
    through_[to] = step;
    queue_.push_back({there, static_cast<std::uint32_t>(to)});
    std::push_heap(queue_.begin(), queue_.end());
}

// The shortest way from one node to another, if it is shorter than `bound`; the prices of what was settled move so that
// the way, or else the bound, costs nothing.
bool ArcFlow::search(std::size_t from, std::size_t to, FlowCost bound) {
    queue_.clear();
    seen_.assign(1, static_cast<std::uint32_t>(from));
    reach_[from] = {};
    state_[from] = 1;
    queue_.push_back({{}, static_cast<std::uint32_t>(from)});
    FlowCost length = bound;
    bool found = false;
    while (!queue_.empty()) {
        std::pop_heap(queue_.begin(), queue_.end());
        const Entry entry = queue_.back();
        queue_.pop_back();
        const std::uint32_t v = entry.node;
        if (!(entry.reach < bound)) break;
        if (state_[v] == 2) continue;
        state_[v] = 2;
        if (v == to) {
            length = entry.reach;
            found = true;
            break;
        }
        for (std::size_t a = first_[v]; a < first_[v + 1]; ++a) {
            const Arc& arc = arcs_[a];
            if (arc.room > 0 && !arc.late) look(v, arc.to, arc.cost(), {static_cast<std::uint32_t>(a), false});
        }
        for (const std::uint32_t a : filled_[v]) look(v, arcs_[a].from, -arcs_[a].cost(), {a, true});
    }
    for (const std::uint32_t v : seen_) {
        if (state_[v] == 2) price_[v] = price_[v] + reach_[v] - length;
        state_[v] = 0;
    }
    return found;
}

void ArcFlow::add_flow(Arc& arc, std::uint32_t index, int units) {
    Vector<std::uint32_t>& filled = filled_[arc.to];
    if (arc.flow == 0) filled.push_back(index);
    arc.flow += units;
    arc.room -= units;
    if (arc.flow == 0) {
        const auto at = std::find(filled.begin(), filled.end(), index);
        *at = filled.back();
        filled.pop_back();
    }
}

void ArcFlow::push(std::size_t from, std::size_t to) {
    for (std::size_t v = to; v != from;) {
        const Step step = through_[v];
        Arc& arc = arcs_[step.arc];
        add_flow(arc, step.arc, step.back ? -1 : 1);
        v = step.back ? arc.to : arc.from;
    }
}

void ArcFlow::insert(std::uint32_t index) {
    Arc& arc = arcs_[index];
    while (arc.room > 0) {
        const FlowCost gain = price_[arc.to] - price_[arc.from] - arc.cost();
        if (!(FlowCost{} < gain) || !search(arc.to, arc.from, gain)) break;
        push(arc.to, arc.from);
        add_flow(arc, index, 1);
    }
    arc.late = false;
}

void ArcFlow::solve(Hooks& hooks) {
    sort_arcs();
    first_prices();
    reach_.assign(nodes_, {});
    through_.assign(nodes_, {0, false});
    state_.assign(nodes_, 0);
    Vector<std::uint32_t> late;
    for (std::size_t a = 0; a < arcs_.size(); ++a) {
        if (arcs_[a].late) late.push_back(static_cast<std::uint32_t>(a));
    }
    for (std::size_t k = 0; k < late.size(); ++k) {
        if (k % 64 == 0) hooks.tick(k, late.size());
        insert(late[k]);
    }
}

FlowCost ArcFlow::worst_contradiction() const {
    FlowCost worst;
    for (const Arc& arc : arcs_) {
        const FlowCost slack = arc.cost() + price_[arc.from] - price_[arc.to];
        if (arc.room > 0 && slack < worst) worst = slack;
        if (arc.flow > 0 && -slack < worst) worst = -slack;
    }
    return -worst;
}

}  // namespace survmatch
