#pragma once

#include "core/base/hooks.hpp"
#include "core/survival/km_counts.hpp"
#include "core/survival/km_data.hpp"

namespace survmatch {

enum class SurvivalRule { product = 1, exponential = 2 };  // stype
enum class HazardRule { nelson = 1, fleming = 2 };         // ctype: ties at once, or one after the other

struct KmOptions {
    SurvivalRule survival = SurvivalRule::product;
    HazardRule hazard = HazardRule::nelson;
};

// One value for each reported time, in columns of the caller.
struct KmEstimate {
    Span<double> survival;
    Span<double> survival_error;  // of log S, or of S when the variance is robust and the rule a product
    Span<double> hazard;          // cumulative
    Span<double> hazard_error;
};

// Kaplan-Meier or exp(-hazard), Nelson-Aalen or Fleming-Harrington, with Greenwood's and Aalen's errors.
void estimate_km(const RiskCounts& counts, const KmOptions& options, KmEstimate& out);

}  // namespace survmatch
