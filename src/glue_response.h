#pragma once

// The response of a survival model as R holds it.

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

}  // namespace survmatch::glue
