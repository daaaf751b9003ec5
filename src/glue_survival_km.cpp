#include <string>

#include "core/base/vector.hpp"
#include "core/survival/km.hpp"
#include "core/survival/km_influence.hpp"
#include "core/survival/km_limits.hpp"
#include "core/survival/km_robust.hpp"
#include "glue_response.h"

using namespace survmatch;

namespace {

// An R vector that may be NULL, seen as a span; `keep` holds what the span looks at.
template <class RVector>
struct OptionalVector {
    explicit OptionalVector(SEXP x) {
        if (!Rf_isNull(x)) keep = RVector(x);
    }
    RVector keep;
};

using Numbers = OptionalVector<Rcpp::NumericVector>;
using Integers = OptionalVector<Rcpp::IntegerVector>;

// A new R vector in the list `out`, to be filled through the span.
Span<double> column(Rcpp::List& out, const char* name, std::size_t size) {
    auto x = glue::to_fill<Rcpp::NumericVector>(size);
    out[name] = x;
    return {x.begin(), size};
}

RiskCounts new_counts(const ReportedTimes& times, bool entry, bool weighted, Rcpp::List& out) {
    const std::size_t m = times.time.size();
    RiskCounts counts;
    counts.time = times.time;
    counts.first = times.first;
    counts.risk = column(out, "n.risk", m);
    counts.event = column(out, "n.event", m);
    counts.censor = column(out, "n.censor", m);
    if (entry) counts.enter = column(out, "n.enter", m);
    if (!weighted) return counts;
    auto heads = glue::to_fill<Rcpp::NumericMatrix>(m, entry ? 4 : 3);
    counts.risk_heads = {heads.begin(), m};
    counts.event_heads = {heads.begin() + m, m};
    counts.censor_heads = {heads.begin() + 2 * m, m};
    if (entry) counts.enter_heads = {heads.begin() + 3 * m, m};
    out["heads"] = heads;
    return counts;
}

Rcpp::List influence_list(const Influence& influence, bool product) {
    const std::size_t clusters = influence.cluster.size();
    Rcpp::List out = Rcpp::List::create(Rcpp::_["cluster"] = influence.cluster,
                                        Rcpp::_["hazard"] = glue::to_r(influence.hazard, clusters));
    if (product) out["survival"] = glue::to_r(influence.survival, clusters);
    return out;
}

Rcpp::IntegerVector curve_sizes(const Vector<std::size_t>& first) {
    Rcpp::IntegerVector sizes(static_cast<int>(first.size()) - 1);
    for (int s = 0; s < sizes.size(); ++s) sizes[s] = static_cast<int>(first[s + 1] - first[s]);
    return sizes;
}

KmOptions km_options(const Rcpp::List& options) {
    return {static_cast<SurvivalRule>(Rcpp::as<int>(options["stype"])),
            static_cast<HazardRule>(Rcpp::as<int>(options["ctype"]))};
}

}  // namespace

// `rows`: y, weight, stratum, strata, id, ids, cluster, clusters. `options`: stype, ctype, timefix, reverse, entry,
// influence.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_km(const Rcpp::List& rows, const Rcpp::List& options) {
    const Rcpp::NumericMatrix y = rows["y"];
    const glue::Response response(y);
    const Numbers weight(rows["weight"]);
    const Integers stratum(rows["stratum"]), id(rows["id"]), cluster(rows["cluster"]);
    const KmInput input{response.start(),
                        response.stop(),
                        response.status(),
                        glue::span(weight.keep),
                        glue::span(stratum.keep),
                        Rcpp::as<std::size_t>(rows["strata"]),
                        glue::span(id.keep),
                        Rcpp::as<std::size_t>(rows["ids"]),
                        Rcpp::as<bool>(options["timefix"]),
                        Rcpp::as<bool>(options["reverse"])};
    const KmOptions rules = km_options(options);
    const KmData data = prepare_km(input);
    const ReportedTimes times = reported_times(data, Rcpp::as<bool>(options["entry"]));
    const std::size_t m = times.time.size();

    Rcpp::List out;
    RiskCounts counts = new_counts(times, Rcpp::as<bool>(options["entry"]), data.weighted, out);
    KmEstimate fit{column(out, "surv", m), column(out, "std.err", m), column(out, "cumhaz", m),
                   column(out, "std.chaz", m)};
    count_at_risk(data, counts);
    estimate_km(counts, rules, fit);
    const Clusters clusters{glue::span(cluster.keep), Rcpp::as<std::size_t>(rows["clusters"])};
    glue::RHooks hooks;
    if (clusters.size > 0) robust_errors(data, counts, clusters, rules, fit, hooks);

    out["n"] = data.rows_per_stratum;
    out["n.id"] = data.subjects_per_stratum;
    out["earliest"] = data.earliest;
    out["time"] = glue::to_r(times.time);
    out["times"] = curve_sizes(times.first);
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

// Limits have the shape of `p`.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_limits(const Rcpp::NumericVector& p, const Rcpp::NumericVector& error, SEXP lower_error,
                       const std::string& scale, double quantile, bool error_of_log) {
    const Numbers low(lower_error);
    Rcpp::List out;
    const Span<double> lower = column(out, "lower", p.size()), upper = column(out, "upper", p.size());
    confidence_limits(glue::span(p), glue::span(error), glue::span(low.keep),
                      {limit_scale(scale), quantile, error_of_log, NA_REAL}, lower, upper);
    for (const char* name : {"lower", "upper"}) {
        if (!p.hasAttribute("dim")) break;
        Rcpp::RObject limit = out[name];
        limit.attr("dim") = p.attr("dim");
        if (p.hasAttribute("dimnames")) limit.attr("dimnames") = p.attr("dimnames");
    }
    return out;
}
