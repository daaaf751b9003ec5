#pragma once

// What every glue file shares: R vectors seen as spans, and the hooks that let R interrupt the core.
// No statistics here or in the glue_*.cpp files.

#include <Rcpp/Lightest>

#include <algorithm>
#include <chrono>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch::glue {

inline Span<const double> span(const Rcpp::NumericVector& x) {
    return {x.begin(), static_cast<std::size_t>(x.size())};
}
inline Span<const int> span(const Rcpp::IntegerVector& x) {
    return {x.begin(), static_cast<std::size_t>(x.size())};
}
inline Span<const int> span(const Rcpp::LogicalVector& x) {
    return {x.begin(), static_cast<std::size_t>(x.size())};
}
// The codes of a factor or an integer vector, only to be read: a factor may share them with another object, and Rcpp's
// vectors, which can be written to, would make R copy them first.
inline Span<const int> codes(SEXP x) {
    if (Rf_isNull(x)) return {};
    return {INTEGER_RO(x), static_cast<std::size_t>(XLENGTH(x))};
}
inline MatrixView view(const Rcpp::NumericMatrix& x) {
    return {x.begin(), static_cast<std::size_t>(x.nrow()), static_cast<std::size_t>(x.ncol())};
}

// An R vector of a type of numbers, `bytes` long without its header; long ones are in large pages.
SEXP new_vector(SEXPTYPE type, std::size_t size, std::size_t bytes);

// An R vector or matrix to be filled: until then its values are undefined.
template <class RVector>
RVector to_fill(std::size_t size) {
    return RVector(new_vector(RVector::r_type::value, size, size * sizeof(typename RVector::stored_type)));
}
template <class RMatrix>
RMatrix to_fill(std::size_t rows, std::size_t columns) {
    auto values = to_fill<Rcpp::Vector<RMatrix::r_type::value>>(rows * columns);
    values.attr("dim") = Rcpp::Dimension(rows, columns);
    return RMatrix(values);
}

// Vectors from R and to R, by copy.
inline Vector<double> from_r(const Rcpp::NumericVector& x) {
    return {x.begin(), x.end()};
}
template <class T>
auto to_r(const Vector<T>& x) {
    auto out = to_fill<Rcpp::Vector<Rcpp::traits::r_sexptype_traits<T>::rtype>>(x.size());
    std::copy(x.begin(), x.end(), out.begin());
    return out;
}
// A matrix whose columns follow each other in `x`; without rows it has no columns.
inline Rcpp::NumericMatrix to_r(const Vector<double>& x, std::size_t rows) {
    auto out = to_fill<Rcpp::NumericMatrix>(rows, rows == 0 ? 0 : x.size() / rows);
    std::copy(x.begin(), x.end(), out.begin());
    return out;
}

// Lets Ctrl-C through, and shows how far a computation is once it takes longer than two seconds. Only the main thread
// may tick.
class RHooks final : public Hooks {
  public:
    RHooks() : start_(std::chrono::steady_clock::now()) {}
    ~RHooks() override;
    RHooks(const RHooks&) = delete;
    RHooks& operator=(const RHooks&) = delete;
    void tick(std::size_t done, std::size_t total) override;

  private:
    std::chrono::steady_clock::time_point start_;
    SEXP bar_ = nullptr;
};

}  // namespace survmatch::glue
