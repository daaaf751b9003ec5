#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "catch.hpp"
#include "core/base/radix_order.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_match.hpp"

using namespace survmatch;

namespace {

const double none = std::numeric_limits<double>::quiet_NaN();

struct Instance {
    Vector<double> score;
    Vector<int> focal, retained, stratum;
    MatchUnits units() const { return {score, focal, retained, stratum}; }
    bool joins(std::size_t a, std::size_t b, double caliper) const {
        if (focal[a] == focal[b] || retained[a] == 0 || retained[b] == 0) return false;
        if (!stratum.empty() && stratum[a] != stratum[b]) return false;
        return !(std::fabs(score[a] - score[b]) > caliper);
    }
    double distance(std::size_t a, std::size_t b) const { return std::fabs(score[a] - score[b]); }
};

Instance random_instance(std::mt19937& random, std::size_t most, bool whole) {
    Instance x;
    const std::size_t n = 2 + random() % (most - 1);
    const bool strata = random() % 4 == 0;
    for (std::size_t i = 0; i < n; ++i) {
        x.score.push_back(whole ? static_cast<double>(random() % 12) : std::normal_distribution<double>()(random));
        x.focal.push_back(random() % 5 < 2);
        x.retained.push_back(random() % 12 != 0);
        if (strata) x.stratum.push_back(1 + static_cast<int>(random() % 2));
    }
    return x;
}

struct Cost {
    int pairs = 0;
    double distance = 0.0;
    bool better_than(const Cost& other) const {
        return pairs > other.pairs || (pairs == other.pairs && distance < other.distance);
    }
};

// The best of all matchings, focal unit by focal unit, `free` marking the others that are left.
Cost best_matching(const Instance& x, std::size_t unit, int copies, std::size_t from, Vector<char>& free, int ratio,
                   double caliper) {
    while (unit < x.score.size() && x.focal[unit] == 0) ++unit;
    if (unit == x.score.size()) return {};
    Cost best = best_matching(x, unit + 1, ratio, 0, free, ratio, caliper);
    if (copies == 0) return best;
    for (std::size_t other = from; other < x.score.size(); ++other) {
        if (!free[other] || !x.joins(unit, other, caliper)) continue;
        free[other] = 0;
        Cost here = best_matching(x, unit, copies - 1, other + 1, free, ratio, caliper);
        free[other] = 1;
        ++here.pairs;
        here.distance += x.distance(unit, other);
        if (here.better_than(best)) best = here;
    }
    return best;
}

Cost cost_of(const Instance& x, const PairTable& pairs, double caliper) {
    Vector<std::size_t> focal;
    for (std::size_t i = 0; i < x.score.size(); ++i) {
        if (x.focal[i] != 0) focal.push_back(i);
    }
    Cost cost;
    Vector<int> used(x.score.size(), 0);
    for (std::size_t r = 0; r < pairs.rows; ++r) {
        for (std::size_t j = 0; j < pairs.columns; ++j) {
            const int other = pairs.partner[j * pairs.rows + r];
            if (other < 0) continue;
            REQUIRE(x.joins(focal[r], static_cast<std::size_t>(other), caliper));
            REQUIRE(++used[static_cast<std::size_t>(other)] == 1);
            ++cost.pairs;
            cost.distance += x.distance(focal[r], static_cast<std::size_t>(other));
        }
    }
    return cost;
}

// The least cost of edges that touch every unit with somebody to join.
double best_cover(const Instance& x, double caliper) {
    struct Edge {
        std::size_t a, b;
        double length;
    };
    Vector<Edge> edges;
    unsigned wanted = 0;
    for (std::size_t a = 0; a < x.score.size(); ++a) {
        for (std::size_t b = a + 1; b < x.score.size(); ++b) {
            if (!x.joins(a, b, caliper)) continue;
            edges.push_back({a, b, x.distance(a, b)});
            wanted |= 1u << a | 1u << b;
        }
    }
    Vector<double> best(wanted + 1, std::numeric_limits<double>::infinity());
    best[0] = 0.0;
    for (unsigned covered = 0; covered <= wanted; ++covered) {
        if (std::isinf(best[covered])) continue;
        for (const Edge& e : edges) {
            double& next = best[covered | 1u << e.a | 1u << e.b];
            next = std::min(next, best[covered] + e.length);
        }
    }
    return best[wanted];
}

// The distances of the sets from their centres, and that they are stars that miss nobody.
double cost_of_sets(const Instance& x, const Vector<int>& sets, double caliper) {
    double total = 0.0;
    const int last = *std::max_element(sets.begin(), sets.end());
    for (std::size_t i = 0; i < sets.size(); ++i) {
        bool can = false;
        for (std::size_t j = 0; j < sets.size(); ++j) can = can || x.joins(i, j, caliper);
        REQUIRE((sets[i] != 0) == can);
    }
    for (int s = 1; s <= last; ++s) {
        Vector<std::size_t> arm[2];
        for (std::size_t i = 0; i < sets.size(); ++i) {
            if (sets[i] == s) arm[x.focal[i]].push_back(i);
        }
        REQUIRE(!arm[0].empty());
        REQUIRE(!arm[1].empty());
        REQUIRE(std::min(arm[0].size(), arm[1].size()) == 1);
        const bool centre = arm[1].size() == 1;
        for (const std::size_t member : arm[centre ? 0 : 1]) {
            REQUIRE(x.joins(arm[centre][0], member, caliper));
            total += x.distance(arm[centre][0], member);
        }
    }
    return total;
}

}  // namespace

