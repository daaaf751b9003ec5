#pragma once

#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/arc_flow.hpp"
#include "core/matching/pair_rule.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// How far two units are apart, and whether they may be a pair: one of a score, points, or a table (others in rows,
// focal units in columns). The caliper is on the score, or on the table where there is no score.
struct PairDistances {
    MatrixView points;  // units by coordinates; the distance is Euclidean
    MatrixView table;
    double caliper = std::numeric_limits<double>::quiet_NaN();
    PairRule rule;
};

// Each focal unit gets `least` .. `most` others; an other is in at most `shared` pairs. Serving the least of each focal
// unit, and as many others as are to be used, counts before distance does.
struct NetworkBounds {
    int least = 1;
    int most = 1;
    int shared = 1;
    long long others_used = -1;  // this many others (-1: as many as pay, which is no more than needed)
    long long focal_used = -1;   // at most so many focal units (-1: all)
    double penalty = std::numeric_limits<double>::quiet_NaN();  // of a missing partner; NaN: above any distance
    // Codes 1, 2, ... of the units, or empty: others beyond `least` for each focal unit of their category count before
    // distance does, and after the number of pairs (fine balance, or as near as can be).
    Span<const int> category;
};

struct NetworkPair {
    int focal;
    int other;
};

// Pairs of least cost and the prices that prove it, one a unit (zero: takes no part). For every pair that may be made
// the two prices are together worth no less than the pair, which is 1 pair less its distance; for the pairs made just
// as much. `contradiction`: by how much the worst pair is worth more; zero but for rounding.
struct NetworkMatch {
    Vector<NetworkPair> pairs;
    Vector<FlowCost> price;
    FlowCost contradiction;
};

// The most of what is required, and of all ways to have as much those with the least total distance.
NetworkMatch match_network(const MatchUnits& units, const PairDistances& distances, const NetworkBounds& bounds,
                           std::size_t most_arcs, Hooks& hooks = no_hooks());

// Pairs that leave nobody out who has somebody to pair with, of the least total distance: each unit with its nearest,
// but for the pairs that save more (a minimum-cost edge cover). Here the prices are shares of the distance: those of a
// pair that may be made are together at most its distance, and all prices are the total.
NetworkMatch match_network_full(const MatchUnits& units, const PairDistances& distances, std::size_t most_arcs,
                                Hooks& hooks = no_hooks());

// Who has fewer partners than `least` in an optimum, and of whom they are short: groups 1, 2, ... of focal units with
// all the others that any of them could have. 0: in none.
Vector<int> shortage_on_network(const MatchUnits& units, const PairDistances& distances, int least,
                                const Vector<NetworkPair>& pairs, Hooks& hooks = no_hooks());

}  // namespace survmatch
