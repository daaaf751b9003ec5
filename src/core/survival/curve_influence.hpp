#pragma once

#include <cstddef>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// The patients of one arm: followed over (entry, time], with an event at the end or not. No NaN; weights >= 0.
struct ArmData {
    Span<const double> entry;  // empty: everybody is followed from the beginning
    Span<const double> time;
    Span<const int> event;  // 1 for an event
    Span<const double> weight;
};

// The Kaplan-Meier curve of an arm at its event times.
struct ArmCurve {
    Vector<double> time;
    Vector<double> at_risk;   // sum of weights
    Vector<double> events;    // sum of weights
    Vector<double> survival;  // just after the time
};

ArmCurve arm_curve(const ArmData& arm);

// A number read from a curve, and how much each patient moves it: the weight times the infinitesimal jackknife, in the
// order of the data. The sum of squares is the variance; for weights of 1 it is Greenwood's.
struct CurveNumber {
    double value = 0.0;
    Vector<double> influence;
};

// The area under the curve from 0 to tau.
CurveNumber restricted_mean(const ArmData& arm, const ArmCurve& curve, double tau);

// Survival at a time.
CurveNumber survival_at(const ArmData& arm, const ArmCurve& curve, double at);

// The sum over clusters of the squared sum of influences; `cluster` has codes 0 .. clusters-1.
double clustered_variance(Span<const double> influence, Span<const int> cluster, std::size_t clusters);

}  // namespace survmatch
