#include "core/matching/line_match.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_sweep.hpp"

namespace survmatch {

PairTable match_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms, int threads,
                     Hooks& hooks) {
    const auto ratio = static_cast<std::size_t>(terms.ratio);
    Vector<int> row(units.size(), 0);
    std::size_t rows = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (units.focal[unit] != 0) row[unit] = static_cast<int>(rows++);
    }
    PairTable pairs(rows, ratio);
    Vector<int> found(ratio);
    Vector<Index> next(rows, 0);
    for_each_item(order.strata(), threads, hooks, [&] {
        return [&](std::size_t s, Hooks& listener) {
            const Line line = order.stratum(s);
            const Vector<Index> taken = taken_on_line(line, terms, listener);
            pair_in_order(line, taken, [&](std::size_t focal, std::size_t other) {
                const int r = row[line.unit[focal]];
                pairs.at(static_cast<std::size_t>(r), next[r]++) = static_cast<int>(line.unit[other]);
            });
        };
    });
    if (ratio == 1) return pairs;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < next[r]; ++j) found[j] = pairs.at(r, j);
        std::sort(found.begin(), found.begin() + next[r]);
        for (std::size_t j = 0; j < next[r]; ++j) pairs.at(r, j) = found[j];
    }
    return pairs;
}

namespace {

struct Edge {
    Index a, b;
};

// A cover of the units of a line, each with somebody near, by edges of which none can be spared: its parts are stars.
Vector<Edge> cover_of_line(const Line& line, double caliper, Hooks& hooks) {
    const Vector<Index> nearest = nearest_of_other_arm(line, caliper);
    const Vector<Index> taken = taken_for_full(line, nearest, caliper, hooks);
    Vector<Edge> edges;
    Vector<Index> degree(line.size(), 0);
    const auto add = [&](std::size_t a, std::size_t b) {
        edges.push_back({static_cast<Index>(a), static_cast<Index>(b)});
        ++degree[a];
        ++degree[b];
    };
    pair_in_order(line, taken, add);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (degree[i] == 0) add(i, nearest[i]);
    }
    std::size_t kept = 0;
    for (const Edge edge : edges) {
        if (degree[edge.a] > 1 && degree[edge.b] > 1) {
            --degree[edge.a];
            --degree[edge.b];
        } else {
            edges[kept++] = edge;
        }
    }
    edges.resize(kept);
    for (Edge& edge : edges) {
        if (degree[edge.b] > 1) std::swap(edge.a, edge.b);
    }
    return edges;
}

}  // namespace

Vector<int> match_line_full(const MatchUnits& units, const LineOrder& order, double caliper, int threads,
                            Hooks& hooks) {
    Vector<Index> centre(units.size(), nobody);
    for_each_item(order.strata(), threads, hooks, [&] {
        return [&](std::size_t s, Hooks& listener) {
            const Reachable reachable(order.stratum(s), caliper);
            const Line line = reachable.line();
            for (const Edge& edge : cover_of_line(line, caliper, listener)) {
                centre[line.unit[edge.a]] = centre[line.unit[edge.b]] = line.unit[edge.a];
            }
        };
    });
    Vector<int> number(units.size(), 0), sets(units.size(), 0);
    int last = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (centre[unit] == nobody) continue;
        int& set = number[centre[unit]];
        if (set == 0) set = ++last;
        sets[unit] = set;
    }
    return sets;
}

}  // namespace survmatch
