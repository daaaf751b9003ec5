#include "core/survival/km.hpp"

#include <cmath>

namespace survmatch {

namespace {

struct CurveStep {
    double increment = 0.0;
    double variance = 0.0;
};

CurveStep nelson_step(double deaths, double risk) {
    return {deaths / risk, deaths / (risk * risk)};
}

// Tied deaths leave one after the other, each with an equal share of their weight.
// Fleming & Harrington (1984) Commun Stat Theory Methods 13:2469.
CurveStep fleming_step(double heads, double deaths, double risk) {
    CurveStep step;
    for (double j = 0.0; j < heads; j += 1.0) {
        const double left = risk - j * deaths / heads;
        step.increment += deaths / (heads * left);
        step.variance += deaths / (heads * left * left);
    }
    return step;
}

void estimate_curve(const RiskCounts& counts, std::size_t s, const KmOptions& options, KmEstimate& out) {
    const Span<double> heads = counts.heads_with_event();
    const bool fleming = options.hazard == HazardRule::fleming;
    double hazard = 0.0, hazard_variance = 0.0, survival = 1.0, greenwood = 0.0;
    for (std::size_t k = counts.first[s]; k < counts.first[s + 1]; ++k) {
        const double deaths = counts.event[k], risk = counts.risk[k];
        const bool has_death = heads[k] > 0.0 && deaths > 0.0;
        if (fleming ? heads[k] > 0.0 : has_death) {
            const CurveStep step = fleming ? fleming_step(heads[k], deaths, risk) : nelson_step(deaths, risk);
            hazard += step.increment;
            hazard_variance += step.variance;
        }
        if (has_death) {
            survival *= (risk - deaths) / risk;
            greenwood += deaths / (risk * (risk - deaths));
        }
        const bool product = options.survival == SurvivalRule::product;
        out.hazard[k] = hazard;
        out.hazard_error[k] = std::sqrt(hazard_variance);
        out.survival[k] = product ? survival : std::exp(-hazard);
        out.survival_error[k] = std::sqrt(product ? greenwood : hazard_variance);
    }
}

}  // namespace

void estimate_km(const RiskCounts& counts, const KmOptions& options, KmEstimate& out) {
    for (std::size_t s = 0; s + 1 < counts.first.size(); ++s) estimate_curve(counts, s, options, out);
}

}  // namespace survmatch
