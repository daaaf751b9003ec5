#include "core/matching/line_match.hpp"

#include <algorithm>
#include <cmath>

#include "core/matching/line_flow.hpp"
#include "core/matching/line_window.hpp"

namespace survmatch {

namespace {

constexpr std::size_t tick_every = 1 << 16;

// Of the focal units' `ratio` copies the first `assured` are given up last of all.
int assured_partners(const Line& line, int ratio, double caliper) {
    if (!std::isnan(caliper)) return 0;
    std::size_t focal = 0;
    for (const char is_focal : line.focal) focal += is_focal;
    if (focal == 0) return 0;
    return static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(ratio), (line.size() - focal) / focal));
}

// How often each unit of the line is taken.
std::vector<Index> taken_on_line(const Line& line, int ratio, double caliper,
                                 Hooks& hooks) {
    const int assured = assured_partners(line, ratio, caliper);
    LineFlow flow(line.size());
    LineWindow window(line, caliper, static_cast<std::size_t>(ratio));
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i % tick_every == 0) hooks.tick(i, line.size());
        const Index place = static_cast<Index>(i);
        const double score = line.score[i];
        flow.move_to(score);
        window.move_to(score);
        flow.limit(window.focal(), window.others());
        if (!line.focal[i]) {
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
void pair_in_order(const Line& line, const std::vector<Index>& taken, Use use) {
    std::size_t other = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!line.focal[i]) continue;
        for (Index copy = 0; copy < taken[i]; ++copy, ++other) {
            while (line.focal[other] || taken[other] == 0) ++other;
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
        const Line line = order.stratum(s);
        const std::vector<Index> taken = taken_on_line(line, ratio, caliper, hooks);
        pair_in_order(line, taken, [&](std::size_t focal, std::size_t other) {
            const int r = row[line.unit[focal]];
            pairs.at(static_cast<std::size_t>(r), next[r]++) = static_cast<int>(line.unit[other]);
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
std::vector<Index> nearest_of_other_arm(const Line& line, double caliper) {
    const std::size_t n = line.size();
    std::vector<Index> nearest(n, nobody);
    Index last[2] = {nobody, nobody};
    for (std::size_t i = 0; i < n; ++i) {
        const int arm = line.focal[i];
        nearest[i] = last[1 - arm];
        last[arm] = static_cast<Index>(i);
    }
    last[0] = last[1] = nobody;
    for (std::size_t i = n; i-- > 0;) {
        const int arm = line.focal[i];
        const Index above = last[1 - arm];
        last[arm] = static_cast<Index>(i);
        if (above != nobody && (nearest[i] == nobody || line.distance(i, above) < line.distance(i, nearest[i]))) nearest[i] = above;
        if (nearest[i] != nobody && line.distance(i, nearest[i]) > caliper) nearest[i] = nobody;
    }
    return nearest;
}

// Every unit but those of `pairs` costs the distance to its nearest; a pair costs its own and saves both.
std::vector<Index> taken_for_full(const Line& line, const std::vector<Index>& nearest,
                                  double caliper, Hooks& hooks) {
    LineFlow flow(line.size());
    LineWindow window(line, caliper, 1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i % tick_every == 0) hooks.tick(i, line.size());
        const Index place = static_cast<Index>(i);
        const double score = line.score[i];
        flow.move_to(score);
        window.move_to(score);
        flow.limit(window.focal(), window.others());
        const double alone = line.distance(i, nearest[i]);
        if (!line.focal[i]) {
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

// The units of a line that have somebody near.
struct Reachable {
    std::vector<Index> unit;
    std::vector<double> score;
    std::vector<char> focal;

    Reachable(const Line& line, double caliper) {
        const std::vector<Index> nearest = nearest_of_other_arm(line, caliper);
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (nearest[i] == nobody) continue;
            unit.push_back(line.unit[i]);
            score.push_back(line.score[i]);
            focal.push_back(line.focal[i]);
        }
    }
    Line line() const { return {unit, score, focal}; }
};

// A cover of the units of a line, each with somebody near, by edges of which none can be spared: its parts are stars.
std::vector<Edge> cover_of_line(const Line& line, double caliper, Hooks& hooks) {
    const std::vector<Index> nearest = nearest_of_other_arm(line, caliper);
    const std::vector<Index> taken = taken_for_full(line, nearest, caliper, hooks);
    std::vector<Edge> edges;
    std::vector<Index> degree(line.size(), 0);
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

std::vector<int> match_line_full(const MatchUnits& units, const LineOrder& order, double caliper, Hooks& hooks) {
    std::vector<Index> centre(units.size(), nobody);
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const Reachable reachable(order.stratum(s), caliper);
        const Line line = reachable.line();
        for (const Edge& edge : cover_of_line(line, caliper, hooks)) {
            centre[line.unit[edge.a]] = centre[line.unit[edge.b]] = line.unit[edge.a];
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
