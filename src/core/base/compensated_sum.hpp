#pragma once

#include <cmath>

namespace survmatch {

// A running sum that keeps the low-order bits lost at each addition, so that what is added and later
// subtracted cancels. Neumaier (1974) ZAMM 54:39, algorithm IV.
class CompensatedSum {
  public:
    CompensatedSum() = default;
    explicit CompensatedSum(double value) : sum_(value) {}

    CompensatedSum& operator+=(double term) {
        const double total = sum_ + term;
        lost_ += std::fabs(sum_) >= std::fabs(term) ? (sum_ - total) + term : (term - total) + sum_;
        sum_ = total;
        return *this;
    }
    CompensatedSum& operator-=(double term) { return *this += -term; }
    double value() const { return sum_ + lost_; }

  private:
    double sum_ = 0.0;
    double lost_ = 0.0;
};

}  // namespace survmatch
