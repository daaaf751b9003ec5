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
        at = std::copy(from.values().begin(), from.values().end(), at);
    }
    if (at != out.end()) Rcpp::stop("Columns must have the same length.");
    Rcpp::colnames(out) = names;
    return out;
}

// [[Rcpp::export(rng = false)]]
bool core_has_missing(SEXP numbers) {
    if (TYPEOF(numbers) == INTSXP) {
        const Span<const int> x = glue::codes(numbers);
        return std::any_of(x.begin(), x.end(), [](int v) { return v == NA_INTEGER; });
    }
    const double* x = REAL_RO(numbers);
    return std::any_of(x, x + XLENGTH(numbers), [](double v) { return std::isnan(v); });
}

// The values as doubles and nothing else: the names of a million patients, which R makes only when somebody reads them,
// are what as.double() would spend its time on.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_plain_doubles(SEXP x) {
    const auto has = [x](SEXP name) { return !Rf_isNull(Rf_getAttrib(x, name)); };
    if (TYPEOF(x) == REALSXP && !Rf_isObject(x) && !has(R_NamesSymbol) && !has(R_DimSymbol)) return x;
    const glue::Doubles from(x);
    auto out = glue::to_fill<Rcpp::NumericVector>(from.size());
    std::copy(from.values().begin(), from.values().end(), out.begin());
    return out;
}
