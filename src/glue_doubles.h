#pragma once

// Numbers of R that may be whole or logical, and that may carry names.

#include "glue.h"

namespace survmatch::glue {

// An R vector of doubles where it lies, or of whole numbers or logicals converted; NA stays NA.
class Doubles {
  public:
    explicit Doubles(SEXP x) : size_(static_cast<std::size_t>(Rf_xlength(x))) {
        if (TYPEOF(x) == REALSXP) {
            values_ = {REAL(x), size_};
            return;
        }
        const Rcpp::IntegerVector whole(x);
        converted_.resize(size_);
        for (std::size_t i = 0; i < size_; ++i) {
            const int value = whole[static_cast<R_xlen_t>(i)];
            converted_[i] = value == NA_INTEGER ? NA_REAL : value;
        }
        values_ = converted_;
    }
    Doubles(const Doubles&) = delete;
    Doubles& operator=(const Doubles&) = delete;

    std::size_t size() const { return size_; }
    Span<const double> values() const { return values_; }

  private:
    std::size_t size_;
    Vector<double> converted_;
    Span<const double> values_;
};

}  // namespace survmatch::glue
