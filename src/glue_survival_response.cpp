// Responses: made once, in memory that is asked for in large pages.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/base/vector.hpp"
#include "core/survival/tied_times.hpp"
#include "glue_doubles.h"
#include "glue_response.h"

using namespace survmatch;

namespace {

Rcpp::NumericMatrix matrix_like(const Rcpp::NumericMatrix& y) {
    auto out = glue::to_fill<Rcpp::NumericMatrix>(glue::view(y).rows(), glue::view(y).columns());
    Rf_copyMostAttrib(y, out);
    if (y.hasAttribute("dimnames")) out.attr("dimnames") = y.attr("dimnames");
    return out;
}

bool has_row_names(const Rcpp::NumericMatrix& y) {
    return y.hasAttribute("dimnames") && !Rf_isNull(Rcpp::List(y.attr("dimnames"))[0]);
}

}  // namespace

// The response of (start,) stop, status from plain vectors as survival's Surv() makes it, with the further
// `attributes`; `several`: the status is a factor, whose first level is censoring. NULL when Surv() would have
// something to say: missing values, lengths that differ, a status that is neither 0/1 nor 1/2, an interval that ends
// before it begins.
// [[Rcpp::export(rng = false)]]
SEXP core_plain_response(const Rcpp::List& given, bool several, const Rcpp::List& attributes) {
    const bool entry = given.size() == 3;
    const glue::Doubles start(entry ? VECTOR_ELT(given, 0) : Rf_allocVector(REALSXP, 0));
    const glue::Doubles stop(VECTOR_ELT(given, entry ? 1 : 0)), status(VECTOR_ELT(given, entry ? 2 : 1));
    const std::size_t n = stop.size();
    if (n == 0 || status.size() != n || (entry && start.size() != n)) return R_NilValue;
    double most = status[0];
    for (std::size_t i = 1; i < n; ++i) most = status[i] > most ? status[i] : most;
    const double shift = several || most == 2.0 ? 1.0 : 0.0;
    auto y = glue::to_fill<Rcpp::NumericMatrix>(n, entry ? 3 : 2);
    double* const times = entry ? y.begin() + n : y.begin();
    for (std::size_t i = 0; i < n; ++i) {
        const double t = stop[i], s = status[i] - shift;
        if (std::isnan(t) || !(s == 0.0 || s == 1.0 || (several && s > 1.0))) return R_NilValue;
        times[i] = t;
        times[n + i] = s;
    }
    for (std::size_t i = 0; i < start.size(); ++i) {
        if (!(start[i] < stop[i])) return R_NilValue;
        y[static_cast<R_xlen_t>(i)] = start[i];
    }
    Rcpp::colnames(y) = entry ? Rcpp::CharacterVector::create("start", "stop", "status")
                              : Rcpp::CharacterVector::create("time", "status");
    const std::string type = entry ? "counting" : "right";
    y.attr("type") = several ? "m" + type : type;
    const SEXP names = attributes.names();
    for (R_xlen_t k = 0; k < attributes.size(); ++k) y.attr(CHAR(STRING_ELT(names, k))) = attributes[k];
    y.attr("class") = "Surv";
    return y;
}

// `y`: the response with tied times joined, and with `rows` as the names of its rows where it has none and they are
// given; the same object when there is nothing to do. `order`: the orders of its times.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_tie_response(Rcpp::NumericMatrix y, SEXP rows) {
    Vector<TimeColumn> columns;
    for (int j = 0; j + 1 < y.ncol(); ++j) columns.emplace_back(glue::view(y).column(static_cast<std::size_t>(j)));
    const bool joined = merge_tied_times(columns);
    const bool to_name = !Rf_isNull(rows) && !has_row_names(y);
    if (joined || to_name) {
        Rcpp::NumericMatrix changed = matrix_like(y);
        for (int j = 0; j < y.ncol(); ++j) {
            const bool is_time = j + 1 < y.ncol();
            const Span<const double> from = joined && is_time ? columns[static_cast<std::size_t>(j)].time
                                                              : glue::view(y).column(static_cast<std::size_t>(j));
            std::copy(from.begin(), from.end(), changed.column(j).begin());
        }
        if (to_name) {
            const SEXP column_names = y.hasAttribute("dimnames") ? VECTOR_ELT(y.attr("dimnames"), 1) : R_NilValue;
            changed.attr("dimnames") = Rcpp::List::create(rows, column_names);
        }
        y = changed;
    }
    auto orders = new glue::TimeOrders;
    const Rcpp::XPtr<glue::TimeOrders> order(orders, true);
    if (columns.size() == 2) orders->start = std::move(columns.front().order);
    orders->stop = std::move(columns.back().order);
    return Rcpp::List::create(Rcpp::_["y"] = y, Rcpp::_["order"] = order);
}

// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_response_column(const Rcpp::NumericMatrix& y, int column) {
    auto out = glue::to_fill<Rcpp::NumericVector>(glue::view(y).rows());
    const Span<const double> from = glue::view(y).column(static_cast<std::size_t>(column - 1));
    std::copy(from.begin(), from.end(), out.begin());
    return out;
}

// [[Rcpp::export(rng = false)]]
double core_count_events(const Rcpp::NumericMatrix& y) {
    const Span<const double> status = glue::Response(y).status();
    return std::accumulate(status.begin(), status.end(), 0.0);
}
