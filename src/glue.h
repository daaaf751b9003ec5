#pragma once

// What every glue file shares: R vectors seen as spans, and the hooks that let R interrupt the core.
// No statistics here or in the glue_*.cpp files.

#include <Rcpp/Lightest>

#include <chrono>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"

namespace survmatch::glue {

inline Span<const double> span(const Rcpp::NumericVector& x) {
    return {x.begin(), static_cast<std::size_t>(x.size())};
}
inline Span<const int> span(const Rcpp::IntegerVector& x) { return {x.begin(), static_cast<std::size_t>(x.size())}; }
inline Span<const int> span(const Rcpp::LogicalVector& x) { return {x.begin(), static_cast<std::size_t>(x.size())}; }
inline MatrixView view(const Rcpp::NumericMatrix& x) {
    return {x.begin(), static_cast<std::size_t>(x.nrow()), static_cast<std::size_t>(x.ncol())};
}

// Lets Ctrl-C through, and shows how far a computation is once it takes longer than two seconds. Only the main thread may
// tick.
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
