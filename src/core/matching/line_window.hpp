#pragma once

#include <cmath>

#include "core/matching/score_line.hpp"

namespace survmatch {

// How many focal and other units, each counted `copies` times, lie at most one caliper behind a place on the line.
class LineWindow {
  public:
    LineWindow(const MatchUnits& units, Span<const Index> line, double caliper, std::size_t copies)
        : units_(units), line_(line), caliper_(caliper), copies_(copies) {}

    void move_to(double position) {
        if (std::isnan(caliper_)) return;
        for (; first_ < last_ && position - units_.score[line_[first_]] > caliper_; ++first_) count_of(line_[first_]) -= step_of(line_[first_]);
    }
    void add(std::size_t place) {
        last_ = place + 1;
        count_of(line_[place]) += step_of(line_[place]);
    }
    std::size_t focal() const { return focal_; }
    std::size_t others() const { return others_; }

  private:
    std::size_t& count_of(Index unit) { return units_.focal[unit] != 0 ? focal_ : others_; }
    std::size_t step_of(Index unit) const { return units_.focal[unit] != 0 ? copies_ : 1; }

    const MatchUnits& units_;
    Span<const Index> line_;
    double caliper_;
    std::size_t copies_;
    std::size_t first_ = 0;
    std::size_t last_ = 0;
    std::size_t focal_ = 0;
    std::size_t others_ = 0;
};

}  // namespace survmatch
