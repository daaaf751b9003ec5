#include "core/tables/proportions.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

Count count(double events, double n) {
    return {static_cast<std::size_t>(events), static_cast<std::size_t>(n)};
}

Rcpp::NumericVector named(const Interval& x) {
    return Rcpp::NumericVector::create(Rcpp::_["estimate"] = x.estimate, Rcpp::_["lower"] = x.lower,
                                       Rcpp::_["upper"] = x.upper);
}

}  // namespace

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_clopper_pearson(double events, double n, double level) {
    return named(clopper_pearson(count(events, n), level));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_risk_difference(double events1, double n1, double events0, double n0, double level,
                                         bool score) {
    const Count treated = count(events1, n1), control = count(events0, n0);
    return named(score ? miettinen_nurminen_difference(treated, control, level)
                       : newcombe_difference(treated, control, level));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_tango(double treated_only, double control_only, double pairs, double level) {
    return named(tango_difference({static_cast<std::size_t>(treated_only), static_cast<std::size_t>(control_only),
                                   static_cast<std::size_t>(pairs)},
                                  level));
}

// [[Rcpp::export(rng = false)]]
double core_mcnemar_exact(double treated_only, double control_only) {
    return mcnemar_exact({static_cast<std::size_t>(treated_only), static_cast<std::size_t>(control_only), 0});
}
