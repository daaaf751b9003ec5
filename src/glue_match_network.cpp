#include "core/base/vector.hpp"
#include "core/matching/network_match.hpp"
#include "glue.h"
#include "glue_matching.h"

using namespace survmatch;

namespace {

Rcpp::List network_result(const NetworkMatch& match, const Vector<int>& shortage) {
    Rcpp::IntegerMatrix rows(static_cast<int>(match.pairs.size()), 2);
    for (std::size_t i = 0; i < match.pairs.size(); ++i) {
        rows(static_cast<int>(i), 0) = match.pairs[i].focal + 1;
        rows(static_cast<int>(i), 1) = match.pairs[i].other + 1;
    }
    Rcpp::NumericMatrix price(static_cast<int>(match.price.size()), 2);
    for (std::size_t i = 0; i < match.price.size(); ++i) {
        price(static_cast<int>(i), 0) = static_cast<double>(match.price[i].rank);
        price(static_cast<int>(i), 1) = match.price[i].distance;
    }
    return Rcpp::List::create(Rcpp::_["pairs"] = rows, Rcpp::_["price"] = price,
                              Rcpp::_["contradiction"] = Rcpp::NumericVector::create(
                                  static_cast<double>(match.contradiction.rank), match.contradiction.distance),
                              Rcpp::_["short"] = glue::to_r(shortage));
}

}  // namespace

// `pairs`: row numbers, focal and other; `price`: units by pairs and distance; `short`: groups that lack partners,
// empty unless `ask_short`. `bounds`: least, most, shared, others_used, focal_used (-1 for none), penalty (NA for
// none); empty: full matching without bounds. `category`: empty, or codes whose numbers among the others are to be
// those of the focal units.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_match_network(const Rcpp::NumericVector& score, const Rcpp::NumericMatrix& points,
                              const Rcpp::NumericMatrix& table, const Rcpp::IntegerVector& focal,
                              const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                              const Rcpp::List& rules, const Rcpp::NumericVector& bounds,
                              const Rcpp::IntegerVector& category, double most_arcs, bool ask_short) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    const NearestOptions options = glue::nearest_options(rules);
    const PairDistances distances{glue::view(points), glue::view(table), options.caliper, options.rule};
    const auto most = static_cast<std::size_t>(most_arcs);
    glue::RHooks hooks;
    if (bounds.size() == 0) return network_result(match_network_full(units, distances, most, hooks), {});
    const NetworkBounds wanted{static_cast<int>(bounds[0]),
                               static_cast<int>(bounds[1]),
                               static_cast<int>(bounds[2]),
                               static_cast<long long>(bounds[3]),
                               static_cast<long long>(bounds[4]),
                               bounds[5],
                               glue::span(category)};
    const NetworkMatch match = match_network(units, distances, wanted, most, hooks);
    if (!ask_short) return network_result(match, {});
    return network_result(match, shortage_on_network(units, distances, wanted.least, match.pairs, hooks));
}
