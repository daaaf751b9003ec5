#pragma once

#include <limits>
#include <vector>

#include "core/base/hooks.hpp"
#include "core/matching/pair_rule.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// How far two units are apart, and whether they may be a pair: one of a score, points, or a table (others in rows, focal
// units in columns). The caliper is on the score, or on the table where there is no score.
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
};

struct NetworkPair {
    int focal;
    int other;
};

// The most of what is required, and of all ways to have as much those with the least total distance.
std::vector<NetworkPair> match_network(const MatchUnits& units, const PairDistances& distances,
                                       const NetworkBounds& bounds, std::size_t most_arcs, Hooks& hooks = no_hooks());

// Pairs that leave nobody out who has somebody to pair with, of the least total distance: each unit with its nearest, but
// for the pairs that save more (a minimum-cost edge cover).
std::vector<NetworkPair> match_network_full(const MatchUnits& units, const PairDistances& distances,
                                            std::size_t most_arcs, Hooks& hooks = no_hooks());

}  // namespace survmatch
