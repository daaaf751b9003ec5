#include <limits>
#include <random>
#include <set>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/matching/active_set.hpp"
#include "core/matching/risk_set.hpp"

using namespace survmatch;

namespace {

const double infinity = std::numeric_limits<double>::infinity();

struct Cohort {
    Vector<double> entry, stop, score, start, limit;
    Vector<int> patient, stratum;
    RiskSetData view() const { return {entry, stop, patient, stratum, score, {}, start, limit}; }
};

Cohort one_row_each(Vector<double> stop, Vector<double> start, Vector<double> score) {
    Cohort cohort;
    const std::size_t n = stop.size();
    cohort.entry.assign(n, -infinity);
    cohort.stratum.assign(n, 0);
    for (std::size_t i = 0; i < n; ++i) cohort.patient.push_back(static_cast<int>(i));
    cohort.limit = stop;
    cohort.stop = std::move(stop);
    cohort.start = std::move(start);
    cohort.score = std::move(score);
    return cohort;
}

}  // namespace

TEST_CASE("an active set finds neighbours as std::set does") {
    std::mt19937 random(7);
    for (const std::size_t size : {1u, 63u, 64u, 65u, 4096u, 5000u}) {
        ActiveSet active(size);
        std::set<std::size_t> reference;
        for (int step = 0; step < 3000; ++step) {
            const std::size_t p = random() % size;
            if (random() % 3 == 0) {
                active.erase(p);
                reference.erase(p);
            } else if (random() % 2 == 0) {
                active.insert(p);
                reference.insert(p);
            }
            const std::size_t q = random() % (size + 2);
            const auto above = reference.lower_bound(q);
            REQUIRE(active.at_or_above(q) == (above == reference.end() ? ActiveSet::none : *above));
            REQUIRE(active.below(q) == (above == reference.begin() ? ActiveSet::none : *std::prev(above)));
            REQUIRE(active.contains(p) == (reference.count(p) == 1));
        }
    }
}

TEST_CASE("a control is alive, under observation and untreated after the time of the pair") {
    // the case starts at 5; 1 ends at 5, 2 starts at 5 and becomes a case, 3 ends later
    const Cohort cohort = one_row_each({9, 5, 9, 6}, {5, infinity, 5, infinity}, {0.0, 0.0, 0.1, 1.0});
    const RiskSetMatch match = match_risk_set(cohort.view(), {});
    CHECK(match.case_row == (Vector<Index>{2}));
    CHECK(match.control_row == (Vector<Index>{3}));
    CHECK(match.unmatched == (Vector<Index>{0}));
}

TEST_CASE("who is treated later is a control first and a case afterwards") {
    const Cohort cohort = one_row_each({9, 9, 9}, {2, 5, infinity}, {0.0, 0.1, 3.0});
    const RiskSetMatch match = match_risk_set(cohort.view(), {});
    CHECK(match.case_row == (Vector<Index>{0, 1}));
    CHECK(match.control_row == (Vector<Index>{1, 2}));
    CHECK(match.set == (Vector<Index>{0, 1}));
}

TEST_CASE("the row that covers the time gives the score") {
    Cohort cohort = one_row_each({9, 3, 9, 9}, {4, infinity, infinity, 0}, {0.0, 0.0, 5.0, 1.0});
    cohort.entry = {0, 0, 3, 0};
    cohort.patient = {0, 1, 1, 2};
    cohort.start = {4, infinity, infinity};
    cohort.limit = {9, 9, 9};
    RiskSetOptions options;
    const RiskSetMatch match = match_risk_set(cohort.view(), options);
    CHECK(match.control_row == (Vector<Index>{3}));
    options.ratio = 2;
    CHECK(match_risk_set(cohort.view(), options).control_row == (Vector<Index>{3, 2}));
}

TEST_CASE("impossible input is refused") {
    Cohort cohort = one_row_each({9, 9}, {2, infinity}, {0.0, 0.1});
    cohort.score[1] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(match_risk_set(cohort.view(), {}), InputError);
    cohort.score.pop_back();
    CHECK_THROWS_AS(match_risk_set(cohort.view(), {}), InputError);
}
