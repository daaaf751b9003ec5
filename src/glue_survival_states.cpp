#include "core/base/vector.hpp"
#include "core/survival/aalen_johansen.hpp"
#include "glue.h"

using namespace survmatch;

namespace {

// Tables as R matrices under the names that survfitms gives them.
class RStateTables final : public StateTableSource {
  public:
    explicit RStateTables(const Rcpp::List& names) : names_(names) {}

    double* table(StateQuantity quantity, std::size_t rows, std::size_t columns) override {
        auto out = glue::to_fill<Rcpp::NumericMatrix>(rows, columns);
        const Label label = label_of(quantity);
        if (label.columns != nullptr) {
            const SEXP columns_names = names_[label.columns];
            out.attr("dimnames") = Rcpp::List::create(R_NilValue, columns_names);
        }
        tables_[label.name] = out;
        return out.begin();
    }
    const Rcpp::List& tables() const { return tables_; }

  private:
    // What a table is called, and which names its columns have if any.
    struct Label {
        const char *name, *columns;
    };
    static Label label_of(StateQuantity quantity) {
        switch (quantity) {
            case StateQuantity::risk:
                return {"n.risk", "states"};
            case StateQuantity::risk_heads:
                return {"risk.heads", nullptr};
            case StateQuantity::censor:
                return {"n.censor", "states"};
            case StateQuantity::censor_heads:
                return {"censor.heads", nullptr};
            case StateQuantity::enter:
                return {"n.enter", "states"};
            case StateQuantity::enter_heads:
                return {"enter.heads", nullptr};
            case StateQuantity::event:
                return {"n.event", "states"};
            case StateQuantity::transition:
                return {"n.transition", "moves"};
            case StateQuantity::transition_heads:
                return {"transition.heads", nullptr};
            case StateQuantity::probability:
                return {"pstate", "states"};
            case StateQuantity::hazard:
                return {"cumhaz", "moves"};
            case StateQuantity::probability_error:
                return {"std.err", nullptr};
            case StateQuantity::hazard_error:
                return {"std.chaz", nullptr};
            case StateQuantity::area_error:
                return {"std.auc", nullptr};
        }
        return {"", nullptr};
    }

    Rcpp::List names_, tables_;
};

Rcpp::NumericVector times_of(const Vector<MultistateCurve>& curves) {
    std::size_t rows = 0;
    for (const MultistateCurve& curve : curves) rows += curve.time.size();
    auto out = glue::to_fill<Rcpp::NumericVector>(rows);
    double* at = out.begin();
    for (const MultistateCurve& curve : curves) at = std::copy(curve.time.begin(), curve.time.end(), at);
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
    RStateTables tables(options["names"]);
    const Vector<MultistateCurve> curves = aalen_johansen(input, choice, tables, hooks);
    Rcpp::List each(static_cast<R_xlen_t>(curves.size()));
    for (R_xlen_t s = 0; s < each.size(); ++s)
        each[s] = curve_list(curves[static_cast<std::size_t>(s)], choice.influence);
    return Rcpp::List::create(Rcpp::_["curves"] = each, Rcpp::_["time"] = times_of(curves),
                              Rcpp::_["tables"] = tables.tables());
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
