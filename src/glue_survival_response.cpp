#include <cmath>

#include "glue.h"

// A right-censored response from plain vectors as survival's Surv() makes it; NULL when it would have something to say:
// missing values, lengths that differ, a status that is neither 0/1 nor 1/2.
// [[Rcpp::export(rng = false)]]
SEXP core_plain_response(const Rcpp::NumericVector& time, const Rcpp::NumericVector& status) {
    const R_xlen_t n = time.size();
    if (n == 0 || status.size() != n) return R_NilValue;
    double most = status[0];
    for (const double s : status) {
        if (s > most) most = s;
    }
    const double shift = most == 2.0 ? 1.0 : 0.0;
    auto y = survmatch::glue::to_fill<Rcpp::NumericMatrix>(n, 2);
    for (R_xlen_t i = 0; i < n; ++i) {
        const double s = status[i] - shift;
        if (std::isnan(time[i]) || !(s == 0.0 || s == 1.0)) return R_NilValue;
        y[i] = time[i];
        y[n + i] = s;
    }
    Rcpp::colnames(y) = Rcpp::CharacterVector::create("time", "status");
    y.attr("type") = "right";
    y.attr("class") = "Surv";
    return y;
}

// [[Rcpp::export(rng = false)]]
bool core_has_missing(const Rcpp::NumericVector& x) {
    for (const double v : x) {
        if (std::isnan(v)) return true;
    }
    return false;
}
