// Cox regression: R vectors to spans, call, struct to list.

#include <algorithm>

#include "core/base/vector.hpp"
#include "core/survival/concordance.hpp"
#include "core/survival/cox.hpp"
#include "core/survival/cox_cholesky.hpp"
#include "core/survival/cox_curve.hpp"
#include "core/survival/cox_exact.hpp"
#include "core/survival/cox_residuals.hpp"
#include "core/survival/cox_variance.hpp"
#include "core/survival/firth.hpp"
#include "core/survival/zph.hpp"
#include "glue.h"
#include "glue_eigen.h"
#include "glue_response.h"

using namespace survmatch;
using glue::span;
using Handle = Rcpp::XPtr<CoxData>;

namespace {

Ties ties_of(bool efron) {
    return efron ? Ties::efron : Ties::breslow;
}

Rcpp::List fit_list(const CoxFit& fit) {
    return Rcpp::List::create(Rcpp::_["coefficients"] = glue::to_r(fit.coefficients),
                              Rcpp::_["var"] = glue::to_r(fit.variance), Rcpp::_["u"] = glue::to_r(fit.score),
                              Rcpp::_["loglik"] = Rcpp::NumericVector::create(fit.loglik_start, fit.loglik),
                              Rcpp::_["score"] = fit.score_test, Rcpp::_["iter"] = fit.iterations,
                              Rcpp::_["rank"] = fit.rank, Rcpp::_["halvings"] = fit.halvings,
                              Rcpp::_["converged"] = fit.converged);
}

Rcpp::List cluster_scores_list(const CoxData& data, const RiskScores& risk, bool efron,
                               const Rcpp::IntegerVector& cluster, int clusters) {
    const ClusterScores scores =
        cluster_scores(data, risk, ties_of(efron), span(cluster), static_cast<std::size_t>(clusters));
    return Rcpp::List::create(Rcpp::_["total"] = glue::to_r(scores.total), Rcpp::_["outer"] = glue::to_r(scores.outer));
}

CoxOptions options_of(bool efron, int iter_max, double eps, double toler_chol) {
    CoxOptions options;
    options.ties = ties_of(efron);
    options.max_iterations = iter_max;
    options.tolerance = eps;
    options.rank_tolerance = toler_chol;
    return options;
}

}  // namespace

// `order`: of core_tie_response(), or NULL.
// [[Rcpp::export(rng = false)]]
SEXP core_cox_data(const Rcpp::NumericMatrix& y, SEXP order, SEXP stratum, Rcpp::NumericVector weight,
                   Rcpp::NumericVector offset, Rcpp::NumericMatrix x, Rcpp::IntegerVector centred) {
    const glue::Response response(y);
    const Vector<int> status(response.status().begin(), response.status().end());
    CoxInput input{response.start(), response.stop(), status,        glue::codes(stratum),
                   span(weight),     span(offset),    glue::view(x), span(centred)};
    if (!Rf_isNull(order)) {
        const Rcpp::XPtr<glue::TimeOrders> known(order);
        input.start_order = known->start;
        input.stop_order = known->stop;
    }
    return Handle(new CoxData(sort_cox_data(input)), true);
}

// `x` %*% `beta` + `offset` (empty: 0) - `shift`; a block of rows at a time, which stays in the processor's cache.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_linear_predictor(const Rcpp::NumericMatrix& x, const Rcpp::NumericVector& beta,
                                          const Rcpp::NumericVector& offset, double shift) {
    constexpr std::size_t block = 1024;
    const MatrixView covariates = glue::view(x);
    const std::size_t n = covariates.rows();
    auto out = glue::to_fill<Rcpp::NumericVector>(n);
    for (std::size_t begin = 0; begin < n; begin += block) {
        const std::size_t end = std::min(begin + block, n);
        double* const at = out.begin();
        std::fill(at + begin, at + end, 0.0);
        for (std::size_t j = 0; j < covariates.columns(); ++j) {
            const Span<const double> column = covariates.column(j);
            const double b = beta[static_cast<R_xlen_t>(j)];
            for (std::size_t i = begin; i < end; ++i) at[i] += b * column[i];
        }
        for (std::size_t i = begin; i < end; ++i) {
            at[i] = at[i] + (offset.size() > 0 ? offset[static_cast<R_xlen_t>(i)] : 0.0) - shift;
        }
    }
    return out;
}

