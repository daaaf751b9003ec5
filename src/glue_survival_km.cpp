#include <string>

#include "core/survival/km.hpp"
#include "core/survival/km_influence.hpp"
#include "core/survival/km_limits.hpp"
#include "glue.hpp"

using namespace survmatch;

namespace {

// An R vector that may be NULL, seen as a span; `keep` holds what the span looks at.
template <class Vector>
struct OptionalVector {
    explicit OptionalVector(SEXP x) {
        if (!Rf_isNull(x)) keep = Vector(x);
    }
    Vector keep;
};

using Numbers = OptionalVector<Rcpp::NumericVector>;
using Integers = OptionalVector<Rcpp::IntegerVector>;

Rcpp::NumericMatrix columns_of(const std::vector<const std::vector<double>*>& columns) {
    Rcpp::NumericMatrix m(static_cast<int>(columns[0]->size()), static_cast<int>(columns.size()));
    double* to = m.begin();
    for (const auto* column : columns) to = std::copy(column->begin(), column->end(), to);
    return m;
}

Rcpp::List counts_list(const RiskCounts& counts, bool entry) {
    Rcpp::IntegerVector sizes(static_cast<int>(counts.first.size()) - 1);
    for (int s = 0; s < sizes.size(); ++s) sizes[s] = static_cast<int>(counts.first[s + 1] - counts.first[s]);
    Rcpp::List out = Rcpp::List::create(
        Rcpp::_["time"] = counts.time, Rcpp::_["n.risk"] = counts.risk, Rcpp::_["n.event"] = counts.event,
        Rcpp::_["n.censor"] = counts.censor, Rcpp::_["times"] = sizes);
    if (entry) out["n.enter"] = counts.enter;
    if (!counts.risk_heads.empty()) {
        std::vector<const std::vector<double>*> heads{&counts.risk_heads, &counts.event_heads, &counts.censor_heads};
        if (entry) heads.push_back(&counts.enter_heads);
        out["heads"] = columns_of(heads);
    }
    return out;
}

Rcpp::List influence_list(const Influence& influence, bool product) {
    const int clusters = static_cast<int>(influence.cluster.size());
    const auto matrix = [&](const std::vector<double>& values) {
        return Rcpp::NumericMatrix(clusters, clusters == 0 ? 0 : static_cast<int>(values.size()) / clusters,
                                   values.begin());
    };
    Rcpp::List out = Rcpp::List::create(Rcpp::_["cluster"] = influence.cluster, Rcpp::_["hazard"] = matrix(influence.hazard));
    if (product) out["survival"] = matrix(influence.survival);
    return out;
}

TimeColumn sorted_times(Span<const double> times) {
    return {std::vector<double>(times.begin(), times.end()), time_order(times)};
}

KmOptions km_options(const Rcpp::List& options) {
    KmOptions out;
    out.survival = static_cast<SurvivalRule>(Rcpp::as<int>(options["stype"]));
    out.hazard = static_cast<HazardRule>(Rcpp::as<int>(options["ctype"]));
    return out;
}

}  // namespace

// [[Rcpp::export(rng = false)]]
Rcpp::List core_km(const Rcpp::List& rows, const Rcpp::List& options) {
    const Numbers start(rows["start"]), stop(rows["stop"]), weight(rows["weight"]);
    const Integers status(rows["status"]), stratum(rows["stratum"]), id(rows["id"]), cluster(rows["cluster"]);
    KmInput input{glue::span(start.keep), glue::span(stop.keep), glue::span(status.keep), glue::span(weight.keep),
                  glue::span(stratum.keep), Rcpp::as<std::size_t>(rows["strata"]), glue::span(id.keep),
                  Rcpp::as<std::size_t>(rows["ids"]), Rcpp::as<bool>(options["timefix"]), Rcpp::as<bool>(options["reverse"])};
    const bool entry = Rcpp::as<bool>(options["entry"]);
    const KmData data = prepare_km(input);
    const RiskCounts counts = count_at_risk(data, entry);
    const KmOptions rules = km_options(options);
    KmEstimate fit = estimate_km(counts, rules);
    const Clusters clusters{glue::span(cluster.keep), Rcpp::as<std::size_t>(rows["clusters"])};
    glue::RHooks hooks;
    if (clusters.size > 0) robust_errors(data, counts, clusters, rules, fit, hooks);

    Rcpp::List out = counts_list(counts, entry);
    out["n"] = data.rows_per_stratum;
    out["n.id"] = data.subjects_per_stratum;
    out["surv"] = fit.survival;
    out["std.err"] = fit.survival_error;
    out["cumhaz"] = fit.hazard;
    out["std.chaz"] = fit.hazard_error;
    if (Rcpp::as<bool>(options["influence"])) {
        Rcpp::List influence(static_cast<int>(input.strata));
        for (std::size_t s = 0; s < input.strata; ++s) {
            influence[static_cast<int>(s)] = influence_list(influence_of_curve(data, counts, clusters, rules, s),
                                                            rules.survival == SurvivalRule::product);
        }
        out["influence"] = influence;
    }
    return out;
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_limits(const Rcpp::NumericVector& p, const Rcpp::NumericVector& error, SEXP lower_error,
                       const std::string& scale, double quantile, bool error_of_log) {
    const Numbers low(lower_error);
    const Limits limits = confidence_limits(glue::span(p), glue::span(error), glue::span(low.keep),
                                            {limit_scale(scale), quantile, error_of_log, NA_REAL});
    return Rcpp::List::create(Rcpp::_["lower"] = limits.lower, Rcpp::_["upper"] = limits.upper);
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_merge_tied_times(SEXP start, const Rcpp::NumericVector& stop) {
    const Numbers entry(start);
    std::vector<TimeColumn> columns;
    if (!Rf_isNull(start)) columns.push_back(sorted_times(glue::span(entry.keep)));
    columns.push_back(sorted_times(glue::span(stop)));
    merge_tied_times(columns);
    Rcpp::List out = Rcpp::List::create(Rcpp::_["start"] = R_NilValue, Rcpp::_["stop"] = columns.back().time);
    if (columns.size() == 2) out["start"] = columns.front().time;
    return out;
}
