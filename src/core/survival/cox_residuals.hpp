#pragma once

#include <Eigen/Core>

#include "core/base/vector.hpp"
#include "core/survival/cox_data.hpp"
#include "core/survival/cox_risk.hpp"
#include "core/survival/cox_ties.hpp"

namespace survmatch {

// The hazard steps at each event time.
Vector<HazardStep> hazard_steps(const CoxData& data, const Vector<double>& risk, Ties ties);

// Event indicator minus expected events, a row of the input; 0 for rows that are in no risk set.
Vector<double> martingale_residuals(const CoxData& data, const RiskScores& scores, Ties ties);

// Score residuals without case weights, one column a position of CoxData, on the original scale of the covariates.
// Therneau & Grambsch (2000), section 4.6; under Efron's ties each death is spread over the factors of its time.
// `event_factor` weights the event times, one entry each; empty for 1.
Eigen::MatrixXd score_residuals(const CoxData& data, const RiskScores& scores, Ties ties,
                                Span<const double> event_factor = {});

// One row an input row; 0 for those in no risk set.
Eigen::MatrixXd to_input_rows(const CoxData& data, const Eigen::MatrixXd& residual);

// Covariates of each death minus the mean of the means of its risk set, one column a death: strata and times
// increasing, tied deaths in the order of the input.
struct SchoenfeldResiduals {
    Eigen::MatrixXd residual;  // on the original scale
    Vector<Index> row;         // input rows of the deaths
};
SchoenfeldResiduals schoenfeld_residuals(const CoxData& data, const RiskScores& scores, Ties ties);

}  // namespace survmatch
