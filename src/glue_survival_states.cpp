#include "core/base/vector.hpp"
#include "core/survival/aalen_johansen.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

Rcpp::List curve_list(const MultistateCurve& curve, bool entry) {
    const std::size_t m = curve.time.size();
    Rcpp::List out;
    out["time"] = glue::to_r(curve.time);
    out["p0"] = curve.p0;
    out["risk"] = glue::to_r(curve.risk, m);
    out["event"] = glue::to_r(curve.event, m);
    out["censor"] = glue::to_r(curve.censor, m);
    if (entry) out["enter"] = glue::to_r(curve.enter, m);
    out["transition"] = glue::to_r(curve.transition, m);
    out["probability"] = glue::to_r(curve.probability, m);
    out["hazard"] = glue::to_r(curve.hazard, m);
    out["probability_error"] = glue::to_r(curve.probability_error, m);
    out["hazard_error"] = glue::to_r(curve.hazard_error, m);
    out["area_error"] = glue::to_r(curve.area_error, m);
    out["initial_influence"] = glue::to_r(curve.initial_influence, curve.cluster.size());
    out["influence"] = glue::to_r(curve.influence);
    out["cluster"] = curve.cluster;
    return out;
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
    out.p0 = glue::from_r(options["p0"]);
    out.p0_includes_t0 = Rcpp::as<bool>(options["p0_includes_t0"]);
    return out;
}

Rcpp::NumericVector numbers(SEXP x) { return Rf_isNull(x) ? Rcpp::NumericVector() : Rcpp::NumericVector(x); }
Rcpp::IntegerVector integers(SEXP x) { return Rf_isNull(x) ? Rcpp::IntegerVector() : Rcpp::IntegerVector(x); }

}  // namespace

// `rows`: start, stop, from, to, mark, weight, stratum, strata, cluster, clusters, states, transitions.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_aalen_johansen(const Rcpp::List& rows, const Rcpp::List& options) {
    const Rcpp::NumericVector start = numbers(rows["start"]), stop = numbers(rows["stop"]), weight = numbers(rows["weight"]);
    const Rcpp::IntegerVector from = integers(rows["from"]), to = integers(rows["to"]), mark = integers(rows["mark"]),
                              stratum = integers(rows["stratum"]), cluster = integers(rows["cluster"]);
    const MultistateInput input{glue::span(start), glue::span(stop), glue::span(from), glue::span(to), glue::span(mark),
                                glue::span(weight), glue::span(stratum), Rcpp::as<std::size_t>(rows["strata"]),
                                glue::span(cluster), Rcpp::as<std::size_t>(rows["clusters"]),
                                Rcpp::as<std::size_t>(rows["states"]), transitions_of(rows["transitions"])};
    const MultistateOptions choice = multistate_options(options);
    glue::RHooks hooks;
    Rcpp::List out;
    for (const MultistateCurve& curve : aalen_johansen(input, choice, hooks)) {
        out.push_back(curve_list(curve, choice.entry_times));
    }
    return out;
}

// Rows in the order of subject and time (1-based): the state each begins in, chained from the subject's first row, whether it
// is the last of its subject, and -1, 0 or 1 for an overlap, a seamless continuation or a gap.
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
