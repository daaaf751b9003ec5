#pragma once

#include "core/base/order.hpp"
#include "core/base/vector.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// Units in increasing score, and what a pass along them reads.
struct Line {
    Span<const Index> unit;
    Span<const double> score;
    Span<const char> focal;

    std::size_t size() const { return unit.size(); }
    double distance(std::size_t a, std::size_t b) const { return a < b ? score[b] - score[a] : score[a] - score[b]; }
};

// The retained units of each stratum in increasing score. Of units with the same score the one with the smaller
// `priority` comes first; without priorities the one that comes first in the data.
class LineOrder {
  public:
    LineOrder(const MatchUnits& units, Span<const int> priority);
    std::size_t strata() const { return begin_.size() - 1; }
    Line stratum(std::size_t s) const {
        const std::size_t first = begin_[s], size = begin_[s + 1] - first;
        return {{unit_.data() + first, size}, {score_.data() + first, size}, {focal_.data() + first, size}};
    }

  private:
    Vector<Index> unit_;
    Vector<double> score_;
    Vector<char> focal_;
    Vector<Index> begin_;
};

}  // namespace survmatch
