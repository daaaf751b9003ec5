#include "core/survival/zph.hpp"

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_residuals.hpp"
#include "core/survival/cox_variance.hpp"
#include "core/survival/time_order.hpp"
#include "core/survival/weighted_crossproduct.hpp"

namespace survmatch {

namespace {

// g at each event time, taken from its first death.
Vector<double> at_events(const CoxData& data, Span<const double> g) {
    if (g.size() != data.input_rows) throw InputError("one value of the time function a row is needed");
    Vector<double> result(data.events.size());
    for (std::size_t e = 0; e < result.size(); ++e) {
        std::size_t k = data.events[e].add_begin;
        while (!data.event[k]) ++k;
        result[e] = g[data.row[k]];
    }
    return result;
}

// The same model seen with each event time weighted by a factor.
struct Weighted {
    Eigen::VectorXd score;
    Eigen::MatrixXd information;
};

Weighted weighted_derivatives(const CoxData& data, const RiskScores& scores, Ties ties, const Vector<double>& factor) {
    const auto p = static_cast<std::size_t>(data.covariates());
    Weighted result{Eigen::VectorXd::Zero(data.covariates()), {}};
    WeightedCrossproduct information(data.covariates());
    RiskSet at_risk(data, scores.risk, true);
    Vector<HazardStep> steps(data.events.size());
    visit_risk_sets(data, at_risk, ties, [&](std::size_t, std::size_t e, const Vector<TieTerm>& terms) {
        const EventTime& event = data.events[e];
        for (const TieTerm& term : terms) {
            double* mean = information.next(-factor[e] * term.weight);
            for (std::size_t j = 0; j < p; ++j) mean[j] = at_risk.mean(term, j);
        }
        for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
            if (data.event[k]) result.score += factor[e] * data.weight[k] * data.z.col(static_cast<Eigen::Index>(k));
        }
        steps[e] = hazard_step(terms);
        steps[e].full *= factor[e];
        steps[e].deaths *= factor[e];
    });
    const Vector<double> expected = expected_events(data, scores.risk, steps);
    const Eigen::Map<const Eigen::VectorXd> e(expected.data(), static_cast<Eigen::Index>(expected.size()));
    result.score -= data.z * e;
    information.add(data.z, expected);
    result.information = information.value();
    return result;
}

}  // namespace

// Therneau & Grambsch (2000), section 6.2: the score test of the added coefficients, exact as in survival >= 3.0.
TimeInteraction time_interaction(const CoxData& data, const RiskScores& scores, Ties ties, Span<const double> g) {
    const Vector<double> by_g = at_events(data, g);
    Vector<double> by_square(by_g.size());
    for (std::size_t e = 0; e < by_g.size(); ++e) by_square[e] = by_g[e] * by_g[e];
    const Weighted plain = weighted_derivatives(data, scores, ties, Vector<double>(by_g.size(), 1.0));
    const Weighted once = weighted_derivatives(data, scores, ties, by_g);
    const Weighted twice = weighted_derivatives(data, scores, ties, by_square);

    const Eigen::Index p = data.covariates();
    TimeInteraction result{Eigen::VectorXd(2 * p), Eigen::MatrixXd(2 * p, 2 * p)};
    result.score << plain.score, once.score;
    result.information.topLeftCorner(p, p) = plain.information;
    result.information.topRightCorner(p, p) = once.information;
    result.information.bottomLeftCorner(p, p) = once.information;
    result.information.bottomRightCorner(p, p) = twice.information;
    Eigen::VectorXd unscale(2 * p);
    unscale << data.scale.cwiseInverse(), data.scale.cwiseInverse();
    result.score = result.score.cwiseProduct(unscale);
    result.information = unscale.asDiagonal() * result.information * unscale.asDiagonal();
    return result;
}

Eigen::MatrixXd time_interaction_outer(const CoxData& data, const RiskScores& scores, Ties ties, Span<const double> g,
                                       Span<const int> cluster, std::size_t clusters) {
    const Eigen::Index p = data.covariates();
    Eigen::MatrixXd residual(2 * p, static_cast<Eigen::Index>(data.size()));
    residual.topRows(p) = score_residuals(data, scores, ties);
    residual.bottomRows(p) = score_residuals(data, scores, ties, at_events(data, g));
    return sum_by_cluster(data, residual, cluster, clusters).outer;
}

Vector<int> informative_events(Span<const int> status, Span<const int> stratum, const MatrixView& x,
                               std::size_t strata) {
    if (status.size() != stratum.size() || x.rows() != status.size()) throw InputError("one stratum a row is needed");
    Vector<int> events(strata, 0);
    Vector<std::size_t> first(strata, status.size());
    for (std::size_t i = 0; i < status.size(); ++i) {
        const auto s = static_cast<std::size_t>(stratum[i] - 1);
        if (s >= strata) throw InputError("stratum codes must be 1, 2, ...");
        events[s] += status[i] == 1;
        if (first[s] == status.size()) first[s] = i;
    }
    Vector<int> result(strata * x.columns(), 0);
    for (std::size_t j = 0; j < x.columns(); ++j) {
        for (std::size_t i = 0; i < status.size(); ++i) {
            const auto s = static_cast<std::size_t>(stratum[i] - 1);
            if (x(i, j) != x(first[s], j)) result[j * strata + s] = events[s];
        }
    }
    return result;
}

Vector<double> kaplan_meier_scale(Span<const double> start, Span<const double> stop, Span<const int> status) {
    const std::size_t n = stop.size();
    const Vector<Index> order = time_order(stop);
    Vector<Index> entry;
    if (!start.empty()) entry = time_order(start);
    Vector<double> result(n);
    std::size_t entered = 0;
    double survival = 1.0;
    for (std::size_t begin = 0; begin < n;) {
        const double time = stop[order[begin]];
        std::size_t end = begin;
        double deaths = 0.0;
        for (; end < n && stop[order[end]] == time; ++end) {
            result[order[end]] = 1.0 - survival;
            deaths += status[order[end]] == 1 ? 1.0 : 0.0;
        }
        double at_risk = static_cast<double>(n - begin);
        if (!start.empty()) {
            while (entered < n && start[entry[entered]] < time) ++entered;
            at_risk = static_cast<double>(entered) - static_cast<double>(begin);
        }
        if (deaths > 0.0) survival *= 1.0 - deaths / at_risk;
        begin = end;
    }
    return result;
}

}  // namespace survmatch
