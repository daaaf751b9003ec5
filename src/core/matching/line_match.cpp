#include "core/matching/line_match.hpp"

#include <algorithm>
#include <cmath>

#include "core/matching/line_flow.hpp"
#include "core/matching/line_window.hpp"

namespace survmatch {

namespace {

constexpr std::size_t tick_every = 1 << 16;

// Of the focal units' `ratio` copies the first `assured` are given up last of all.
int assured_partners(const MatchUnits& units, Span<const Index> line, int ratio, double caliper) {
    if (!std::isnan(caliper)) return 0;
    std::size_t focal = 0;
    for (const Index unit : line) focal += units.focal[unit] != 0;
    if (focal == 0) return 0;
    return static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(ratio), (line.size() - focal) / focal));
}

// How often each unit of the line is taken.
std::vector<Index> taken_on_line(const MatchUnits& units, Span<const Index> line, int ratio, double caliper,
                                 Hooks& hooks) {
    const int assured = assured_partners(units, line, ratio, caliper);
    LineFlow flow(line.size());
    LineWindow window(units, line, caliper, static_cast<std::size_t>(ratio));
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i % tick_every == 0) hooks.tick(i, line.size());
        const Index place = static_cast<Index>(i);
        const double score = units.score[line[i]];
        flow.move_to(score);
        window.move_to(score);
        flow.limit(window.focal(), window.others());
        if (units.focal[line[i]] == 0) {
            flow.add_control(place, 0.0);
        } else {
            for (int copy = 0; copy < ratio; ++copy) flow.add_treated(place, copy < assured ? 2 : 1, 0.0);
        }
        window.add(i);
    }
    flow.finish();
    return flow.taken();
}

// The j-th taken copy of a focal unit and the j-th taken other, for all j.
template <class Use>
void pair_in_order(const MatchUnits& units, Span<const Index> line, const std::vector<Index>& taken, Use use) {
    std::size_t other = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (units.focal[line[i]] == 0) continue;
        for (Index copy = 0; copy < taken[i]; ++copy, ++other) {
            while (units.focal[line[other]] != 0 || taken[other] == 0) ++other;
            use(i, other);
        }
    }
}

}  // namespace

PairTable match_line(const MatchUnits& units, const LineOrder& order, int ratio, double caliper, Hooks& hooks) {
    std::vector<int> row(units.size(), 0);
    std::size_t rows = 0;
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (units.focal[unit] != 0) row[unit] = static_cast<int>(rows++);
    }
    PairTable pairs(rows, static_cast<std::size_t>(ratio));
    std::vector<int> found(static_cast<std::size_t>(ratio));
    std::vector<Index> next(rows, 0);
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const Span<const Index> line = order.stratum(s);
        const std::vector<Index> taken = taken_on_line(units, line, ratio, caliper, hooks);
        pair_in_order(units, line, taken, [&](std::size_t focal, std::size_t other) {
            const int r = row[line[focal]];
            pairs.at(static_cast<std::size_t>(r), next[r]++) = static_cast<int>(line[other]);
        });
    }
    if (ratio == 1) return pairs;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < next[r]; ++j) found[j] = pairs.at(r, j);
        std::sort(found.begin(), found.begin() + next[r]);
        for (std::size_t j = 0; j < next[r]; ++j) pairs.at(r, j) = found[j];
    }
    return pairs;
}

namespace {

constexpr Index nobody = static_cast<Index>(-1);

// For each place on the line the nearest place of the other arm, of two the one below; `nobody` beyond the caliper.
std::vector<Index> nearest_of_other_arm(const MatchUnits& units, Span<const Index> line, double caliper) {
    const std::size_t n = line.size();
    std::vector<Index> nearest(n, nobody);
    Index last[2] = {nobody, nobody};
    for (std::size_t i = 0; i < n; ++i) {
        const int arm = units.focal[line[i]] != 0;
        nearest[i] = last[1 - arm];
        last[arm] = static_cast<Index>(i);
    }
    last[0] = last[1] = nobody;
    for (std::size_t i = n; i-- > 0;) {
        const int arm = units.focal[line[i]] != 0;
        const Index above = last[1 - arm];
        last[arm] = static_cast<Index>(i);
        const double score = units.score[line[i]];
        if (above != nobody && (nearest[i] == nobody || units.score[line[above]] - score < score - units.score[line[nearest[i]]])) nearest[i] = above;
        if (nearest[i] != nobody && std::fabs(units.score[line[nearest[i]]] - score) > caliper) nearest[i] = nobody;
    }
    return nearest;
}

// Every unit but those of `pairs` costs the distance to its nearest; a pair costs its own and saves both.
std::vector<Index> taken_for_full(const MatchUnits& units, Span<const Index> line, const std::vector<Index>& nearest,
                                  double caliper, Hooks& hooks) {
    LineFlow flow(line.size());
    LineWindow window(units, line, caliper, 1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i % tick_every == 0) hooks.tick(i, line.size());
        const Index place = static_cast<Index>(i);
        const double score = units.score[line[i]];
        flow.move_to(score);
        window.move_to(score);
        flow.limit(window.focal(), window.others());
        const double alone = std::fabs(units.score[line[nearest[i]]] - score);
        if (units.focal[line[i]] == 0) {
            flow.add_control(place, alone);
        } else {
            flow.add_treated(place, 0, alone);
        }
        window.add(i);
    }
    flow.finish();
    return flow.taken();
}

struct Edge {
    Index a, b;
};

std::vector<Index> with_somebody_near(const MatchUnits& units, Span<const Index> line, double caliper) {
    const std::vector<Index> nearest = nearest_of_other_arm(units, line, caliper);
    std::vector<Index> kept;
    kept.reserve(line.size());
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (nearest[i] != nobody) kept.push_back(line[i]);
    }
    return kept;
}

// A cover of the units of a line, each with somebody near, by edges of which none can be spared: its parts are stars.
std::vector<Edge> cover_of_line(const MatchUnits& units, Span<const Index> line, double caliper, Hooks& hooks) {
    const std::vector<Index> nearest = nearest_of_other_arm(units, line, caliper);
    const std::vector<Index> taken = taken_for_full(units, line, nearest, caliper, hooks);
    std::vector<Edge> edges;
    std::vector<Index> degree(line.size(), 0);
    const auto add = [&](std::size_t a, std::size_t b) {
        edges.push_back({static_cast<Index>(a), static_cast<Index>(b)});
        ++degree[a];
        ++degree[b];
    };
    pair_in_order(units, line, taken, add);
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

std::vector<int> match_line_full(const MatchUnits& units, const LineOrder& order, double caliper, Hooks& hooks) {
    std::vector<Index> centre(units.size(), nobody);
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const std::vector<Index> line = with_somebody_near(units, order.stratum(s), caliper);
        for (const Edge& edge : cover_of_line(units, line, caliper, hooks)) {
            centre[line[edge.a]] = centre[line[edge.b]] = line[edge.a];
        }
    }
    std::vector<int> number(units.size(), 0), sets(units.size(), 0);
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
