// Subdistribution hazards: R vectors to spans, call, struct to list.

#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/cox_residuals.hpp"
#include "core/survival/cox_variance.hpp"
#include "core/survival/finegray.hpp"
#include "glue.h"
#include "glue_eigen.h"

using namespace survmatch;
using glue::span;

// Status 1 is the event of interest, 2 another event, 0 censored; `group` the groups of the censoring; `start` and
// `mark` (bit 1: a patient's first row, bit 2: the last) are empty without entry times.
// [[Rcpp::export(rng = false)]]
SEXP core_finegray_data(const Rcpp::NumericVector& start, const Rcpp::NumericVector& time,
                        const Rcpp::IntegerVector& status, const Rcpp::IntegerVector& stratum,
                        const Rcpp::NumericVector& weight, const Rcpp::NumericVector& offset,
                        const Rcpp::NumericMatrix& x, const Rcpp::IntegerVector& centred,
                        const Rcpp::IntegerVector& group, std::size_t groups, const Rcpp::IntegerVector& mark) {
    const CoxInput input{span(start),  span(time),   span(status),  span(stratum),
                         span(weight), span(offset), glue::view(x), span(centred)};
    const CensoringInput censoring{span(time), span(status), span(group), groups, span(start), span(mark)};
    return Rcpp::XPtr<CoxData>(new CoxData(sort_finegray_data(input, censoring, CensoringCurves(censoring))), true);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_censoring_scores(SEXP data, const Rcpp::NumericVector& predictor, bool efron,
                                          const Rcpp::NumericVector& time, const Rcpp::IntegerVector& status,
                                          const Rcpp::IntegerVector& group, std::size_t groups) {
    const Rcpp::XPtr<CoxData> handle(data);
    const CensoringInput censoring{span(time), span(status), span(group), groups};
    const Eigen::MatrixXd scores =
        censoring_scores(*handle, risk_scores(*handle, span(predictor)), efron ? Ties::efron : Ties::breslow, censoring,
                         CensoringCurves(censoring));
    return glue::to_r(Eigen::MatrixXd(scores.transpose()));
}

// The steps of the cumulative baseline hazard at the predictor 0, in the order of stratum and time.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_hazard_steps(SEXP data, const Rcpp::NumericVector& predictor, bool efron) {
    const Rcpp::XPtr<CoxData> handle(data);
    const RiskScores scores = risk_scores(*handle, span(predictor));
    const Vector<HazardStep> steps = hazard_steps(*handle, scores.risk, efron ? Ties::efron : Ties::breslow);
    Vector<double> time, hazard;
    Vector<int> row;
    for (const Stratum& stratum : handle->strata) {
        const double centre = scores.predictor[stratum.row_begin] - predictor[handle->row[stratum.row_begin]];
        for (std::size_t e = stratum.event_end; e-- > stratum.event_begin;) {
            time.push_back(handle->events[e].time);
            hazard.push_back(steps[e].full * std::exp(centre));
            row.push_back(static_cast<int>(handle->row[stratum.row_begin]) + 1);
        }
    }
    return Rcpp::List::create(Rcpp::_["time"] = glue::to_r(time), Rcpp::_["hazard"] = glue::to_r(hazard),
                              Rcpp::_["row"] = glue::to_r(row));
}
