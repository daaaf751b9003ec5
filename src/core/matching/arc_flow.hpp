#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/hooks.hpp"

namespace survmatch {

// What a unit of flow costs: first how many required units it serves (each -1), then distance.
struct FlowCost {
    std::int64_t rank = 0;
    double distance = 0.0;

    FlowCost operator+(const FlowCost& o) const { return {rank + o.rank, distance + o.distance}; }
    FlowCost operator-(const FlowCost& o) const { return {rank - o.rank, distance - o.distance}; }
    FlowCost operator-() const { return {-rank, -distance}; }
    bool operator<(const FlowCost& o) const { return rank != o.rank ? rank < o.rank : distance < o.distance; }
};

// A flow from node 0 to node 1 of least cost, of whatever size is cheapest: shortest augmenting paths with potentials.
// Edmonds & Karp (1972) J ACM 19:248; Tomizawa (1971) Networks 1:173. Distances stay doubles, so the optimum is exact to
// rounding.
class ArcFlow {
  public:
    explicit ArcFlow(std::size_t nodes) : nodes_(nodes) {}
    std::size_t add_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost);
    // Nodes other than the source must be numbered in an order in which every arc goes up, the sink last of all.
    void solve(Hooks& hooks = no_hooks());
    int flow(std::size_t arc) const { return capacity_[2 * arc + 1]; }

  private:
    void index_arcs();
    void first_potentials();
    bool augment();

    std::size_t nodes_;
    std::vector<std::uint32_t> from_, to_;  // arc a and its reverse are 2a and 2a + 1
    std::vector<int> capacity_;
    std::vector<FlowCost> cost_;
    std::vector<std::size_t> first_;        // arcs of a node: list_[first_[v] .. first_[v + 1])
    std::vector<std::uint32_t> list_;
    std::vector<FlowCost> potential_, reach_;
    std::vector<std::uint32_t> through_;    // the arc by which a node was reached
    std::vector<char> state_;               // 0 unseen, 1 seen, 2 settled
};

}  // namespace survmatch
