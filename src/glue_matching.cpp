#include "glue_matching.h"
#include "core/base/vector.hpp"
#include "core/matching/line_match.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/set_weights.hpp"
#include "core/matching/values.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

// Row numbers of R from 1, NA for none, as unit numbers from 0, -1 for none, and back.
Vector<int> from_rows(const Rcpp::IntegerVector& rows) {
    Vector<int> units(rows.size());
    for (R_xlen_t i = 0; i < rows.size(); ++i) units[i] = rows[i] == NA_INTEGER ? -1 : rows[i] - 1;
    return units;
}

Rcpp::IntegerMatrix pair_matrix(const PairTable& pairs) {
    auto rows = glue::to_fill<Rcpp::IntegerMatrix>(pairs.rows, pairs.columns);
    for (std::size_t i = 0; i < pairs.partner.size(); ++i) {
        rows[i] = pairs.partner[i] == PairTable::none ? NA_INTEGER : pairs.partner[i] + 1;
    }
    return rows;
}

Rcpp::IntegerVector set_codes(const Vector<int>& sets) {
    auto codes = glue::to_fill<Rcpp::IntegerVector>(sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i) codes[i] = sets[i] == 0 ? NA_INTEGER : sets[i];
    return codes;
}

GreedyOrder greedy_order(const std::string& how, const Vector<int>& queue) {
    const GreedyOrder::Kind kind = how == "in order"    ? GreedyOrder::in_order
                                   : how == "replacing" ? GreedyOrder::replacing
                                   : how == "closest"   ? GreedyOrder::closest
                                                        : GreedyOrder::farthest;
    return {kind, queue};
}

}  // namespace

// `how`: "in order", "replacing", "closest" or "farthest". `rules` lives as long as the call: its vectors are read
// where they are.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_match_nearest(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                       const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                       const Rcpp::IntegerVector& order, const Rcpp::IntegerVector& ratio,
                                       const Rcpp::List& rules, const std::string& how) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    const Vector<int> queue = from_rows(order);
    glue::RHooks hooks;
    return pair_matrix(
        match_nearest(units, greedy_order(how, queue), glue::span(ratio), glue::nearest_options(rules), hooks));
}

// `score` may be empty when there is no caliper on it; `place` orders the units by the first coordinate.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_match_covariates(const Rcpp::NumericMatrix& coordinates, const Rcpp::IntegerVector& place,
                                          const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                          const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                          const Rcpp::IntegerVector& order, const Rcpp::IntegerVector& ratio,
                                          const Rcpp::List& rules, const std::string& how) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    const Vector<int> queue = from_rows(order);
    glue::RHooks hooks;
    return pair_matrix(match_nearest_covariates(units, {glue::view(coordinates), glue::span(place)},
                                                greedy_order(how, queue), glue::span(ratio),
                                                glue::nearest_options(rules), hooks));
}

// `distances`: the other units in rows, the focal ones in columns.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_match_matrix(const Rcpp::NumericMatrix& distances, const Rcpp::IntegerVector& focal,
                                      const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                      const Rcpp::IntegerVector& order, const Rcpp::IntegerVector& ratio,
                                      const Rcpp::List& rules, const std::string& how) {
    const MatchUnits units{{}, glue::span(focal), glue::span(retained), glue::span(stratum)};
    const Vector<int> queue = from_rows(order);
    glue::RHooks hooks;
    return pair_matrix(match_nearest_matrix(units, glue::view(distances), greedy_order(how, queue), glue::span(ratio),
                                            glue::nearest_options(rules), hooks));
}

// `caliper` and `penalty` are NA for none; `priority` is empty or orders units with the same score.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_match_line(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                    const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                    const Rcpp::IntegerVector& priority, int ratio, double caliper, double penalty,
                                    int threads) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    glue::RHooks hooks;
    return pair_matrix(
        match_line(units, LineOrder(units, glue::span(priority)), {ratio, caliper, penalty}, threads, hooks));
}

