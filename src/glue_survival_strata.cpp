// Strata of whole numbers: codes of half a million of them.

#include "core/base/integer_levels.hpp"
#include "glue.h"

using namespace survmatch;

// `codes` and `values` of factor(x); NULL when the values are spread too widely for a table.
// [[Rcpp::export(rng = false)]]
SEXP core_integer_levels(const Rcpp::IntegerVector& x) {
    const IntegerLevels levels = integer_levels(glue::span(x), NA_INTEGER);
    if (levels.codes.empty()) return R_NilValue;
    auto codes = glue::to_fill<Rcpp::IntegerVector>(levels.codes.size());
    for (std::size_t i = 0; i < levels.codes.size(); ++i) {
        codes[static_cast<R_xlen_t>(i)] = levels.codes[i] == 0 ? NA_INTEGER : levels.codes[i];
    }
    return Rcpp::List::create(Rcpp::_["codes"] = codes, Rcpp::_["values"] = glue::to_r(levels.values));
}
