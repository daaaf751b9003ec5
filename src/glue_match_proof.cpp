#include "core/matching/line_proof.hpp"
#include "core/matching/line_shortage.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

Rcpp::NumericVector worth(const Worth& value) {
    return Rcpp::NumericVector::create(static_cast<double>(value.pairs), value.distance.value());
}

}  // namespace

// The proof of core_match_line(), or of core_match_line_full() where `ratio` is 0. `price`: units by pairs and
// distance.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_prove_line(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                           const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum, int ratio,
                           double caliper, double penalty) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    const LineOrder order(units, {});
    glue::RHooks hooks;
    const bool full = ratio == 0;
    const LineTerms terms{ratio, caliper, penalty};
    const LineProof proof =
        full ? prove_line_full(units, order, caliper, hooks) : prove_line(units, order, terms, hooks);
    Rcpp::NumericMatrix price(static_cast<int>(units.size()), 2);
    for (std::size_t i = 0; i < units.size(); ++i) {
        price(static_cast<int>(i), 0) = static_cast<double>(proof.price[i].pairs);
        price(static_cast<int>(i), 1) = proof.price[i].distance.value();
    }
    return Rcpp::List::create(Rcpp::_["price"] = price, Rcpp::_["pairs"] = static_cast<double>(proof.pairs),
                              Rcpp::_["distance"] = proof.distance.value(),
                              Rcpp::_["gap"] = worth(proof.bound - proof.optimum),
                              Rcpp::_["contradiction"] = worth(proof.contradiction));
}

// Groups of units that lack partners: 0 for none.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector core_shortage_on_line(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                          const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                          int ratio, double caliper) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    LineTerms terms;
    terms.ratio = ratio;
    terms.caliper = caliper;
    glue::RHooks hooks;
    return glue::to_r(shortage_on_line(units, LineOrder(units, {}), terms, hooks));
}
