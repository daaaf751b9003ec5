#include "core/survival/logrank.hpp"
#include "glue.h"

using namespace survmatch;

// [[Rcpp::export(rng = false)]]
Rcpp::List core_logrank(const Rcpp::NumericMatrix& y, const Rcpp::IntegerVector& group, std::size_t groups, SEXP stratum,
                        std::size_t strata, double rho, bool timefix) {
    const Rcpp::IntegerVector strata_codes = Rf_isNull(stratum) ? Rcpp::IntegerVector() : Rcpp::IntegerVector(stratum);
    const MatrixView response = glue::view(y);
    const LogrankInput input{response.column(0), response.column(1), glue::span(group), groups,
                             glue::span(strata_codes), strata, timefix};
    glue::RHooks hooks;
    const LogrankFit fit = fit_logrank(input, {rho}, hooks);
    return Rcpp::List::create(Rcpp::_["observed"] = fit.observed, Rcpp::_["expected"] = fit.expected,
                              Rcpp::_["variance"] = fit.variance);
}
