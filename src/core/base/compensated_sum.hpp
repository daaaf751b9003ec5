#pragma once

namespace survmatch {

// sum + term - (what they came to as `total`), exactly: Knuth (1969) The Art of Computer Programming 2, section 4.2.2.
inline double rounding_error(double sum, double term, double total) {
    const double added = total - sum;
    return (sum - (total - added)) + (term - added);
}

// A running sum that keeps the low-order bits lost at each addition, so that what is added and later
// subtracted cancels. Neumaier (1974) ZAMM 54:39, algorithm IV.
class CompensatedSum {
  public:
    CompensatedSum() = default;
    explicit CompensatedSum(double value) : sum_(value) {}

    CompensatedSum& operator+=(double term) {
        const double total = sum_ + term;
        lost_ += rounding_error(sum_, term, total);
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
