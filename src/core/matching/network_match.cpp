#include "core/matching/network_match.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/vector.hpp"
#include "core/matching/arc_flow.hpp"
#include "core/matching/arc_source.hpp"

namespace survmatch {

NetworkMatch match_network(const MatchUnits& units, const PairDistances& distances, const NetworkBounds& bounds,
                           std::size_t most_arcs, Hooks& hooks) {
    const ArcSource source(units, distances);
    const Vector<PairArc> arcs = source.arcs(most_arcs, hooks, [](const PairArc&) { return true; });
    const std::size_t focal = source.focal_units.size(), others = source.other_units.size();
    // 0 where all flow begins and ends, 1 the gate of required focal units, then focal units, others, the categories of
    // the others, the gate of the others
    std::size_t categories = 0;
    for (const int code : bounds.category) categories = std::max(categories, static_cast<std::size_t>(code));
    const std::size_t first_focal = 2, first_other = first_focal + focal, first_category = first_other + others;
    const std::size_t gate = first_category + categories;
    const int most = static_cast<int>(std::min<long long>(bounds.most, static_cast<long long>(others)));
    const int shared = static_cast<int>(std::min<long long>(bounds.shared, static_cast<long long>(focal)));
    const int least = std::min(bounds.least, most);
    // a pair is worth more than all imbalance
    const std::int64_t rank_of_pair = categories == 0 ? 1 : static_cast<std::int64_t>(others) + 1;
    const FlowCost required = std::isnan(bounds.penalty) ? FlowCost{-rank_of_pair, 0.0} : FlowCost{0, -bounds.penalty};
    ArcFlow flow(gate + 1);

    const long long through = bounds.focal_used < 0 ? static_cast<long long>(focal) : bounds.focal_used;
    flow.add_arc(0, 1, static_cast<int>(through * least), required);
    for (std::size_t f = 0; f < focal; ++f) flow.add_late_arc(1, first_focal + f, least, {});
    for (std::size_t f = 0; f < focal && most > least; ++f) flow.add_late_arc(0, first_focal + f, most - least, {});
    Vector<std::size_t> of_pair;
    for (const PairArc& arc : arcs) {
        of_pair.push_back(flow.add_arc(first_focal + arc.focal, first_other + arc.other, 1, {0, arc.distance}));
    }
    for (std::size_t o = 0; o < others; ++o) {
        const std::size_t unit = static_cast<std::size_t>(source.other_units[o]);
        const std::size_t next =
            categories == 0 ? gate : first_category + static_cast<std::size_t>(bounds.category[unit]) - 1;
        flow.add_arc(first_other + o, next, 1, {});
        if (shared > 1) flow.add_arc(first_other + o, 0, shared - 1, {});
    }
    Vector<int> wanted(categories, 0);
    for (const int unit : source.focal_units) {
        if (categories > 0)
            wanted[static_cast<std::size_t>(bounds.category[static_cast<std::size_t>(unit)]) - 1] += least;
    }
    for (std::size_t c = 0; c < categories; ++c) {
        flow.add_arc(first_category + c, gate, wanted[c], {});
        flow.add_arc(first_category + c, gate, static_cast<int>(others), {1, 0.0});
    }
    const long long used = bounds.others_used < 0 ? static_cast<long long>(others) : bounds.others_used;
    flow.add_arc(gate, 0, static_cast<int>(used), bounds.others_used < 0 ? FlowCost{} : required);
    flow.solve(hooks);

    NetworkMatch match;
    for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (flow.flow(of_pair[a]) > 0) match.pairs.push_back(source.pair_of(arcs[a]));
    }
    // without limits to who is used nobody's price is below zero
    const bool limited =
        bounds.others_used >= 0 || bounds.focal_used >= 0 || most > least || shared > 1 || categories > 0;
    const auto priced = [&](const FlowCost& price) { return !limited && price < FlowCost{} ? FlowCost{} : price; };
    match.price.resize(units.size());
    for (std::size_t f = 0; f < focal; ++f) {
        match.price[source.focal_units[f]] = priced(flow.price(first_focal + f) - required);
    }
    for (std::size_t o = 0; o < others; ++o) match.price[source.other_units[o]] = priced(-flow.price(first_other + o));
    match.contradiction = flow.worst_contradiction();
    return match;
}

