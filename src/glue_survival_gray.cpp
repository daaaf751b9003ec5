#include "core/survival/gray.hpp"
#include "glue.h"

using namespace survmatch;

// [[Rcpp::export(rng = false)]]
Rcpp::List core_gray(const Rcpp::NumericVector& time, const Rcpp::IntegerVector& status,
                     const Rcpp::IntegerVector& group, std::size_t groups, const Rcpp::IntegerVector& stratum,
                     std::size_t strata, double rho, bool timefix) {
    const GrayInput input{glue::span(time), glue::span(status), glue::span(group), groups, glue::span(stratum), strata,
                          timefix};
    glue::RHooks hooks;
    const GrayFit fit = gray_scores(input, rho, hooks);
    return Rcpp::List::create(Rcpp::_["score"] = fit.score, Rcpp::_["variance"] = fit.variance);
}
