#include "core/matching/arc_flow.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace survmatch {

namespace {

constexpr std::size_t source = 0;
constexpr std::size_t sink = 1;

struct Entry {
    FlowCost reach;
    std::uint32_t node;
    bool operator<(const Entry& other) const { return other.reach < reach; }  // the nearest on top
};

}  // namespace

std::size_t ArcFlow::add_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost) {
    from_.insert(from_.end(), {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
    to_.insert(to_.end(), {static_cast<std::uint32_t>(to), static_cast<std::uint32_t>(from)});
    capacity_.insert(capacity_.end(), {capacity, 0});
    cost_.insert(cost_.end(), {cost, -cost});
    return from_.size() / 2 - 1;
}

void ArcFlow::index_arcs() {
    first_.assign(nodes_ + 1, 0);
    for (const std::uint32_t v : from_) ++first_[v + 1];
    for (std::size_t v = 0; v < nodes_; ++v) first_[v + 1] += first_[v];
    list_.resize(from_.size());
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t a = 0; a < from_.size(); ++a) list_[next[from_[a]]++] = static_cast<std::uint32_t>(a);
}

// The network has no cycle at first: shortest paths in the order of the nodes, the sink last.
void ArcFlow::first_potentials() {
    const FlowCost far{std::numeric_limits<std::int64_t>::max() / 4, 0.0};
    potential_.assign(nodes_, far);
    potential_[source] = {};
    const auto relax = [&](std::size_t v) {
        if (!(potential_[v] < far)) return;
        for (std::size_t k = first_[v]; k < first_[v + 1]; ++k) {
            const std::uint32_t a = list_[k];
            if (capacity_[a] == 0) continue;
            const FlowCost there = potential_[v] + cost_[a];
            if (there < potential_[to_[a]]) potential_[to_[a]] = there;
        }
    };
    relax(source);
    for (std::size_t v = 2; v < nodes_; ++v) relax(v);
    for (FlowCost& p : potential_) {
        if (!(p < far)) p = {};
    }
}

// One more path, if it pays; the search stops at the sink, and the potentials of what it settled move.
bool ArcFlow::augment() {
    std::fill(state_.begin(), state_.end(), 0);
    std::priority_queue<Entry> queue;
    reach_[source] = {};
    state_[source] = 1;
    queue.push({{}, source});
    std::vector<std::uint32_t> settled;
    while (!queue.empty()) {
        const Entry entry = queue.top();
        queue.pop();
        const std::uint32_t v = entry.node;
        if (state_[v] == 2) continue;
        state_[v] = 2;
        settled.push_back(v);
        if (v == sink) break;
        for (std::size_t k = first_[v]; k < first_[v + 1]; ++k) {
            const std::uint32_t a = list_[k], w = to_[a];
            if (capacity_[a] == 0 || state_[w] == 2) continue;
            FlowCost step = cost_[a] + potential_[v] - potential_[w];
            if (step < FlowCost{}) step = {};  // rounding
            const FlowCost there = reach_[v] + step;
            if (state_[w] == 1 && !(there < reach_[w])) continue;
            state_[w] = 1;
            reach_[w] = there;
            through_[w] = a;
            queue.push({there, w});
        }
    }
    if (state_[sink] != 2) return false;
    const FlowCost length = reach_[sink];
    for (const std::uint32_t v : settled) potential_[v] = potential_[v] + reach_[v] - length;
    // potentials count from the source, whose own moved too
    if (!(potential_[sink] - potential_[source] < FlowCost{})) return false;
    for (std::size_t v = sink; v != source; v = from_[through_[v]]) {
        --capacity_[through_[v]];
        ++capacity_[through_[v] ^ 1u];
    }
    return true;
}

void ArcFlow::solve(Hooks& hooks) {
    index_arcs();
    first_potentials();
    reach_.assign(nodes_, {});
    through_.assign(nodes_, 0);
    state_.assign(nodes_, 0);
    std::size_t paths = 0;
    while (augment()) {
        if (++paths % 64 == 0) hooks.tick(paths, nodes_);
    }
}

}  // namespace survmatch
