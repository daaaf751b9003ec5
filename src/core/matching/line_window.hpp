#pragma once

#include <cmath>

#include "core/matching/line_order.hpp"

namespace survmatch {

// How many focal and other units, each counted `copies` times, lie at most one caliper behind a place on the line.
class LineWindow {
  public:
    LineWindow(const Line& line, double caliper, std::size_t copies)
        : line_(line), caliper_(caliper), copies_(copies) {}

    void move_to(double position) {
        if (std::isnan(caliper_)) return;
        for (; first_ < last_ && position - line_.score[first_] > caliper_; ++first_)
            count_of(first_) -= step_of(first_);
    }
    void add(std::size_t place) {
        last_ = place + 1;
        count_of(place) += step_of(place);
    }
    std::size_t focal() const { return focal_; }
    std::size_t others() const { return others_; }

  private:
    std::size_t& count_of(std::size_t place) { return line_.focal[place] ? focal_ : others_; }
    std::size_t step_of(std::size_t place) const { return line_.focal[place] ? copies_ : 1; }

    const Line& line_;
    double caliper_;
    std::size_t copies_;
    std::size_t first_ = 0;
    std::size_t last_ = 0;
    std::size_t focal_ = 0;
    std::size_t others_ = 0;
};

}  // namespace survmatch
