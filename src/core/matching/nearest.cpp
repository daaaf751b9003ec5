#include "core/matching/nearest.hpp"

#include "core/matching/covariate_search.hpp"
#include "core/matching/greedy_match.hpp"
#include "core/matching/matrix_search.hpp"
#include "core/matching/nearest_search.hpp"

namespace survmatch {

namespace {

template <class Search>
PairTable match_by(Search& search, const FocalRows& rows, const GreedyOrder& order, Span<const int> ratio,
                   Hooks& hooks) {
    switch (order.kind) {
        case GreedyOrder::in_order:
            return greedy_in_order(search, rows, order.units, ratio, hooks);
        case GreedyOrder::replacing:
            return greedy_replacing(search, rows, order.units, ratio, hooks);
        default:
            return greedy_by_distance(search, rows, ratio, order.kind == GreedyOrder::closest, hooks);
    }
}

}  // namespace

PairTable match_nearest(const MatchUnits& units, const GreedyOrder& order, Span<const int> ratio,
                        const NearestOptions& options, Hooks& hooks) {
    const FocalRows rows(units, ratio);
    const bool remembers =
        order.kind == GreedyOrder::in_order ? largest_ratio(ratio) > 1 : order.kind != GreedyOrder::replacing;
    NearestSearch search(units, options, rows.unit, remembers);
    return match_by(search, rows, order, ratio, hooks);
}

PairTable match_nearest_covariates(const MatchUnits& units, const CovariatePoints& points, const GreedyOrder& order,
                                   Span<const int> ratio, const NearestOptions& options, Hooks& hooks) {
    const FocalRows rows(units, ratio);
    CovariateSearch search(units, points, options, rows.unit.size());
    return match_by(search, rows, order, ratio, hooks);
}

PairTable match_nearest_matrix(const MatchUnits& units, MatrixView distances, const GreedyOrder& order,
                               Span<const int> ratio, const NearestOptions& options, Hooks& hooks) {
    const FocalRows rows(units, ratio);
    MatrixSearch search(units, distances, rows, options);
    return match_by(search, rows, order, ratio, hooks);
}

}  // namespace survmatch
