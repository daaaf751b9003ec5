#include "core/matching/network_match.hpp"

#include <algorithm>
#include <limits>

#include "core/matching/arc_flow.hpp"
#include "core/matching/arc_source.hpp"

namespace survmatch {

std::vector<NetworkPair> match_network(const MatchUnits& units, const PairDistances& distances,
                                       const NetworkBounds& bounds, std::size_t most_arcs, Hooks& hooks) {
    const ArcSource source(units, distances);
    const std::vector<PairArc> arcs = source.arcs(most_arcs, hooks, [](const PairArc&) { return true; });
    const std::size_t focal = source.focal_units.size(), others = source.other_units.size();
    // 0 where all flow begins and ends, 1 the gate of required focal units, then focal units, others, the gate of the others
    const std::size_t first_focal = 2, first_other = first_focal + focal, gate = first_other + others;
    const int most = static_cast<int>(std::min<long long>(bounds.most, static_cast<long long>(others)));
    const int shared = static_cast<int>(std::min<long long>(bounds.shared, static_cast<long long>(focal)));
    const int least = std::min(bounds.least, most);
    const FlowCost required{-1, 0.0};
    ArcFlow flow(gate + 1);

    const long long through = bounds.focal_used < 0 ? static_cast<long long>(focal) : bounds.focal_used;
    flow.add_arc(0, 1, static_cast<int>(through * least), required);
    for (std::size_t f = 0; f < focal; ++f) flow.add_late_arc(1, first_focal + f, least, {});
    for (std::size_t f = 0; f < focal && most > least; ++f) flow.add_late_arc(0, first_focal + f, most - least, {});
    std::vector<std::size_t> of_pair;
    for (const PairArc& arc : arcs) {
        of_pair.push_back(flow.add_arc(first_focal + arc.focal, first_other + arc.other, 1, {0, arc.distance}));
    }
    for (std::size_t o = 0; o < others; ++o) {
        flow.add_arc(first_other + o, gate, 1, {});
        if (shared > 1) flow.add_arc(first_other + o, 0, shared - 1, {});
    }
    const long long used = bounds.others_used < 0 ? static_cast<long long>(others) : bounds.others_used;
    flow.add_arc(gate, 0, static_cast<int>(used), bounds.others_used < 0 ? FlowCost{} : required);
    flow.solve(hooks);

    std::vector<NetworkPair> pairs;
    for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (flow.flow(of_pair[a]) == 0) continue;
        pairs.push_back({source.focal_units[arcs[a].focal], source.other_units[arcs[a].other]});
    }
    return pairs;
}

std::vector<NetworkPair> match_network_full(const MatchUnits& units, const PairDistances& distances,
                                            std::size_t most_arcs, Hooks& hooks) {
    const ArcSource source(units, distances);
    const std::size_t focal = source.focal_units.size(), others = source.other_units.size();
    const double far = std::numeric_limits<double>::infinity();
    const PairArc none{0, 0, far};
    std::vector<PairArc> nearest_focal(others, none), nearest_other(focal, none);
    source.each(hooks, [&](const PairArc& arc) {
        if (arc.distance < nearest_other[arc.focal].distance) nearest_other[arc.focal] = arc;
        if (arc.distance < nearest_focal[arc.other].distance) nearest_focal[arc.other] = arc;
    });
    // a pair costs its own distance and saves what both would cost alone
    const auto saving = [&](const PairArc& arc) {
        return nearest_other[arc.focal].distance + nearest_focal[arc.other].distance - arc.distance;
    };
    const std::vector<PairArc> arcs =
        source.arcs(most_arcs, hooks, [&](const PairArc& arc) { return saving(arc) > 0.0; });
    ArcFlow flow(1 + focal + others);
    for (std::size_t f = 0; f < focal; ++f) flow.add_late_arc(0, 1 + f, 1, {});
    std::vector<std::size_t> of_pair;
    for (const PairArc& arc : arcs) {
        of_pair.push_back(flow.add_arc(1 + arc.focal, 1 + focal + arc.other, 1, {0, -saving(arc)}));
    }
    for (std::size_t o = 0; o < others; ++o) flow.add_arc(1 + focal + o, 0, 1, {});
    flow.solve(hooks);

    std::vector<NetworkPair> pairs;
    const auto take = [&](const PairArc& arc) {
        pairs.push_back({source.focal_units[arc.focal], source.other_units[arc.other]});
        nearest_other[arc.focal].distance = nearest_focal[arc.other].distance = far;
    };
    for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (flow.flow(of_pair[a]) > 0) take(arcs[a]);
    }
    for (const PairArc& arc : nearest_other) {
        if (arc.distance < far) pairs.push_back({source.focal_units[arc.focal], source.other_units[arc.other]});
    }
    for (const PairArc& arc : nearest_focal) {
        if (arc.distance < far) pairs.push_back({source.focal_units[arc.focal], source.other_units[arc.other]});
    }
    return pairs;
}

}  // namespace survmatch
