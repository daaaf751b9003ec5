#include "core/survival/curve_influence.hpp"
#include "glue.h"

using namespace survmatch;

// One arm's curve read at several points: `what` is 0 for restricted means to `at`, 1 for survival at `at`.
// Returns the values and the influences, patients by points.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_curve_numbers(const Rcpp::NumericVector& entry, const Rcpp::NumericVector& time,
                              const Rcpp::IntegerVector& event, const Rcpp::NumericVector& weight,
                              const Rcpp::NumericVector& at, int what) {
    const ArmData arm{glue::span(entry), glue::span(time), glue::span(event), glue::span(weight)};
    const ArmCurve curve = arm_curve(arm);
    Rcpp::NumericVector values(at.size());
    auto influence = glue::to_fill<Rcpp::NumericMatrix>(time.size(), at.size());
    for (R_xlen_t k = 0; k < at.size(); ++k) {
        const CurveNumber number = what == 0 ? restricted_mean(arm, curve, at[k]) : survival_at(arm, curve, at[k]);
        values[k] = number.value;
        std::copy(number.influence.begin(), number.influence.end(), influence.column(static_cast<int>(k)).begin());
    }
    return Rcpp::List::create(Rcpp::_["value"] = values, Rcpp::_["influence"] = influence);
}

// [[Rcpp::export(rng = false)]]
double core_clustered_variance(const Rcpp::NumericVector& influence, const Rcpp::IntegerVector& cluster, int clusters) {
    return clustered_variance(glue::span(influence), glue::span(cluster), static_cast<std::size_t>(clusters));
}
