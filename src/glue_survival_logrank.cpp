#include "core/base/vector.hpp"
#include "core/survival/logrank.hpp"
#include "core/survival/rank_tests.hpp"
#include "glue.h"

using namespace survmatch;

// [[Rcpp::export(rng = false)]]
Rcpp::List core_logrank(const Rcpp::NumericMatrix& y, SEXP group, std::size_t groups, SEXP stratum, std::size_t strata,
                        double rho, bool timefix) {
    const MatrixView response = glue::view(y);
    const LogrankInput input{
        response.column(0), response.column(1), glue::codes(group), groups, glue::codes(stratum), strata, timefix};
    glue::RHooks hooks;
    const LogrankFit fit = fit_logrank(input, {rho}, hooks);
    Rcpp::NumericVector observed = glue::to_r(fit.observed), expected = glue::to_r(fit.expected);
    if (strata > 1) {
        observed.attr("dim") = Rcpp::Dimension(groups, strata);
        expected.attr("dim") = Rcpp::Dimension(groups, strata);
    }
    return Rcpp::List::create(Rcpp::_["observed"] = observed, Rcpp::_["expected"] = expected,
                              Rcpp::_["variance"] = glue::to_r(fit.variance, groups));
}

namespace {

Vector<RankWeighting> weightings_of(const Rcpp::IntegerVector& kind, const Rcpp::NumericVector& rho,
                                    const Rcpp::NumericVector& gamma) {
    Vector<RankWeighting> weightings;
    for (int j = 0; j < kind.size(); ++j) {
        weightings.push_back({static_cast<RankWeighting::Kind>(kind[j]), rho[j], gamma[j]});
    }
    return weightings;
}

}  // namespace

// `kind` as in RankWeighting, from 0. The response has its ties joined already.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_rank_tests(const Rcpp::NumericMatrix& y, const Rcpp::NumericVector& weight,
                           const Rcpp::IntegerVector& group, std::size_t groups, const Rcpp::IntegerVector& stratum,
                           std::size_t strata, const Rcpp::IntegerVector& kind, const Rcpp::NumericVector& rho,
                           const Rcpp::NumericVector& gamma, bool with_rows) {
    const MatrixView response = glue::view(y);
    const std::size_t stop = response.columns() - 2;
    const RankInput input{stop == 1 ? response.column(0) : Span<const double>(),
                          response.column(stop),
                          response.column(stop + 1),
                          glue::span(weight),
                          glue::span(group),
                          groups,
                          glue::span(stratum),
                          strata};
    glue::RHooks hooks;
    const RankTests tests = rank_tests(input, weightings_of(kind, rho, gamma), with_rows, hooks);
    const int scores = static_cast<int>(tests.score.size());
    Rcpp::List result = Rcpp::List::create(
        Rcpp::_["observed"] = tests.observed, Rcpp::_["expected"] = tests.expected, Rcpp::_["score"] = tests.score,
        Rcpp::_["variance"] = Rcpp::NumericMatrix(scores, scores, tests.variance.begin()));
    if (with_rows) {
        result["row_scores"] = glue::to_r(tests.row_scores, response.rows());
        result["row_totals"] = glue::to_r(tests.row_totals, response.rows());
    }
    return result;
}
