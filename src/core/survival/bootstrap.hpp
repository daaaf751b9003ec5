#pragma once

#include <cstdint>
#include <limits>

#include "core/base/hooks.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Right-censored rows of arms 0 .. arms - 1; a resample draws units 0 .. units - 1 (patients, or the sets they are in).
struct BootstrapInput {
    Span<const double> time;
    Span<const int> event;
    Span<const int> arm;
    Span<const double> weight;
    Span<const int> unit;
    std::size_t units = 0;
    std::size_t arms = 2;
};

struct BootstrapTargets {
    double tau = std::numeric_limits<double>::quiet_NaN();  // horizon of restricted means; NaN: none
    Vector<double> times;                                   // survival at these
    Vector<double> quantiles;                               // of the survival time
};

// The numbers of one weighting of the units, in this order: log hazard ratio of arm 1 v 0 (two arms only), restricted
// mean of each arm, survival at each time of each arm, each quantile of each arm. NaN where there is no estimate.
// The hazard ratio is that of a Cox model with Efron's ties in which a unit drawn twice is two rows.
class ResampledNumbers {
  public:
    ResampledNumbers(const BootstrapInput& input, const BootstrapTargets& targets);
    std::size_t size() const;
    // `count` of each unit.
    void compute(const Vector<int>& count, double* out);

  private:
    void gather(const Vector<int>& count);
    double log_hazard_ratio() const;
    void curve_numbers(std::size_t arm, double* mean, double* survival, double* quantiles) const;

    BootstrapInput input_;
    BootstrapTargets targets_;
    Vector<std::uint32_t> order_;      // rows from the last time to the first
    Vector<std::size_t> time_begin_;   // of each distinct time in order_, and the end
    Vector<double> time_;              // distinct, from the last to the first
    Vector<double> at_risk_, deaths_;  // sums of weights, by time and arm
    Vector<double> death_rows_;        // by time
};

// Replicates in rows, each from its own stream of `seed`.
Vector<double> bootstrap_numbers(const BootstrapInput& input, const BootstrapTargets& targets, std::size_t replicates,
                                 std::uint64_t seed, int threads = 1, Hooks& hooks = no_hooks());

// Each unit left out in turn, in rows.
Vector<double> jackknife_numbers(const BootstrapInput& input, const BootstrapTargets& targets, int threads = 1,
                                 Hooks& hooks = no_hooks());

}  // namespace survmatch
