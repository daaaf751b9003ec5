#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"

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

// A circulation of least cost. Late arcs are put in one after the other, each with the shortest cycles
// through it, so that a search looks only at what one more unit can change; prices of the nodes prove the optimum: at
// the end no arc with room left costs less than the difference of its ends' prices. Edmonds & Karp (1972) J ACM 19:248;
// Jonker & Volgenant (1987) Computing 38:325. Distances stay doubles, so the optimum is exact to rounding.
class ArcFlow {
  public:
    explicit ArcFlow(std::size_t nodes) : nodes_(nodes) {}
    // Apart from arcs into node 0 and out of it, and late ones, every arc must go to a node of a higher number.
    std::size_t add_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost);
    // An arc that is put in late.
    std::size_t add_late_arc(std::size_t from, std::size_t to, int capacity, FlowCost cost);
    void solve(Hooks& hooks = no_hooks());
    int flow(std::size_t arc) const { return arcs_[place_[arc]].flow; }
    FlowCost price(std::size_t node) const { return price_[node]; }
    // By how much the worst arc contradicts the prices; zero but for rounding.
    FlowCost worst_contradiction() const;

  private:
    struct Arc {
        double distance;
        std::int32_t rank;
        std::uint32_t from, to;
        int room, flow;
        bool late;

        FlowCost cost() const { return {rank, distance}; }
    };
    struct Step {
        std::uint32_t arc;
        bool back;
    };

    void sort_arcs();
    void first_prices();
    void insert(std::uint32_t arc);
    bool search(std::size_t from, std::size_t to, FlowCost bound);
    void look(std::size_t from, std::size_t to, FlowCost cost, Step step);
    void push(std::size_t from, std::size_t to);
    void add_flow(Arc& arc, std::uint32_t index, int units);

    std::size_t nodes_;
    Vector<Arc> arcs_;
    Vector<std::uint32_t> place_;           // of each arc in the order of their first nodes
    Vector<std::size_t> first_;             // arcs out of a node: first_[v] .. first_[v + 1]
    Vector<Vector<std::uint32_t>> filled_;  // arcs into a node that carry flow
    Vector<FlowCost> price_, reach_;
    Vector<Step> through_;  // how a node was reached
    Vector<char> state_;    // 0 unseen, 1 seen, 2 settled
    Vector<std::uint32_t> seen_;
    struct Entry {
        FlowCost reach;
        std::uint32_t node;
        bool operator<(const Entry& other) const { return other.reach < reach; }  // the nearest on top
    };
    Vector<Entry> queue_;
};

}  // namespace survmatch
