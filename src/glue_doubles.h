#pragma once

// Numbers of R that may be whole or logical, and that may carry names.

#include "glue.h"

namespace survmatch::glue {

// An R vector of doubles, whole numbers or logicals, read where it lies; NA stays NA.
class Doubles {
  public:
    explicit Doubles(SEXP x)
        : size_(static_cast<std::size_t>(XLENGTH(x))),
          real_(TYPEOF(x) == REALSXP ? REAL_RO(x) : nullptr),
          whole_(TYPEOF(x) == INTSXP   ? INTEGER_RO(x)
                 : TYPEOF(x) == LGLSXP ? LOGICAL_RO(x)
                                       : nullptr) {
        if (real_ == nullptr && whole_ == nullptr) Rcpp::stop("Numbers or logicals are needed.");
    }

    std::size_t size() const { return size_; }
    double operator[](std::size_t i) const {
        if (real_ != nullptr) return real_[i];
        return whole_[i] == NA_INTEGER ? NA_REAL : whole_[i];
    }
    // Returns the end of the copy.
    double* copy_to(double* out) const {
        if (real_ != nullptr) return std::copy_n(real_, size_, out);
        for (std::size_t i = 0; i < size_; ++i) out[i] = (*this)[i];
        return out + size_;
    }

  private:
    std::size_t size_;
    const double* real_;
    const int* whole_;
};

}  // namespace survmatch::glue
