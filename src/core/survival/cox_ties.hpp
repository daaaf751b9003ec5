#pragma once

#include <cstddef>

#include "core/base/vector.hpp"

namespace survmatch {

// How deaths at the same time share the risk set.
enum class Ties { breslow, efron };

// One event time: what the risk set holds there. "Risk" is weight * exp(linear predictor).
struct TiedDeaths {
    std::size_t deaths = 0;   // rows
    double weight = 0.0;      // their summed case weights
    double death_risk = 0.0;  // their summed risk
    double other_risk = 0.0;  // the summed risk of everyone else at risk
};

// One factor of the partial likelihood at an event time.
struct TieTerm {
    double share;        // the part of the tied deaths that is still at risk, 1 for the first
    double weight;       // weight of the factor
    double denominator;  // other_risk + share * death_risk
    double hazard() const { return weight / denominator; }
};

// The factors at one event time. Breslow (1974): one factor, everyone at risk. Efron (1977): as many factors as
// deaths; in the k-th of d, k - 1 deaths have left, but since nobody knows which, all d stay with the share 1 - (k - 1)
// / d.
void tie_terms(Ties ties, const TiedDeaths& tied, Vector<TieTerm>& terms);

// What an event time adds to the cumulative hazard.
struct HazardStep {
    double full = 0.0;    // of everyone at risk who did not die there
    double deaths = 0.0;  // of the tied deaths, who leave step by step (the same as `full` under Breslow)
};
HazardStep hazard_step(const Vector<TieTerm>& terms);

}  // namespace survmatch
