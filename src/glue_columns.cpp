// Columns of numbers: made once, in memory that is asked for in large pages, without the names that R would copy.

#include <algorithm>
#include <cmath>

#include "glue_doubles.h"

using namespace survmatch;

// Numeric columns, and matrices of them, side by side: `names` has a name for each column of the result.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_bind_columns(const Rcpp::List& columns, std::size_t rows, const Rcpp::CharacterVector& names) {
    auto out = glue::to_fill<Rcpp::NumericMatrix>(rows, static_cast<std::size_t>(names.size()));
    double* at = out.begin();
    for (R_xlen_t j = 0; j < columns.size(); ++j) {
        const glue::Doubles from(VECTOR_ELT(columns, j));
        if (at + from.size() > out.end()) Rcpp::stop("There are more values than columns have room for.");
        at = from.copy_to(at);
    }
    if (at != out.end()) Rcpp::stop("Columns must have the same length.");
    Rcpp::colnames(out) = names;
    return out;
}

namespace {

// Whether one of the values is missing: looked for in blocks of a fixed size, which compilers do several at a time.
template <class T, class IsMissing>
bool any_missing(const T* x, std::size_t size, IsMissing is_missing) {
    constexpr std::size_t block = 256;
    std::size_t i = 0;
    for (; i + block <= size; i += block) {
        int missing = 0;
        for (std::size_t k = 0; k < block; ++k) missing |= is_missing(x[i + k]);
        if (missing != 0) return true;
    }
    return std::any_of(x + i, x + size, is_missing);
}

}  // namespace

// [[Rcpp::export(rng = false)]]
bool core_has_missing(SEXP numbers) {
    if (TYPEOF(numbers) == INTSXP) {
        const Span<const int> x = glue::codes(numbers);
        return any_missing(x.begin(), x.size(), [](int v) { return v == NA_INTEGER; });
    }
    return any_missing(REAL_RO(numbers), static_cast<std::size_t>(XLENGTH(numbers)),
                       [](double v) { return std::isnan(v); });
}

// The values as doubles and nothing else: the names of a million patients, which R makes only when somebody reads them,
// are what as.double() would spend its time on.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_plain_doubles(SEXP x) {
    const auto has = [x](SEXP name) { return !Rf_isNull(Rf_getAttrib(x, name)); };
    if (TYPEOF(x) == REALSXP && !Rf_isObject(x) && !has(R_NamesSymbol) && !has(R_DimSymbol)) return x;
    const glue::Doubles from(x);
    auto out = glue::to_fill<Rcpp::NumericVector>(from.size());
    from.copy_to(out.begin());
    return out;
}
