#include <cmath>
#include <random>

#include "catch.hpp"
#include "core/base/double_double.hpp"
#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/km.hpp"
#include "core/survival/km_influence.hpp"
#include "core/survival/km_limits.hpp"
#include "core/survival/km_robust.hpp"
#include "core/survival/logrank.hpp"
#include "core/survival/tied_times.hpp"
#include "core/survival/time_order.hpp"

using namespace survmatch;

namespace {

// Owns the columns that the estimator fills.
struct Curves {
    ReportedTimes times;
    Vector<Vector<double>> columns;
    RiskCounts counts;
    KmEstimate fit;

    Curves(const KmData& data, bool entry, const KmOptions& options) : times(reported_times(data, entry)) {
        columns.assign(12, Vector<double>(times.time.size()));
        counts.time = times.time;
        counts.first = times.first;
        counts.risk = columns[0];
        counts.event = columns[1];
        counts.censor = columns[2];
        if (entry) counts.enter = columns[3];
        if (data.weighted) {
            counts.risk_heads = columns[4];
            counts.event_heads = columns[5];
            counts.censor_heads = columns[6];
            if (entry) counts.enter_heads = columns[7];
        }
        fit = {columns[8], columns[9], columns[10], columns[11]};
        count_at_risk(data, counts);
        estimate_km(counts, options, fit);
    }
};

}  // namespace

TEST_CASE("the radix order is the stable order") {
    std::mt19937_64 random(1);
    for (const int kind : {0, 1, 2, 3}) {
        Vector<double> times(3000);
        for (double& t : times) {
            const double u = std::uniform_real_distribution<>(-1.0, 1.0)(random);
            t = kind == 0   ? u
                : kind == 1 ? std::floor(10.0 * u)
                : kind == 2 ? 1.6e9 + std::floor(300.0 * u)
                            : std::exp(40.0 * u);
        }
        times[17] = -0.0;
        times[18] = 0.0;
        times[19] = HUGE_VAL;
        CHECK(time_order(times) == increasing_order(times));
    }
    CHECK_THROWS_AS(time_order(Vector<double>{1.0, std::nan("")}), InputError);
}

TEST_CASE("times a rounding error apart are joined, to the smallest of their chain") {
    const Vector<double> times{0.3, 0.1 + 0.2, 0.1, 0.5};
    Vector<TimeColumn> columns;
    columns.emplace_back(times);
    REQUIRE(merge_tied_times(columns));
    CHECK(columns[0].time[1] == columns[0].time[0]);
    CHECK(columns[0].time[2] == 0.1);
    CHECK((columns[0].order == Vector<Index>{2, 0, 1, 3}));

    const Vector<double> apart{1.0, 2.0, 3.0};
    Vector<TimeColumn> other;
    other.emplace_back(apart);
    CHECK_FALSE(merge_tied_times(other));

    const Vector<double> start{0.1 + 0.2, 0.0}, stop{0.3, 1.0};
    Vector<TimeColumn> interval;
    interval.emplace_back(start);
    interval.emplace_back(stop);
    CHECK_THROWS_AS(merge_tied_times(interval), InputError);
}

TEST_CASE("rows without a stratum are left out") {
    const StratifiedOrder order = split_by_stratum({3, 1, 0, 2}, Vector<int>{2, 1, 0, 2}, 2);
    CHECK((order.rows == Vector<Index>{1, 3, 0}));
    CHECK((order.first == Vector<std::size_t>{0, 1, 3}));
}

TEST_CASE("double doubles keep what doubles lose") {
    DoubleDouble sum(1e16);
    sum += 1.0 / 3.0;
    sum -= 1e16;
    CHECK(sum.value() == Approx(1.0 / 3.0).epsilon(1e-15));
    const DoubleDouble third = DoubleDouble(1.0 + 1e-16) * DoubleDouble(3.0) - DoubleDouble(3.0);
    CHECK(std::fabs(third.value()) < 1e-15);
}