TEST_CASE("radix order is the stable increasing order") {
    std::mt19937 random(1);
    Vector<double> values{0.0, -0.0, 1.0, -1.0, std::numeric_limits<double>::infinity(), -1e300, 5e-324, -5e-324};
    for (int i = 0; i < 2000; ++i)
        values.push_back(i % 2 ? std::normal_distribution<double>()(random) : static_cast<double>(random() % 7) - 3);
    Vector<Index> start(values.size());
    std::iota(start.begin(), start.end(), Index{0});
    CHECK(radix_order(values, start) == increasing_order(values));
    CHECK(radix_order({}, {}).empty());
}

TEST_CASE("optimal pairs on a line are the best of all matchings") {
    std::mt19937 random(2);
    for (int trial = 0; trial < 30000; ++trial) {
        const Instance x = random_instance(random, 9, trial % 2 == 0);
        const int ratio = 1 + static_cast<int>(random() % 3);
        const double caliper = trial % 5 == 0   ? (ratio == 1 ? none : 1e9)
                               : trial % 2 == 0 ? static_cast<double>(random() % 5)
                                                : 0.1 + 0.3 * static_cast<double>(random() % 5);
        const MatchUnits units = x.units();
        const Cost ours = cost_of(x, match_line(units, LineOrder(units, {}), {ratio, caliper, none}), caliper);
        Vector<char> free(x.score.size(), 1);
        const Cost best = best_matching(x, 0, ratio, 0, free, ratio, caliper);
        CAPTURE(trial);
        REQUIRE(ours.pairs == best.pairs);
        REQUIRE(ours.distance == Approx(best.distance).epsilon(1e-12).margin(1e-12));
    }
}

TEST_CASE("optimal full matching on a line is the least cover") {
    std::mt19937 random(3);
    for (int trial = 0; trial < 30000; ++trial) {
        const Instance x = random_instance(random, 9, trial % 2 == 0);
        const double caliper = trial % 3 == 0   ? none
                               : trial % 2 == 0 ? static_cast<double>(random() % 5)
                                                : 0.1 + 0.3 * static_cast<double>(random() % 5);
        const MatchUnits units = x.units();
        const double ours = cost_of_sets(x, match_line_full(units, LineOrder(units, {}), caliper), caliper);
        CAPTURE(trial);
        REQUIRE(ours == Approx(best_cover(x, caliper)).epsilon(1e-12).margin(1e-12));
    }
}

TEST_CASE("without a caliper every focal unit gets what all can have") {
    Instance x;
    x.score = {0, 0.1, 0.2, 0.3, 10};
    x.focal = {1, 0, 0, 0, 1};
    x.retained.assign(5, 1);
    const MatchUnits units = x.units();
    const PairTable pairs = match_line(units, LineOrder(units, {}), {2, none, none});
    CHECK(pairs.partner == Vector<int>({1, 3, 2, -1}));
}
