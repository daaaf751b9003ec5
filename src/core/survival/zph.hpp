#pragma once

#include <Eigen/Core>

#include "core/base/vector.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// Score and information of the model in which each covariate z has a second coefficient, of z g(time), that is 0.
// Both have the covariates first, then their products with g, on the original scale.
struct TimeInteraction {
    Eigen::VectorXd score;
    Eigen::MatrixXd information;
};

// `g` is the function of time at the end of each input row's interval; only its values at deaths are used.
TimeInteraction time_interaction(const CoxData& data, const RiskScores& scores, Ties ties, Span<const double> g);

// The outer products of the weighted score residuals of that model, summed by cluster (see cluster_scores()).
Eigen::MatrixXd time_interaction_outer(const CoxData& data, const RiskScores& scores, Ties ties, Span<const double> g,
                                       Span<const int> cluster, std::size_t clusters);

// For each stratum (codes 1, 2, ...) and column: the events of the stratum, or 0 when the column is constant there.
// Column-major, strata by columns.
Vector<int> informative_events(Span<const int> status, Span<const int> stratum, const MatrixView& x,
                               std::size_t strata);

// 1 - the Kaplan-Meier curve of all rows just before each row's end, without weights or strata.
Vector<double> kaplan_meier_scale(Span<const double> start, Span<const double> stop, Span<const int> status);

}  // namespace survmatch
