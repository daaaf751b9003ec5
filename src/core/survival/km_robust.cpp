#include "core/survival/km_robust.hpp"

#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/km_influence.hpp"

namespace survmatch {

namespace {

bool is_zero(const DoubleDouble& x) {
    return x.high == 0.0;
}

// Sum over clusters of (c + g L)^2 by its moments. c and the moments carry 32 digits: they cancel when clusters
// enter late or lose members one by one.
class SquaredInfluence {
  public:
    void drift(const DoubleDouble& by) { common_ += by; }

    // The influence of a cluster jumps by `by` while its weight at risk changes, which moves nothing by itself.
    void move(DoubleDouble& constant, double from, double to, const DoubleDouble& by) {
        DoubleDouble moved = constant + by;
        if (from != to && !is_zero(common_)) moved += (DoubleDouble(from) - DoubleDouble(to)) * common_;
        if (is_zero(moved) && is_zero(constant)) return;
        squares_ += moved * moved - constant * constant;
        products_ += moved * DoubleDouble(to) - constant * DoubleDouble(from);
        constant = moved;
    }

    double sum(const DoubleDouble& squared_weights) const {
        const DoubleDouble all =
            squares_ + DoubleDouble(2.0) * common_ * products_ + common_ * common_ * squared_weights;
        const double value = all.value();
        return value < 0.0 ? 0.0 : value;
    }

  private:
    DoubleDouble common_, squares_, products_;
};

struct ClusterState {
    AtRisk at_risk;
    double dying = 0.0;
    DoubleDouble survival, hazard;  // the constants c
};

class LinearWalk {
  public:
    LinearWalk(Vector<ClusterState>& clusters, bool product, KmEstimate& estimate)
        : clusters_(clusters), product_(product), estimate_(estimate) {}

    void enter(const Member& m) {
        ClusterState& c = clusters_[m.cluster];
        const double from = c.at_risk.weight;
        c.at_risk.enter(m.weight);
        move(c, from, {}, {});
    }

    void leave(const Member& m) { leave_with(m, {}, {}); }

    void event(const EventStep& step, const Vector<Member>& members) {
        const bool ends = product_ && (step.h == 1.0 || km_ == 0.0);
        if (ends) end_survival(step, members);

        // Influence on S over S itself: at an event it moves by (g h - d) / (risk (1 - h)).
        const DoubleDouble scale = ends || !product_ ? 0.0 : 1.0 / (step.risk * (1.0 - step.h));
        survival_.drift(DoubleDouble(step.h) * scale);
        hazard_.drift(-step.exact_loss());
        for (const Member& m : members) {
            if (m.event) {
                leave_with(m, -(DoubleDouble(m.weight) * scale), step.exact_gain(m.weight));
            } else {
                leave(m);
            }
        }
        km_ *= 1.0 - step.h;
        hazard_variance_ = hazard_.sum(squared_weights_);
        if (!product_) {
            survival_variance_ = hazard_variance_;
        } else if (!ends) {
            survival_variance_ = km_ * km_ * survival_.sum(squared_weights_);
        }
    }

    void done(std::size_t k) {
        estimate_.survival_error[k] = std::sqrt(survival_variance_);
        estimate_.hazard_error[k] = std::sqrt(hazard_variance_);
    }

  private:
    void leave_with(const Member& m, const DoubleDouble& survival_jump, const DoubleDouble& hazard_jump) {
        ClusterState& c = clusters_[m.cluster];
        const double from = c.at_risk.weight;
        c.at_risk.leave(m.weight);
        move(c, from, survival_jump, hazard_jump);
    }

    void move(ClusterState& c, double from, const DoubleDouble& survival_jump, const DoubleDouble& hazard_jump) {
        const double to = c.at_risk.weight;
        if (product_) survival_.move(c.survival, from, to, survival_jump);
        hazard_.move(c.hazard, from, to, hazard_jump);
        const DoubleDouble a(from), b(to);
        squared_weights_ += b * b - a * a;
    }

    // S reaches 0, or is there: what a cluster with weight g at risk and d of it dying leaves is S(t-) (g - d) / risk,
    // nothing when all at risk die.
    void end_survival(const EventStep& step, const Vector<Member>& members) {
        if (km_ == 0.0) {
            survival_variance_ *= (1.0 - step.h) * (1.0 - step.h);
            return;
        }
        for (const Member& m : members) {
            if (m.event) clusters_[m.cluster].dying += m.weight;
        }
        DoubleDouble left = squared_weights_;
        for (const Member& m : members) {
            ClusterState& c = clusters_[m.cluster];
            const DoubleDouble g(c.at_risk.weight), d(c.dying);
            left += (g - d) * (g - d) - g * g;
            c.dying = 0.0;  // a second row of the cluster adds nothing
        }
        const double rounding = 1e-20 * squared_weights_.value();
        const double spread = left.value() <= rounding ? 0.0 : left.value();
        survival_variance_ = km_ * km_ * spread / (step.risk * step.risk);
    }

    Vector<ClusterState>& clusters_;
    bool product_;
    KmEstimate& estimate_;
    SquaredInfluence survival_, hazard_;
    DoubleDouble squared_weights_;
    double km_ = 1.0;
    double survival_variance_ = 0.0, hazard_variance_ = 0.0;
};

}  // namespace

void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   const RobustLimits& limits, KmEstimate& estimate, Hooks& hooks) {
    const SortedClusters sorted(data, clusters);
    DirectErrors direct(data, counts, clusters, sorted, options);
    Vector<ClusterState> states;
    for (std::size_t s = 0; s < data.strata(); ++s) {
        hooks.tick(s, data.strata());
        const std::size_t first = data.by_stop.begin(s), last = data.by_stop.end(s);
        if ((last - first) * (counts.first[s + 1] - counts.first[s]) <= limits.direct_cells) {
            direct.run(s, estimate);
            continue;
        }
        states.resize(clusters.size);
        LinearWalk walk(states, options.survival == SurvivalRule::product, estimate);
        walk_curve(data, counts, sorted, options.hazard, s, walk);
        for (std::size_t k = first; k < last; ++k) states[static_cast<std::size_t>(sorted.at_stop[k])] = {};
    }
}

void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   KmEstimate& estimate, Hooks& hooks) {
    robust_errors(data, counts, clusters, options, {}, estimate, hooks);
}

}  // namespace survmatch