// Freireich et al. (1963) Blood 21:699, 6-mercaptopurine arm; estimates in Kalbfleisch & Prentice (2002), p. 17.
TEST_CASE("the 6-MP arm has the published curve") {
    const Vector<double> time{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
    const Vector<double> event{1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};
    KmInput input;
    input.stop = time;
    input.status = event;
    const Curves km(prepare_km(input), false, {});
    CHECK(km.times.time.size() == 16);
    CHECK(km.fit.survival[0] == Approx(18.0 / 21.0).epsilon(1e-14));
    CHECK(km.fit.survival[15] == Approx(0.4482).epsilon(1e-4));
    CHECK(km.counts.risk[0] == 21.0);
    CHECK(km.counts.censor[0] == 1.0);
}

TEST_CASE("the linear robust variance equals the sum over clusters") {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<> unit(0.0, 1.0);
    for (int trial = 0; trial < 60; ++trial) {
        const std::size_t n = 5 + random() % 80;
        Vector<double> start(n), stop(n), status(n), weight(n);
        Vector<int> stratum(n), cluster(n);
        for (std::size_t i = 0; i < n; ++i) {
            stop[i] = trial % 2 ? std::ceil(10.0 * unit(random)) : unit(random);
            start[i] = stop[i] - unit(random) * 3.0;
            status[i] = unit(random) < 0.5;
            weight[i] = 0.2 + unit(random);
            stratum[i] = 1 + static_cast<int>(random() % 2);
            cluster[i] = static_cast<int>(random() % (n / 2 + 1));
        }
        KmInput input;
        if (trial % 3 == 0) input.start = start;
        input.stop = stop;
        input.status = status;
        if (trial % 4 < 2) input.weight = weight;
        input.stratum = stratum;
        input.strata = 2;
        const KmOptions options{trial % 5 < 3 ? SurvivalRule::product : SurvivalRule::exponential,
                                trial % 7 < 4 ? HazardRule::nelson : HazardRule::fleming};
        const KmData data = prepare_km(input);
        Curves direct(data, false, options), linear(data, false, options);
        const Clusters clusters{cluster, n / 2 + 1};
        robust_errors(data, direct.counts, clusters, options, RobustLimits{1000000}, direct.fit);
        robust_errors(data, linear.counts, clusters, options, RobustLimits{0}, linear.fit);
        double worst = 0.0;
        for (std::size_t k = 0; k < direct.times.time.size(); ++k) {
            worst = std::max(worst, std::fabs(direct.fit.survival_error[k] - linear.fit.survival_error[k]));
            worst = std::max(worst, std::fabs(direct.fit.hazard_error[k] - linear.fit.hazard_error[k]));
        }
        CHECK(worst < 1e-12);
    }
}

TEST_CASE("limits of a probability of 1 and 0") {
    const Vector<double> p{1.0, 0.5, 0.0}, error{0.0, 0.1, HUGE_VAL};
    Vector<double> lower(3), upper(3);
    LimitOptions options;
    options.missing = -9.0;
    confidence_limits(p, error, {}, options, lower, upper);
    CHECK(lower[0] == 1.0);
    CHECK(lower[1] == Approx(0.5 * std::exp(-0.1959963984540054)).epsilon(1e-14));
    CHECK(lower[2] == -9.0);
    CHECK(upper[2] == -9.0);
    CHECK_THROWS_AS(limit_scale("cubic"), InputError);
}

// Mantel & Haenszel by hand: at time 1 two at risk, one event in group 1; at time 2 one at risk.
TEST_CASE("the log-rank sums of two patients") {
    const Vector<double> time{1, 2}, status{1, 1};
    const Vector<int> group{1, 2};
    LogrankInput input{time, status, group, 2, {}, 1, true};
    const LogrankFit fit = fit_logrank(input);
    CHECK((fit.observed == Vector<double>{1, 1}));
    CHECK(fit.expected[0] == 0.5);
    CHECK(fit.expected[1] == 1.5);
    CHECK(fit.variance[0] == 0.25);
    CHECK(fit.variance[1] == -0.25);
}
