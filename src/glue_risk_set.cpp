#include "core/base/vector.hpp"
#include "core/matching/risk_set.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

Rcpp::IntegerVector numbered_from_one(const Vector<Index>& values) {
    Rcpp::IntegerVector out(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<int>(values[i]) + 1;
    return out;
}

}  // namespace

// `patient` counts from 0; the results count from 1.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_match_risk_set(Rcpp::NumericVector entry, Rcpp::NumericVector stop, Rcpp::IntegerVector patient,
                               Rcpp::IntegerVector stratum, Rcpp::NumericVector score, Rcpp::NumericMatrix covariates,
                               Rcpp::NumericVector start, Rcpp::NumericVector limit, int ratio, bool replace,
                               double caliper) {
    const RiskSetData data{glue::span(entry), glue::span(stop),       glue::span(patient), glue::span(stratum),
                           glue::span(score), glue::view(covariates), glue::span(start),   glue::span(limit)};
    RiskSetOptions options;
    options.ratio = static_cast<std::size_t>(ratio);
    options.replace = replace;
    options.caliper = caliper;
    glue::RHooks hooks;
    const RiskSetMatch match = match_risk_set(data, options, hooks);
    return Rcpp::List::create(Rcpp::Named("set") = numbered_from_one(match.set),
                              Rcpp::Named("case_row") = numbered_from_one(match.case_row),
                              Rcpp::Named("control_row") = numbered_from_one(match.control_row),
                              Rcpp::Named("unmatched") = numbered_from_one(match.unmatched),
                              Rcpp::Named("unseen") = numbered_from_one(match.unseen));
}
