#pragma once

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

enum class SetEstimand { att, atc, ate };

// Set numbers 1, 2, ... in the order of the focal units that found a partner; 0: in no set. `partner` is column-major,
// one row a focal unit, unit numbers from 0, negative for none; `focal` marks the focal units.
Vector<int> sets_of_pairs(Span<const int> partner, Span<const int> focal);

// Weights when controls may have several partners: 1 for a focal unit in a pair, and for a control the sum over its
// focal units of 1 / (their number of partners).
Vector<double> weights_of_pairs(Span<const int> partner, Span<const int> focal);

// Weights from sets: in each set the arm that stands for the other gets the ratio of their masses.
// ATT: treated 1, controls treated mass / control mass. ATC mirrors it. ATE: 1 + mass of the other arm / own mass.
// `set` holds 0 for unmatched units; `mass` is empty (each unit counts 1) or a sampling weight a unit.
Vector<double> weights_of_sets(Span<const int> set, Span<const int> treated, SetEstimand estimand,
                               Span<const double> mass = {});

// Rescales the non-zero weights of each arm to mean 1.
void scale_to_arm_sizes(Span<double> weights, Span<const int> treated);

}  // namespace survmatch
