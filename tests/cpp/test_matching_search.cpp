#include <cmath>
#include <numeric>
#include <random>

#include "catch.hpp"
#include "core/base/vector.hpp"
#include "core/matching/arc_flow.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/network_match.hpp"

using namespace survmatch;

namespace {

struct Arms {
    Vector<double> score, points;
    Vector<int> focal, retained, stratum, place;
    std::size_t n;

    Arms(std::mt19937& random, std::size_t n_, std::size_t dimensions, int levels)
        : score(n_), points(n_ * dimensions), focal(n_), retained(n_, 1), stratum(n_), place(n_), n(n_) {
        std::uniform_int_distribution<int> draw(0, levels);
        for (double& x : points) x = draw(random);
        for (std::size_t i = 0; i < n; ++i) {
            score[i] = draw(random);
            focal[i] = draw(random) % 3 == 0;
            stratum[i] = 1 + draw(random) % 2;
            retained[i] = draw(random) % 7 != 0;
        }
        Vector<int> order(n);
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return points[a] < points[b]; });
        for (std::size_t k = 0; k < n; ++k) place[order[k]] = static_cast<int>(k);
    }
    MatchUnits units() const { return {score, focal, retained, stratum}; }
    double gap(std::size_t i, std::size_t j) const {
        double sum = 0.0;
        for (std::size_t k = 0; k < points.size() / n; ++k) sum += std::pow(points[k * n + i] - points[k * n + j], 2);
        return sum;
    }
};

// Greedy pairs by looking at every control: nearest, then more places away, then above.
Vector<int> greedy_by_looking(const Arms& arms, double caliper) {
    Vector<int> partner(arms.n, -1);
    Vector<bool> used(arms.n, false);
    for (std::size_t i = 0; i < arms.n; ++i) {
        if (arms.focal[i] != 1 || arms.retained[i] == 0) continue;
        int best = -1;
        const auto better = [&](std::size_t a, std::size_t b) {
            if (arms.gap(i, a) != arms.gap(i, b)) return arms.gap(i, a) < arms.gap(i, b);
            const int far_a = std::abs(arms.place[a] - arms.place[i]), far_b = std::abs(arms.place[b] - arms.place[i]);
            if (far_a != far_b) return far_a > far_b;
            return arms.place[a] > arms.place[b];
        };
        for (std::size_t j = 0; j < arms.n; ++j) {
            if (arms.focal[j] == 1 || arms.retained[j] == 0 || used[j] || arms.stratum[j] != arms.stratum[i]) continue;
            if (std::fabs(arms.score[i] - arms.score[j]) > caliper) continue;
            if (best < 0 || better(j, static_cast<std::size_t>(best))) best = static_cast<int>(j);
        }
        if (best < 0) continue;
        partner[i] = best;
        used[static_cast<std::size_t>(best)] = true;
    }
    return partner;
}

}  // namespace

TEST_CASE("the tree finds the pairs that looking at every control finds, ties included") {
    std::mt19937 random(3);
    for (int trial = 0; trial < 150; ++trial) {
        const Arms arms(random, 20 + static_cast<std::size_t>(trial), 3, trial % 2 == 0 ? 3 : 12);
        Vector<int> order, ratio;
        for (std::size_t i = 0; i < arms.n; ++i) {
            if (arms.focal[i] != 1) continue;
            ratio.push_back(1);
            if (arms.retained[i] != 0) order.push_back(static_cast<int>(i));
        }
        NearestOptions options;
        options.caliper = 2.0;
        const CovariatePoints points{MatrixView(arms.points.data(), arms.n, 3), arms.place};
        const PairTable pairs =
            match_nearest_covariates(arms.units(), points, {GreedyOrder::in_order, order}, ratio, options);
        const Vector<int> expected = greedy_by_looking(arms, 2.0);
        std::size_t row = 0;
        for (std::size_t i = 0; i < arms.n; ++i) {
            if (arms.focal[i] != 1) continue;
            REQUIRE((pairs.columns == 0 ? -1 : pairs.partner[row]) == expected[i]);
            ++row;
        }
    }
}

TEST_CASE("a flow serves what is required first and then costs least") {
    // 0 source, 1 sink; two workers, three jobs
    ArcFlow flow(7);
    flow.add_arc(0, 1, 2, {-1, 0.0});
    flow.add_late_arc(1, 2, 1, {});
    flow.add_late_arc(1, 3, 1, {});
    const std::size_t a = flow.add_arc(2, 4, 1, {0, 1.0});
    const std::size_t b = flow.add_arc(2, 5, 1, {0, 5.0});
    const std::size_t c = flow.add_arc(3, 4, 1, {0, 1.5});
    const std::size_t d = flow.add_arc(3, 6, 1, {0, 9.0});
    for (std::size_t job = 4; job < 7; ++job) flow.add_arc(job, 0, 1, {});
    flow.solve();
    REQUIRE(!(FlowCost{} < flow.worst_contradiction()));
    REQUIRE(flow.flow(a) + flow.flow(b) == 1);
    REQUIRE(flow.flow(c) + flow.flow(d) == 1);
    REQUIRE(flow.flow(b) == 1);  // 5 + 1.5 is less than 1 + 9
    REQUIRE(flow.flow(c) == 1);
}

TEST_CASE("a network match keeps strata, calipers and bounds") {
    std::mt19937 random(9);
    for (int trial = 0; trial < 60; ++trial) {
        const Arms arms(random, 30, 2, 6);
        PairDistances distances;
        distances.points = MatrixView(arms.points.data(), arms.n, 2);
        distances.caliper = 3.0;
        NetworkBounds bounds;
        bounds.least = 1;
        bounds.most = 3;
        Vector<int> times(arms.n, 0);
        for (const NetworkPair& pair : match_network(arms.units(), distances, bounds, 100000).pairs) {
            const auto i = static_cast<std::size_t>(pair.focal), j = static_cast<std::size_t>(pair.other);
            REQUIRE(arms.focal[i] == 1);
            REQUIRE(arms.focal[j] == 0);
            REQUIRE(arms.stratum[i] == arms.stratum[j]);
            REQUIRE(std::fabs(arms.score[i] - arms.score[j]) <= 3.0);
            ++times[i];
            ++times[j];
        }
        for (std::size_t i = 0; i < arms.n; ++i) REQUIRE(times[i] <= (arms.focal[i] == 1 ? 3 : 1));
    }
}