NetworkMatch match_network_full(const MatchUnits& units, const PairDistances& distances, std::size_t most_arcs,
                                Hooks& hooks) {
    const ArcSource source(units, distances);
    const std::size_t focal = source.focal_units.size(), others = source.other_units.size();
    const double far = std::numeric_limits<double>::infinity();
    const PairArc none{0, 0, far};
    Vector<PairArc> nearest_focal(others, none), nearest_other(focal, none);
    source.each(hooks, [&](const PairArc& arc) {
        if (arc.distance < nearest_other[arc.focal].distance) nearest_other[arc.focal] = arc;
        if (arc.distance < nearest_focal[arc.other].distance) nearest_focal[arc.other] = arc;
    });
    // a pair costs its own distance and saves what both would cost alone
    const auto saving = [&](const PairArc& arc) {
        return nearest_other[arc.focal].distance + nearest_focal[arc.other].distance - arc.distance;
    };
    const Vector<PairArc> arcs = source.arcs(most_arcs, hooks, [&](const PairArc& arc) { return saving(arc) > 0.0; });
    ArcFlow flow(1 + focal + others);
    for (std::size_t f = 0; f < focal; ++f) flow.add_late_arc(0, 1 + f, 1, {});
    Vector<std::size_t> of_pair;
    for (const PairArc& arc : arcs) {
        of_pair.push_back(flow.add_arc(1 + arc.focal, 1 + focal + arc.other, 1, {0, -saving(arc)}));
    }
    for (std::size_t o = 0; o < others; ++o) flow.add_arc(1 + focal + o, 0, 1, {});
    flow.solve(hooks);

    NetworkMatch match;
    match.contradiction = flow.worst_contradiction();
    match.price.resize(units.size());
    Vector<char> paired(1 + focal + others, 0);
    for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (flow.flow(of_pair[a]) == 0) continue;
        match.pairs.push_back(source.pair_of(arcs[a]));
        paired[1 + arcs[a].focal] = paired[1 + focal + arcs[a].other] = 1;
    }
    const auto alone = [&](const PairArc& nearest, std::size_t node, int unit, double spared) {
        if (nearest.distance == far) return;
        if (!paired[node]) match.pairs.push_back(source.pair_of(nearest));
        match.price[unit].distance = nearest.distance - std::max(0.0, spared);
    };
    for (std::size_t f = 0; f < focal; ++f) {
        alone(nearest_other[f], 1 + f, source.focal_units[f], flow.price(1 + f).distance);
    }
    for (std::size_t o = 0; o < others; ++o) {
        alone(nearest_focal[o], 1 + focal + o, source.other_units[o], -flow.price(1 + focal + o).distance);
    }
    return match;
}

namespace {

// Which units belong together.
class Groups {
  public:
    explicit Groups(std::size_t units) : parent_(units) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
    std::size_t root(std::size_t unit) {
        while (parent_[unit] != unit) unit = parent_[unit] = parent_[parent_[unit]];
        return unit;
    }
    void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

  private:
    Vector<std::size_t> parent_;
};

}  // namespace

Vector<int> shortage_on_network(const MatchUnits& units, const PairDistances& distances, int least,
                                const Vector<NetworkPair>& pairs, Hooks& hooks) {
    const ArcSource source(units, distances);
    Vector<int> served(units.size(), 0);
    Vector<Vector<int>> owners(units.size());
    for (const NetworkPair& pair : pairs) {
        ++served[pair.focal];
        owners[pair.other].push_back(pair.focal);
    }
    Vector<std::size_t> number(units.size(), 0), waiting;
    for (std::size_t f = 0; f < source.focal_units.size(); ++f) number[source.focal_units[f]] = f;
    Vector<char> reached(units.size(), 0);
    const auto reach = [&](std::size_t unit) {
        if (reached[unit]) return;
        reached[unit] = 1;
        waiting.push_back(unit);
    };
    Groups groups(units.size());
    for (const int unit : source.focal_units) {
        if (served[unit] < least) reach(static_cast<std::size_t>(unit));
    }
    for (std::size_t done = 0; !waiting.empty(); ++done) {
        if (done % 64 == 0) hooks.tick(done, source.focal_units.size());
        const std::size_t focal = waiting.back();
        waiting.pop_back();
        source.each_of(number[focal], [&](const PairArc& arc) {
            const auto other = static_cast<std::size_t>(source.other_units[arc.other]);
            groups.join(focal, other);
            if (reached[other]) return;
            reached[other] = 1;
            for (const int owner : owners[other]) reach(static_cast<std::size_t>(owner));
        });
    }
    Vector<int> code(units.size(), 0), of_root(units.size(), 0);
    int last = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (!reached[unit]) continue;
        int& group = of_root[groups.root(unit)];
        if (group == 0) group = ++last;
        code[unit] = group;
    }
    return code;
}

}  // namespace survmatch
