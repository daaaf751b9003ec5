#pragma once

#include <cstddef>

#include "core/base/vector.hpp"
#include "core/survival/aalen_johansen.hpp"

namespace survmatch {

// A row of one curve, in the order of its end or of its beginning. States count from 0; `to` is -1 without a move.
struct StateRow {
    double time;
    double weight;
    int from;
    int to;
    int transition;  // its number, -1 without a move
    int cluster;     // number in the curve
    bool is_first;
    bool is_last;
};

// The rows of one curve, twice sorted.
struct StateRows {
    Vector<StateRow> by_start;  // empty: everybody is there from the beginning
    Vector<StateRow> by_stop;
    bool has_entry = false;
    Vector<int> clusters;  // their codes in the data, in the order of their first rows
};

// Sorts once and hands out one curve after the other.
class StateRowSource {
  public:
    explicit StateRowSource(const MultistateInput& input);
    std::size_t strata() const { return by_stop_.strata(); }
    StateRows curve(std::size_t s);
    // Which of the curve's rows, in the order of their ends, are at risk at t0.
    Vector<bool> at_risk(std::size_t s, double t0, bool includes_t0) const;
    int transition_number(int from, int to) const { return number_[static_cast<std::size_t>(from * states_ + to)]; }

  private:
    StateRow row(Index i, double time) const;
    std::size_t cluster_of(Index i) const {
        return input_.cluster.empty() ? i : static_cast<std::size_t>(input_.cluster[i]);
    }

    const MultistateInput& input_;
    int states_;
    StratifiedOrder in_data_, by_start_, by_stop_;  // rows as they are in the data, by beginning, by end
    Vector<int> number_;
    Vector<int> place_;
};

}  // namespace survmatch
