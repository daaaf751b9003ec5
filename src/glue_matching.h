#pragma once

#include "core/matching/nearest.hpp"
#include "glue.h"

namespace survmatch {
namespace glue {

inline PairRule pair_rule(const Rcpp::IntegerMatrix& antiexact, const Rcpp::NumericMatrix& covariates,
                   const Rcpp::NumericVector& widths) {
    PairRule rule;
    rule.antiexact = {{antiexact.begin(), static_cast<std::size_t>(antiexact.size())},
                      static_cast<std::size_t>(antiexact.nrow())};
    rule.covariates = view(covariates);
    rule.widths = span(widths);
    return rule;
}

inline NearestOptions nearest_options(const Rcpp::List& rules) {
    const Rcpp::IntegerMatrix antiexact = rules["antiexact"];
    const Rcpp::NumericMatrix covariates = rules["covariates"];
    const Rcpp::NumericVector widths = rules["widths"];
    const Rcpp::IntegerVector group = rules["group"];
    NearestOptions options;
    options.caliper = rules["caliper"];
    options.reuse_max = rules["reuse_max"];
    options.rule = pair_rule(antiexact, covariates, widths);
    options.group = span(group);
    return options;
}

}  // namespace glue
}  // namespace survmatch
