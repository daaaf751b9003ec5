#include "core/survival/cox_ties.hpp"

#include "core/base/vector.hpp"

namespace survmatch {

void tie_terms(Ties ties, const TiedDeaths& tied, Vector<TieTerm>& terms) {
    terms.clear();
    if (ties == Ties::breslow || tied.deaths == 1) {
        terms.push_back({1.0, tied.weight, tied.other_risk + tied.death_risk});
        return;
    }
    // Efron (1977) JASA 72:557; with case weights each factor has the mean weight of the deaths
    // (Therneau & Grambsch 2000, section 3.3). The smallest denominator first, so that they are sums without
    // cancellation.
    const double d = static_cast<double>(tied.deaths);
    double denominator = tied.other_risk;
    for (std::size_t k = 1; k <= tied.deaths; ++k) {
        denominator += tied.death_risk / d;
        terms.push_back({static_cast<double>(k) / d, tied.weight / d, denominator});
    }
}

HazardStep hazard_step(const Vector<TieTerm>& terms) {
    HazardStep step;
    for (const TieTerm& term : terms) {
        step.full += term.hazard();
        step.deaths += term.share * term.hazard();
    }
    return step;
}

}  // namespace survmatch
