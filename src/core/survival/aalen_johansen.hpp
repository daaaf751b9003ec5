#pragma once

#include <cstddef>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

// One move between states, both 1 .. states.
struct Transition {
    int from;
    int to;
};

// Rows of multi-state follow-up. `from` is the state of a row, `to` the state entered at its end (0: none). `mark` has
// bit 1 for the first and bit 2 for the last row of an unbroken chain of a subject. Clusters are 0 .. clusters - 1.
struct MultistateInput {
    Span<const double> start;  // empty: everybody is there from the beginning
    Span<const double> stop;
    Span<const int> from;
    Span<const int> to;
    Span<const int> mark;  // empty: each row is a chain
    Span<const double> weight;
    Span<const int> stratum;  // empty: one curve
    std::size_t strata = 1;
    Span<const int> cluster;  // empty: each row is one, as many as rows
    std::size_t clusters = 0;
    std::size_t states = 0;
    Vector<Transition> transitions;
};

struct MultistateOptions {
    double t0 = 0.0;
    bool report_t0 = false;    // also a row for t0
    bool entry_times = false;  // also a row for every entry, with counts
    bool errors = true;
    bool influence = false;
    bool heads = true;                 // also the numbers of rows beside the sums of weights
    Vector<double> p0;                 // empty: from who is at risk at t0
    bool p0_includes_t0 = true;        // a row that starts at t0 counts as at risk there
    std::size_t direct_cells = 25000;  // up to this many rows times times, errors are summed cluster by cluster
};

// The tables of a curve have a row for each of its times and a column for each state or transition.
enum class StateQuantity {
    risk,  // by state, sums of weights; heads are numbers of rows
    risk_heads,
    censor,
    censor_heads,
    enter,
    enter_heads,
    event,       // weights that enter each state
    transition,  // by transition
    transition_heads,
    probability,
    hazard,
    probability_error,
    hazard_error,
    area_error,
};

// Hands out a table of all curves, column-major, the rows of one curve below those of the one before: its values are
// undefined. Asked for once a quantity that the options want.
class StateTableSource {
  public:
    virtual ~StateTableSource() = default;
    virtual double* table(StateQuantity quantity, std::size_t rows, std::size_t columns) = 0;
};

// The rows of one curve in such a table; none when nobody wants it.
struct StateColumns {
    double* first = nullptr;
    std::size_t stride = 0;
    double& operator()(std::size_t row, std::size_t column) const { return first[column * stride + row]; }
};

struct MultistateCurve {
    Vector<double> time;
    Vector<double> p0;
    StateColumns risk, risk_heads, censor, censor_heads, enter, enter_heads, event, transition, transition_heads;
    StateColumns probability, hazard, probability_error, hazard_error, area_error;
    Vector<double> initial_influence;  // clusters by states; empty when all begin in one state
    Vector<double> influence;          // clusters by states by times
    Vector<int> cluster;               // in the order of their first rows
};

// Aalen-Johansen estimator with infinitesimal-jackknife errors. Aalen & Johansen (1978) Scand J Stat 5:141.
// The errors are linear in rows and times where all leave one common state for good (competing risks).
Vector<MultistateCurve> aalen_johansen(const MultistateInput& input, const MultistateOptions& options,
                                       StateTableSource& tables, Hooks& hooks = no_hooks());

}  // namespace survmatch
