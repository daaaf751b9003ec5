#pragma once

// The response of a survival model as R holds it, and numbers that may be whole or logical.

#include "glue.h"

namespace survmatch::glue {

// The columns of a response: (start,) stop, status.
struct Response {
    explicit Response(const Rcpp::NumericMatrix& y) : all(view(y)) {}
    bool has_entry() const { return all.columns() == 3; }
    Span<const double> start() const { return has_entry() ? all.column(0) : Span<const double>(); }
    Span<const double> stop() const { return all.column(all.columns() - 2); }
    Span<const double> status() const { return all.column(all.columns() - 1); }
    MatrixView all;
};

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