// [[Rcpp::export(rng = false)]]
Rcpp::LogicalVector core_columns_within(Rcpp::NumericMatrix x, Rcpp::NumericVector values) {
    return glue::to_r(columns_within(glue::view(x), span(values)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::IntegerVector core_group_codes(Rcpp::IntegerVector group) {
    return glue::to_r(group_codes(span(group)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_fit(SEXP data, const Rcpp::NumericVector& init, bool efron, int iter_max, double eps,
                        double toler_chol) {
    glue::RHooks hooks;
    const Handle handle(data);
    Rcpp::List result =
        fit_list(fit_cox(*handle, glue::vector(init), options_of(efron, iter_max, eps, toler_chol), hooks));
    result["means"] = glue::to_r(handle->means);
    return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_ridge(SEXP data, const Rcpp::NumericVector& init, const Rcpp::NumericVector& precision, bool efron,
                          int iter_max, double eps, double toler_chol) {
    glue::RHooks hooks;
    return fit_list(fit_ridge(*Handle(data), glue::vector(init), glue::vector(precision),
                              options_of(efron, iter_max, eps, toler_chol), hooks));
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_fit_exact(SEXP data, const Rcpp::NumericVector& init, int iter_max, double eps, double toler_chol) {
    glue::RHooks hooks;
    return fit_list(
        fit_cox_exact(*Handle(data), glue::vector(init), options_of(false, iter_max, eps, toler_chol), hooks));
}

// Of a fit's linear predictor: martingale residuals and, when `scores` is true, the score residuals summed by cluster.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_residuals(SEXP data, Rcpp::NumericVector predictor, bool efron, bool scores,
                              Rcpp::IntegerVector cluster, int clusters) {
    const Handle handle(data);
    const RiskScores risk = risk_scores(*handle, span(predictor));
    Rcpp::List result =
        Rcpp::List::create(Rcpp::_["martingale"] = glue::to_r(martingale_residuals(*handle, risk, ties_of(efron))));
    if (scores) result["scores"] = cluster_scores_list(*handle, risk, efron, cluster, clusters);
    return result;
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_cluster_scores(SEXP data, Rcpp::NumericVector predictor, bool efron, Rcpp::IntegerVector cluster,
                                   int clusters) {
    const Handle handle(data);
    return cluster_scores_list(*handle, risk_scores(*handle, span(predictor)), efron, cluster, clusters);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_concordance(SEXP data, Rcpp::NumericVector predictor, Rcpp::IntegerVector cluster,
                                     int clusters) {
    const Concordance c =
        concordance(*Handle(data), span(predictor), span(cluster), static_cast<std::size_t>(clusters));
    return Rcpp::NumericVector::create(Rcpp::_["concordant"] = c.concordant, Rcpp::_["discordant"] = c.discordant,
                                       Rcpp::_["tied.x"] = c.tied_predictor, Rcpp::_["tied.y"] = c.tied_time,
                                       Rcpp::_["tied.xy"] = c.tied_both, Rcpp::_["concordance"] = c.concordance,
                                       Rcpp::_["std"] = c.standard_error);
}

// [[Rcpp::export(rng = false)]]
double core_quadratic_form(const Rcpp::NumericMatrix& symmetric, const Rcpp::NumericVector& b, double tolerance) {
    return quadratic_form(glue::matrix(symmetric), glue::vector(b), tolerance);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_cox_score_residuals(SEXP data, Rcpp::NumericVector predictor, bool efron) {
    const Handle handle(data);
    const Eigen::MatrixXd sorted = score_residuals(*handle, risk_scores(*handle, span(predictor)), ties_of(efron));
    return glue::to_r(to_input_rows(*handle, sorted));
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_schoenfeld(SEXP data, Rcpp::NumericVector predictor, bool efron) {
    const Handle handle(data);
    const SchoenfeldResiduals result =
        schoenfeld_residuals(*handle, risk_scores(*handle, span(predictor)), ties_of(efron));
    Rcpp::IntegerVector row(result.row.begin(), result.row.end());
    for (int& r : row) ++r;
    return Rcpp::List::create(Rcpp::_["residual"] = glue::to_r(Eigen::MatrixXd(result.residual.transpose())),
                              Rcpp::_["row"] = row);
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_zph(SEXP data, Rcpp::NumericVector predictor, bool efron, Rcpp::NumericVector g) {
    const Handle handle(data);
    const TimeInteraction result =
        time_interaction(*handle, risk_scores(*handle, span(predictor)), ties_of(efron), span(g));
    return Rcpp::List::create(Rcpp::_["u"] = glue::to_r(result.score),
                              Rcpp::_["imat"] = glue::to_r(result.information));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_zph_outer(SEXP data, Rcpp::NumericVector predictor, bool efron, Rcpp::NumericVector g,
                                   Rcpp::IntegerVector cluster, int clusters) {
    const Handle handle(data);
    return glue::to_r(time_interaction_outer(*handle, risk_scores(*handle, span(predictor)), ties_of(efron), span(g),
                                             span(cluster), static_cast<std::size_t>(clusters)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_km_scale(Rcpp::NumericVector start, Rcpp::NumericVector stop, Rcpp::IntegerVector status) {
    return glue::to_r(kaplan_meier_scale(span(start), span(stop), span(status)));
}

// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_informative_events(Rcpp::IntegerVector status, Rcpp::IntegerVector stratum,
                                            Rcpp::NumericMatrix x) {
    const int strata = *std::max_element(stratum.begin(), stratum.end());
    const Vector<int> events =
        informative_events(span(status), span(stratum), glue::view(x), static_cast<std::size_t>(strata));
    return Rcpp::IntegerMatrix(strata, x.ncol(), events.begin());
}

// Curves for the rows of `newx`, which have as many columns as `x`.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_curves(Rcpp::NumericVector start, Rcpp::NumericVector stop, Rcpp::IntegerVector status,
                           Rcpp::IntegerVector stratum, int strata, Rcpp::NumericVector weight,
                           Rcpp::NumericVector risk, Rcpp::NumericMatrix x, int estimate,
                           const Rcpp::NumericMatrix& newx, const Rcpp::NumericVector& newrisk,
                           const Rcpp::NumericMatrix& variance, bool errors) {
    const CurveInput input{span(start),  span(stop), span(status), span(stratum), static_cast<std::size_t>(strata),
                           span(weight), span(risk), glue::view(x)};
    const BaselineCurves baseline = baseline_curves(input, static_cast<CurveEstimate>(estimate));
    const auto matrix = [&](std::size_t rows) { return glue::to_fill<Rcpp::NumericMatrix>(rows, newx.nrow()); };
    Rcpp::NumericMatrix survival = matrix(baseline.size()), hazard = matrix(baseline.size()),
                        error = matrix(errors ? baseline.size() : 0);
    const Eigen::MatrixXd given = glue::matrix(newx);
    const Eigen::MatrixXd spread = glue::matrix(variance);
    for (int i = 0; i < newx.nrow(); ++i) {
        const auto column = [&](Rcpp::NumericMatrix& m) {
            return Span<double>(m.begin() + static_cast<R_xlen_t>(i) * m.nrow(), static_cast<std::size_t>(m.nrow()));
        };
        predict_curves(baseline, given.row(i).transpose(), newrisk[i], spread,
                       {column(survival), column(hazard), column(error)});
    }
    return Rcpp::List::create(
        Rcpp::_["first"] = Rcpp::IntegerVector(baseline.first.begin(), baseline.first.end()),
        Rcpp::_["time"] = glue::to_r(baseline.time), Rcpp::_["n.risk"] = glue::to_r(baseline.at_risk),
        Rcpp::_["n.event"] = glue::to_r(baseline.events), Rcpp::_["n.censor"] = glue::to_r(baseline.censored),
        Rcpp::_["surv"] = survival, Rcpp::_["cumhaz"] = hazard, Rcpp::_["std.err"] = error);
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_cox_firth(SEXP data, const Rcpp::NumericVector& init, Rcpp::LogicalVector free, bool efron,
                          int iter_max, double eps, double toler_chol) {
    glue::RHooks hooks;
    const Handle handle(data);
    Rcpp::List result = fit_list(fit_firth(*handle, glue::vector(init), Vector<bool>(free.begin(), free.end()),
                                           options_of(efron, iter_max, eps, toler_chol), hooks));
    result["means"] = glue::to_r(handle->means);
    return result;
}
