#include "core/propensity/logistic.hpp"
#include "glue.h"

using namespace survmatch;

// [[Rcpp::export(rng = false)]]
Rcpp::List core_fit_logistic(const Rcpp::NumericMatrix& x, const Rcpp::IntegerVector& y,
                             const Rcpp::NumericVector& weight, bool intercept) {
    glue::RHooks hooks;
    const LogisticFit fit = fit_logistic(glue::view(x), glue::span(y), glue::span(weight), intercept, {}, hooks);
    const int p = x.ncol();
    return Rcpp::List::create(Rcpp::_["coefficients"] = fit.coefficients,
                              Rcpp::_["aliased"] = Rcpp::LogicalVector(fit.aliased.begin(), fit.aliased.end()),
                              Rcpp::_["covariance"] = Rcpp::NumericMatrix(p, p, fit.covariance.begin()),
                              Rcpp::_["linear"] = glue::to_r(fit.linear), Rcpp::_["fitted"] = glue::to_r(fit.fitted),
                              Rcpp::_["deviance"] = fit.deviance, Rcpp::_["null_deviance"] = fit.null_deviance,
                              Rcpp::_["iterations"] = fit.iterations, Rcpp::_["converged"] = fit.converged,
                              Rcpp::_["on_the_boundary"] = static_cast<double>(fit.on_the_boundary));
}

// [[Rcpp::export(rng = false)]]
double core_c_statistic(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& y) {
    return c_statistic(glue::span(score), glue::span(y));
}
