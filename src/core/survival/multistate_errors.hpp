#pragma once

#include "core/survival/aalen_johansen.hpp"
#include "core/survival/multistate_rows.hpp"

namespace survmatch {

// Errors of a curve whose counts are known, cluster by cluster: work grows as clusters times times. Fills
// probability_error, hazard_error, area_error and, when wanted, influence.
void direct_state_errors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                         MultistateCurve& curve);

// True when all begin in one state and every move leaves it for good.
bool has_competing_risks(const StateRows& rows, const MultistateInput& input, const MultistateCurve& curve);

// The same errors under competing risks, linear in rows and times. With S the probability to be still in the first
// state, F_k that to be in state k, and L, G_k sums common to all clusters, a cluster with weight w at risk has
// influence S (c + w L) on S and e_k + c F_k + w G_k on F_k; sums of squares follow from moments of c, e_k, w and of
// the constants of the areas under them.
void competing_risk_errors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                           MultistateCurve& curve);

}  // namespace survmatch
