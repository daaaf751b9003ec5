#pragma once

// The response of a survival model as R holds it.

#include "core/base/order.hpp"
#include "core/base/vector.hpp"
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

// The permutations that sort the times of a response, kept from the search for ties for who sorts them next.
struct TimeOrders {
    Vector<Index> start;  // empty for right-censored data
    Vector<Index> stop;
};

}  // namespace survmatch::glue
