#include <cmath>
#include <random>

#include "catch.hpp"
#include "core/base/random.hpp"
#include "core/base/vector.hpp"
#include "core/survival/bootstrap.hpp"
#include "core/survival/cox.hpp"
#include "core/survival/finegray.hpp"
#include "core/survival/gray.hpp"
#include "core/survival/logrank.hpp"
#include "core/survival/rank_tests.hpp"

using namespace survmatch;

namespace {

struct Risks {
    Vector<double> time, status_as_number, weight, x;
    Vector<int> status, group, none;

    Risks(std::mt19937& random, std::size_t n, int kinds) {
        std::exponential_distribution<double> wait(1.0);
        for (std::size_t i = 0; i < n; ++i) {
            time.push_back(std::ceil(wait(random) * 8));
            status.push_back(static_cast<int>(random() % static_cast<unsigned>(kinds + 1)));
            status_as_number.push_back(status.back() == 1);
            group.push_back(1 + static_cast<int>(random() % 2));
            weight.push_back(1.0);
            x.push_back(group.back() - 1);
        }
        status[0] = 1;
        status_as_number[0] = 1.0;
        group[0] = 1;
        group[1] = 2;
    }
};

}  // namespace

TEST_CASE("without competing events a Fine-Gray model is a Cox model") {
    std::mt19937 random(4);
    for (int trial = 0; trial < 40; ++trial) {
        const Risks d(random, 60, 1);
        const Vector<int> centred{1};
        const MatrixView x(d.x.data(), d.x.size(), 1);
        const CoxInput input{{}, d.time, d.status, {}, {}, {}, x, centred};
        const CensoringInput censoring{d.time, d.status, {}, 1};
        const CoxData plain = sort_cox_data(input);
        const CoxData kept = sort_finegray_data(input, censoring, CensoringCurves(censoring));
        const Eigen::VectorXd start = Eigen::VectorXd::Zero(1);
        const CoxFit a = fit_cox(plain, start), b = fit_cox(kept, start);
        REQUIRE(std::fabs(a.coefficients[0] - b.coefficients[0]) < 1e-7);
        REQUIRE(std::fabs(a.loglik - b.loglik) < 1e-8);
    }
}

TEST_CASE("competing events stay in the risk set, with censoring or without") {
    std::mt19937 random(5);
    for (int trial = 0; trial < 60; ++trial) {
        const Risks d(random, 10 + static_cast<std::size_t>(trial), 2);
        const Vector<int> centred{1};
        const CoxInput input{{}, d.time, d.status, d.group, {}, {}, MatrixView(d.x.data(), d.x.size(), 1), centred};
        const CensoringInput censoring{d.time, d.status, d.group, 2};
        const CensoringCurves curves(censoring);
        const CoxData data = sort_finegray_data(input, censoring, curves);
        const RiskScores scores = risk_scores(data, Eigen::VectorXd::Zero(1));
        const Eigen::MatrixXd correction = censoring_scores(data, scores, Ties::efron, censoring, curves);
        REQUIRE(correction.cols() == static_cast<Eigen::Index>(d.time.size()));
        REQUIRE(correction.allFinite());
    }
}

TEST_CASE("the rank test of weights 1 is the log-rank test, and its rows add up") {
    std::mt19937 random(6);
    for (int trial = 0; trial < 40; ++trial) {
        const Risks d(random, 50, 1);
        const LogrankFit plain = fit_logrank({d.time, d.status_as_number, d.group, 2, {}, 1, true});
        const RankInput input{{}, d.time, d.status_as_number, {}, d.group, 2, {}, 1};
        const RankTests tests = rank_tests(input, {RankWeighting{}}, true);
        for (std::size_t g = 0; g < 2; ++g) {
            REQUIRE(std::fabs(tests.observed[g] - plain.observed[g]) < 1e-10);
            REQUIRE(std::fabs(tests.expected[g] - plain.expected[g]) < 1e-10);
            double sum = 0.0;
            for (std::size_t i = 0; i < d.time.size(); ++i) sum += tests.row_scores[g * d.time.size() + i];
            REQUIRE(std::fabs(sum - tests.score[g]) < 1e-9);
        }
        REQUIRE(std::fabs(tests.variance[0] - plain.variance[0]) < 1e-9);
    }
}

TEST_CASE("Gray's scores add up to nothing over the groups") {
    std::mt19937 random(7);
    for (int trial = 0; trial < 40; ++trial) {
        const Risks d(random, 40, 2);
        const GrayFit fit = gray_scores({d.time, d.status, d.group, 2, {}, 1, true}, 0.0);
        REQUIRE(std::fabs(fit.score[0] + fit.score[1]) < 1e-9);
        REQUIRE(fit.variance[0] >= -1e-9);
    }
}

TEST_CASE("a resample is the same whatever came before it, and a unit drawn twice is two rows") {
    std::mt19937 random(8);
    Risks d(random, 40, 1);
    Vector<int> unit, arm;
    for (std::size_t i = 0; i < 40; ++i) {
        unit.push_back(static_cast<int>(i));
        arm.push_back(d.group[i] - 1);
    }
    const BootstrapInput input{d.time, d.status, arm, d.weight, unit, 40, 2};
    BootstrapTargets targets;
    targets.tau = 5.0;
    targets.times = {2.0, 4.0};
    targets.quantiles = {0.5};
    const Vector<double> ten = bootstrap_numbers(input, targets, 10, 3);
    const Vector<double> four = bootstrap_numbers(input, targets, 4, 3);
    for (std::size_t k = 0; k < four.size(); ++k) {
        REQUIRE((ten[k] == four[k] || (std::isnan(ten[k]) && std::isnan(four[k]))));
    }
    RandomStream stream(1, 2);
    for (int k = 0; k < 1000; ++k) REQUIRE(stream.below(7) < 7);
}