// The optimal pairs of scores as rows of two numbers, in the order of the focal units.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_match_scores(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                      const Rcpp::IntegerVector& stratum, int ratio, double caliper, int threads) {
    const Vector<int> all(focal.size(), 1);
    const MatchUnits units{glue::span(score), glue::span(focal), all, glue::span(stratum)};
    glue::RHooks hooks;
    const PairTable pairs = match_line(units, LineOrder(units, {}), {ratio, caliper, NA_REAL}, threads, hooks);

    std::size_t made = 0;
    for (const int partner : pairs.partner) made += partner != PairTable::none;
    auto out = glue::to_fill<Rcpp::IntegerMatrix>(made, 2);
    Rcpp::colnames(out) = Rcpp::CharacterVector::create("treated", "control");
    int* treated = out.begin();
    int* control = treated + made;
    std::size_t row = 0;
    for (R_xlen_t unit = 0; unit < focal.size(); ++unit) {
        if (focal[unit] != 1) continue;
        for (std::size_t k = 0; k < pairs.columns; ++k) {
            const int partner = pairs.partner[k * pairs.rows + row];
            if (partner == PairTable::none) continue;
            *treated++ = static_cast<int>(unit) + 1;
            *control++ = partner + 1;
        }
        ++row;
    }
    return out;
}

// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector core_match_line_full(const Rcpp::NumericVector& score, const Rcpp::IntegerVector& focal,
                                         const Rcpp::LogicalVector& retained, const Rcpp::IntegerVector& stratum,
                                         const Rcpp::IntegerVector& priority, double caliper, int threads) {
    const MatchUnits units{glue::span(score), glue::span(focal), glue::span(retained), glue::span(stratum)};
    glue::RHooks hooks;
    return set_codes(match_line_full(units, LineOrder(units, glue::span(priority)), caliper, threads, hooks));
}

// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector core_sets_of_pairs(const Rcpp::IntegerMatrix& pairs, const Rcpp::IntegerVector& focal) {
    return set_codes(sets_of_pairs(from_rows(pairs), glue::span(focal)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_weights_of_pairs(const Rcpp::IntegerMatrix& pairs, const Rcpp::IntegerVector& focal) {
    return glue::to_r(weights_of_pairs(from_rows(pairs), glue::span(focal)));
}

// `sets` holds NA for unmatched units; `mass` is NULL or a sampling weight a unit.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_weights_of_sets(const Rcpp::IntegerVector& sets, const Rcpp::IntegerVector& treated,
                                         const std::string& estimand, const Rcpp::Nullable<Rcpp::NumericVector>& mass) {
    Vector<int> codes(sets.size());
    for (R_xlen_t i = 0; i < sets.size(); ++i) codes[i] = sets[i] == NA_INTEGER ? 0 : sets[i];
    const SetEstimand which = estimand == "ATT"   ? SetEstimand::att
                              : estimand == "ATC" ? SetEstimand::atc
                                                  : SetEstimand::ate;
    const Rcpp::NumericVector given = mass.isNull() ? Rcpp::NumericVector() : Rcpp::NumericVector(mass.get());
    return glue::to_r(weights_of_sets(codes, glue::span(treated), which, glue::span(given)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_scale_to_arm_sizes(const Rcpp::NumericVector& weights, const Rcpp::IntegerVector& treated) {
    auto scaled = glue::to_fill<Rcpp::NumericVector>(weights.size());
    std::copy(weights.begin(), weights.end(), scaled.begin());
    scale_to_arm_sizes({scaled.begin(), static_cast<std::size_t>(scaled.size())}, glue::span(treated));
    return scaled;
}

// [[Rcpp::export(rng = false)]]
int core_count_not_finite(const Rcpp::NumericVector& values) {
    return static_cast<int>(count_not_finite(glue::span(values)));
}

// [[Rcpp::export(rng = false)]]
bool core_is_zero_one(SEXP values) {
    return TYPEOF(values) == INTSXP ? is_zero_one(glue::span(Rcpp::IntegerVector(values)))
                                    : is_zero_one(glue::span(Rcpp::NumericVector(values)));
}
