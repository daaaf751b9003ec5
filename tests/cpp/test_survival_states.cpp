#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "core/survival/aalen_johansen.hpp"

using namespace survmatch;

namespace {

// Tables as they come from malloc(): nothing in them may be taken for a result.
class UnknownTables final : public StateTableSource {
  public:
    double* table(StateQuantity quantity, std::size_t rows, std::size_t columns) override {
        asked.push_back(quantity);
        tables.emplace_back(rows * columns, std::numeric_limits<double>::quiet_NaN());
        return tables.back().data();
    }
    bool has_unknown() const {
        return std::any_of(tables.begin(), tables.end(), [](const Vector<double>& table) {
            return std::any_of(table.begin(), table.end(), [](double x) { return std::isnan(x); });
        });
    }
    Vector<StateQuantity> asked;
    std::vector<Vector<double>> tables;
};

// Two competing events of three that are declared, so that one state is never entered.
struct Cohort {
    explicit Cohort(std::size_t n) {
        std::mt19937 random(11);
        for (std::size_t i = 0; i < n; ++i) {
            stop.push_back(static_cast<double>(1 + random() % 40));
            from.push_back(1);
            const int event = static_cast<int>(random() % 3);
            to.push_back(event == 0 ? 0 : event == 1 ? 2 : 4);
            mark.push_back(3);
            weight.push_back(0.5 + static_cast<double>(random() % 100) / 100.0);
            stratum.push_back(1 + static_cast<int>(i % 3));
        }
    }
    MultistateInput input() const {
        MultistateInput in;
        in.stop = stop;
        in.from = from;
        in.to = to;
        in.mark = mark;
        in.weight = weight;
        in.stratum = stratum;
        in.strata = 3;
        in.clusters = stop.size();
        in.states = 4;
        in.transitions = {{1, 2}, {1, 4}};
        return in;
    }
    Vector<double> stop, weight;
    Vector<int> from, to, mark, stratum;
};

}  // namespace

TEST_CASE("every value of every table of states is written, also of a state that nobody enters") {
    const Cohort cohort(300);
    for (const std::size_t direct_cells : {std::size_t{0}, std::size_t{1} << 20}) {
        for (const bool entry_times : {false, true}) {
            MultistateOptions options;
            options.entry_times = entry_times;
            options.report_t0 = true;
            options.direct_cells = direct_cells;
            UnknownTables tables;
            const auto curves = aalen_johansen(cohort.input(), options, tables);
            CHECK(curves.size() == 3);
            CHECK_FALSE(tables.has_unknown());
            for (const MultistateCurve& curve : curves) {
                for (std::size_t k = 0; k < curve.time.size(); ++k) {
                    CHECK(curve.probability_error(k, 2) == 0.0);
                    CHECK(curve.area_error(k, 2) == 0.0);
                }
            }
        }
    }
}

TEST_CASE("errors by moments are the errors summed over clusters") {
    const Cohort cohort(300);
    UnknownTables direct, moments;
    MultistateOptions options;
    options.direct_cells = std::size_t{1} << 20;
    aalen_johansen(cohort.input(), options, direct);
    options.direct_cells = 0;
    aalen_johansen(cohort.input(), options, moments);
    REQUIRE(direct.asked == moments.asked);
    for (std::size_t q = 0; q < direct.tables.size(); ++q) {
        for (std::size_t i = 0; i < direct.tables[q].size(); ++i) {
            CHECK(moments.tables[q][i] == Approx(direct.tables[q][i]).epsilon(1e-11).margin(1e-14));
        }
    }
}
