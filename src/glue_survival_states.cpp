#include "core/base/vector.hpp"
#include "core/survival/aalen_johansen.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

using Field = Vector<double> MultistateCurve::*;

// Columns first .. first + columns - 1 of a table of every curve, each curve's rows below those of the one before.
Rcpp::NumericMatrix stacked(const Vector<MultistateCurve>& curves, Field field, std::size_t first, std::size_t columns,
                            SEXP names = R_NilValue) {
    std::size_t rows = 0;
    for (const MultistateCurve& curve : curves) rows += curve.time.size();
    auto out = glue::to_fill<Rcpp::NumericMatrix>(rows, columns);
    double* at = out.begin();
    for (std::size_t j = first; j < first + columns; ++j) {
        for (const MultistateCurve& curve : curves) {
            const double* from = (curve.*field).data() + j * curve.time.size();
            at = std::copy(from, from + curve.time.size(), at);
        }
    }
    if (!Rf_isNull(names)) out.attr("dimnames") = Rcpp::List::create(R_NilValue, names);
    return out;
}

// The tables by survfitms' names. Each table of the core gives its memory back once it is copied.
Rcpp::List state_tables(Vector<MultistateCurve>& curves, const MultistateInput& input, const MultistateOptions& options,
                        const Rcpp::List& names) {
    const std::size_t states = input.states, moves = input.transitions.size();
    const SEXP of_states = names["states"], of_moves = names["moves"];
    Rcpp::List out;
    const auto give = [&](Field field, std::size_t columns, SEXP labels, const char* name,
                          const char* name_of_heads = nullptr) {
        out[name] = stacked(curves, field, 0, columns, labels);
        if (name_of_heads != nullptr && options.heads) out[name_of_heads] = stacked(curves, field, columns, columns);
        for (MultistateCurve& curve : curves) Vector<double>().swap(curve.*field);
    };
    give(&MultistateCurve::risk, states, of_states, "n.risk", "risk.heads");
    give(&MultistateCurve::event, states, of_states, "n.event");
    give(&MultistateCurve::censor, states, of_states, "n.censor", "censor.heads");
    give(&MultistateCurve::transition, moves, of_moves, "n.transition", "transition.heads");
    if (options.entry_times) give(&MultistateCurve::enter, states, of_states, "n.enter", "enter.heads");
    give(&MultistateCurve::probability, states, of_states, "pstate");
    give(&MultistateCurve::hazard, moves, of_moves, "cumhaz");
    if (options.errors) {
        give(&MultistateCurve::probability_error, states, R_NilValue, "std.err");
        give(&MultistateCurve::hazard_error, moves, R_NilValue, "std.chaz");
        give(&MultistateCurve::area_error, states, R_NilValue, "std.auc");
    }
    return out;
}

// What is not a table of times, and how many times there are; the clusters where there are influences.
Rcpp::List curve_list(const MultistateCurve& curve, bool influence) {
    const bool clusters = influence || !curve.initial_influence.empty();
    return Rcpp::List::create(Rcpp::_["times"] = static_cast<int>(curve.time.size()),
                              Rcpp::_["p0"] = glue::to_r(curve.p0),
                              Rcpp::_["initial_influence"] = glue::to_r(curve.initial_influence, curve.cluster.size()),
                              Rcpp::_["influence"] = glue::to_r(curve.influence),
                              Rcpp::_["cluster"] = glue::to_r(clusters ? curve.cluster : Vector<int>()));
}

Vector<Transition> transitions_of(const Rcpp::IntegerMatrix& pairs) {
    Vector<Transition> out;
    for (int h = 0; h < pairs.nrow(); ++h) out.push_back({pairs(h, 0), pairs(h, 1)});
    return out;
}

MultistateOptions multistate_options(const Rcpp::List& options) {
    MultistateOptions out;
    out.t0 = Rcpp::as<double>(options["t0"]);
    out.report_t0 = Rcpp::as<bool>(options["time0"]);
    out.entry_times = Rcpp::as<bool>(options["entry"]);
    out.errors = Rcpp::as<bool>(options["errors"]);
    out.influence = Rcpp::as<bool>(options["influence"]);
    out.heads = Rcpp::as<bool>(options["heads"]);
    out.p0 = glue::from_r(options["p0"]);
    out.p0_includes_t0 = Rcpp::as<bool>(options["p0_includes_t0"]);
    return out;
}

Rcpp::NumericVector numbers(SEXP x) {
    return Rf_isNull(x) ? Rcpp::NumericVector() : Rcpp::NumericVector(x);
}

}  // namespace

// `rows`: start, stop, from, to, mark, weight, stratum, strata, cluster, clusters, states, transitions.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_aalen_johansen(const Rcpp::List& rows, const Rcpp::List& options) {
    const Rcpp::NumericVector start = numbers(rows["start"]), stop = numbers(rows["stop"]),
                              weight = numbers(rows["weight"]);
    const MultistateInput input{glue::span(start),
                                glue::span(stop),
                                glue::codes(rows["from"]),
                                glue::codes(rows["to"]),
                                glue::codes(rows["mark"]),
                                glue::span(weight),
                                glue::codes(rows["stratum"]),
                                Rcpp::as<std::size_t>(rows["strata"]),
                                glue::codes(rows["cluster"]),
                                Rcpp::as<std::size_t>(rows["clusters"]),
                                Rcpp::as<std::size_t>(rows["states"]),
                                transitions_of(rows["transitions"])};
    const MultistateOptions choice = multistate_options(options);
    glue::RHooks hooks;
    Vector<MultistateCurve> curves = aalen_johansen(input, choice, hooks);
    Rcpp::List each(static_cast<R_xlen_t>(curves.size()));
    for (R_xlen_t s = 0; s < each.size(); ++s)
        each[s] = curve_list(curves[static_cast<std::size_t>(s)], choice.influence);
    Rcpp::NumericVector time = stacked(curves, &MultistateCurve::time, 0, 1);
    time.attr("dim") = R_NilValue;
    return Rcpp::List::create(Rcpp::_["curves"] = each, Rcpp::_["time"] = time,
                              Rcpp::_["tables"] = state_tables(curves, input, choice, options["names"]));
}

// Rows in the order of subject and time (1-based): the state each begins in, chained from the subject's first row,
// whether it is the last of its subject, and -1, 0 or 1 for an overlap, a seamless continuation or a gap.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_chain_states(const Rcpp::IntegerVector& order, const Rcpp::IntegerVector& id,
                             const Rcpp::NumericVector& start, const Rcpp::NumericVector& stop,
                             const Rcpp::IntegerVector& to, const Rcpp::IntegerVector& given) {
    const int n = order.size();
    Rcpp::IntegerVector state(n), last(n), gap(n), first(n);
    for (int k = 0; k < n; ++k) {
        const int row = order[k] - 1, before = k > 0 ? order[k - 1] - 1 : -1;
        if (k > 0 && id[row] == id[before]) {
            gap[row] = start[row] == stop[before] ? 0 : start[row] > stop[before] ? 1 : -1;
            state[row] = to[before] > 0 ? to[before] : state[before];
            continue;
        }
        state[row] = given[row];
        first[row] = 1;
        if (k > 0) last[before] = 1;
    }
    if (n > 0) last[order[n - 1] - 1] = 1;
    return Rcpp::List::create(Rcpp::_["state"] = state, Rcpp::_["first"] = first, Rcpp::_["last"] = last,
                              Rcpp::_["gap"] = gap);
}
