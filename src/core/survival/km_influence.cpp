#include "core/survival/km_influence.hpp"

#include <algorithm>
#include <cmath>

#include "core/survival/double_double.hpp"

namespace survmatch {

namespace {

// How the influence on a cumulative hazard moves at one event time: everybody at risk loses `drift` times the weight
// at risk, who has the event gains `jump` times its weight.
struct HazardMove {
    double drift = 0.0;
    double jump = 0.0;
};

// One event time: the deaths and the weight at risk, and the moves that follow from them.
class EventStep {
  public:
    EventStep(const RiskCounts& counts, std::size_t k, HazardRule rule)
        : deaths(counts.event[k]), risk(counts.risk[k]), h(deaths / risk), fleming_(rule == HazardRule::fleming) {
        if (fleming_) move_ = fleming_move(counts.heads_with_event()[k]);
    }

    double loss(double weight) const {
        if (fleming_) return weight > 0.0 ? weight * move_.drift : 0.0;
        return weight * h / risk;
    }
    double gain(double weight) const { return fleming_ ? weight * move_.jump : weight / risk; }
    DoubleDouble exact_loss() const { return fleming_ ? move_.drift : DoubleDouble(h) * DoubleDouble(1.0 / risk); }
    DoubleDouble exact_gain(double weight) const {
        return DoubleDouble(weight) * DoubleDouble(fleming_ ? move_.jump : 1.0 / risk);
    }

    const double deaths, risk, h;

  private:
    // The derivative of a sum over deaths that leave one after the other, averaged over their order.
    HazardMove fleming_move(double heads) const {
        const double survivors = risk - deaths;
        double mean = 0.0, own = 0.0, others = 0.0;
        for (double k = heads; k > 0.0; k -= 1.0) {
            const double share = k / heads;
            const double inverse = 1.0 / (survivors + share * deaths);
            mean += inverse;
            own += inverse * inverse * share;
            others += inverse * inverse;
        }
        mean /= heads;
        if (deaths != heads) {
            own *= deaths / heads;
            others *= deaths / heads;
        }
        return {others, mean + others - own};
    }

    bool fleming_;
    HazardMove move_;
};

// Weight at risk and rows at risk of every cluster, as the curve is walked forward in time.
struct AtRisk {
    std::vector<double> weight;
    std::vector<int> rows;

    explicit AtRisk(std::size_t clusters) : weight(clusters, 0.0), rows(clusters, 0) {}

    void enter(std::size_t g, double w) {
        ++rows[g];
        weight[g] += w;
    }
    // The last row of a cluster leaves exactly nothing behind.
    void leave(std::size_t g, double w) {
        --rows[g];
        weight[g] = rows[g] == 0 ? 0.0 : weight[g] - w;
    }
};

// Calls `visit` in the order of time: enter(row), leave(row), event(k) at a time with events before its rows leave,
// dies(row), and done(k) at the end of every reported time.
template <class Visitor>
void walk_curve(const KmData& data, const RiskCounts& counts, std::size_t s, Visitor& visit) {
    const Span<const Index> stops = data.by_stop.stratum(s);
    const Span<const Index> starts = data.has_entry() ? data.by_start.stratum(s) : Span<const Index>();
    std::size_t next_stop = 0, next_start = 0;
    if (!data.has_entry()) {
        for (const Index i : stops) visit.enter(i);
    }
    for (std::size_t k = counts.first[s]; k < counts.first[s + 1]; ++k) {
        const double now = counts.time[k];
        for (; next_stop < stops.size() && data.stop.time[stops[next_stop]] < now; ++next_stop) {
            visit.leave(stops[next_stop]);
        }
        for (; next_start < starts.size() && data.start.time[starts[next_start]] < now; ++next_start) {
            visit.enter(starts[next_start]);
        }
        if (counts.heads_with_event()[k] > 0.0 && counts.event[k] > 0.0) {
            std::size_t end = next_stop;
            while (end < stops.size() && data.stop.time[stops[end]] <= now) ++end;
            visit.event(k, {stops.data() + next_stop, end - next_stop});
            next_stop = end;
        }
        visit.done(k);
    }
}

// Sum over clusters of (c + g L)^2 by its moments. c and the moments carry 32 digits: they cancel when clusters
// enter late or lose members one by one.
class SquaredInfluence {
  public:
    explicit SquaredInfluence(std::size_t clusters) : constant_(clusters) {}

    void forget(std::size_t g) { constant_[g] = {}; }
    void restart() { common_ = squares_ = products_ = {}; }
    void drift(const DoubleDouble& by) { common_ += by; }

    // The influence of a cluster with weight `weight` at risk jumps by `by`.
    void jump(std::size_t g, double weight, const DoubleDouble& by) { move(g, weight, weight, constant_[g] + by); }

    // Its weight at risk changes, its influence does not.
    void reweigh(std::size_t g, double from, double to) {
        if (from != to) move(g, from, to, constant_[g] + (DoubleDouble(from) - DoubleDouble(to)) * common_);
    }

    double sum(const DoubleDouble& squared_weights) const {
        const DoubleDouble all =
            squares_ + DoubleDouble(2.0) * common_ * products_ + common_ * common_ * squared_weights;
        const double value = all.value();
        return value < 0.0 ? 0.0 : value;
    }

  private:
    void move(std::size_t g, double from, double to, const DoubleDouble& constant) {
        const DoubleDouble& old = constant_[g];
        squares_ += constant * constant - old * old;
        products_ += constant * DoubleDouble(to) - old * DoubleDouble(from);
        constant_[g] = constant;
    }

    std::vector<DoubleDouble> constant_;
    DoubleDouble common_, squares_, products_;
};

class RobustErrors {
  public:
    RobustErrors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                 KmEstimate& estimate)
        : data_(data), counts_(counts), clusters_(clusters), options_(options), estimate_(estimate),
          at_risk_(clusters.size), survival_(clusters.size), hazard_(clusters.size) {}

    void run(std::size_t s) {
        survival_.restart();
        hazard_.restart();
        squared_weights_ = {};
        km_ = 1.0;
        survival_variance_ = hazard_variance_ = 0.0;
        walk_curve(data_, counts_, s, *this);
        for (const Index i : data_.by_stop.stratum(s)) {
            const std::size_t g = cluster_of(i);
            at_risk_.weight[g] = 0.0;
            at_risk_.rows[g] = 0;
            survival_.forget(g);
            hazard_.forget(g);
        }
    }

    void enter(Index i) {
        change_weight(i, [&](std::size_t g) { at_risk_.enter(g, data_.weight_of(i)); });
    }
    void leave(Index i) {
        change_weight(i, [&](std::size_t g) { at_risk_.leave(g, data_.weight_of(i)); });
    }

    void event(std::size_t k, Span<const Index> rows) {
        const EventStep step(counts_, k, options_.hazard);
        const bool product = options_.survival == SurvivalRule::product;
        const bool ends = product && (step.h == 1.0 || km_ == 0.0);
        if (ends) end_survival(step, rows);

        // Influence on S over S itself: at an event it moves by (g h - d) / (risk (1 - h)).
        const double scale = ends || !product ? 0.0 : 1.0 / (step.risk * (1.0 - step.h));
        if (scale != 0.0) survival_.drift(DoubleDouble(step.h) * DoubleDouble(scale));
        hazard_.drift(-step.exact_loss());
        for (const Index i : rows) {
            const std::size_t g = cluster_of(i);
            if (data_.status[i] == 1) {
                const double w = data_.weight_of(i), weight = at_risk_.weight[g];
                if (scale != 0.0) survival_.jump(g, weight, -(DoubleDouble(w) * DoubleDouble(scale)));
                hazard_.jump(g, weight, step.exact_gain(w));
            }
            leave(i);
        }
        km_ *= 1.0 - step.h;
        hazard_variance_ = hazard_.sum(squared_weights_);
        if (!product) {
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
    std::size_t cluster_of(Index i) const { return static_cast<std::size_t>(clusters_.code[i]); }

    template <class Change>
    void change_weight(Index i, Change change) {
        const std::size_t g = cluster_of(i);
        const double from = at_risk_.weight[g];
        change(g);
        const double to = at_risk_.weight[g];
        if (options_.survival == SurvivalRule::product) survival_.reweigh(g, from, to);
        hazard_.reweigh(g, from, to);
        const DoubleDouble a(from), b(to);
        squared_weights_ += b * b - a * a;
    }

    // S reaches 0, or is there: what a cluster with weight g at risk and d of it dying leaves is S(t-) (g - d) / risk,
    // nothing when all at risk die.
    void end_survival(const EventStep& step, Span<const Index> rows) {
        if (km_ == 0.0) {
            survival_variance_ *= (1.0 - step.h) * (1.0 - step.h);
            return;
        }
        DoubleDouble left = squared_weights_;
        for (const Index i : rows) {
            double& dying = dying_[cluster_of(i)];
            if (data_.status[i] == 1) dying += data_.weight_of(i);
        }
        for (const Index i : rows) {
            double& dying = dying_[cluster_of(i)];
            const DoubleDouble g(at_risk_.weight[cluster_of(i)]), d(dying);
            left += (g - d) * (g - d) - g * g;
            dying = 0.0;  // a second row of the cluster adds nothing
        }
        const double rounding = 1e-20 * squared_weights_.value();
        const double spread = left.value() <= rounding ? 0.0 : left.value();
        survival_variance_ = km_ * km_ * spread / (step.risk * step.risk);
    }

    const KmData& data_;
    const RiskCounts& counts_;
    const Clusters& clusters_;
    const KmOptions& options_;
    KmEstimate& estimate_;
    AtRisk at_risk_;
    SquaredInfluence survival_, hazard_;
    DoubleDouble squared_weights_;
    std::vector<double> dying_ = std::vector<double>(at_risk_.weight.size(), 0.0);
    double km_ = 1.0;
    double survival_variance_ = 0.0;
    double hazard_variance_ = 0.0;
};

// The same walk with the influence of every cluster at hand at every time.
class DirectInfluence {
  public:
    DirectInfluence(const KmData& data, const RiskCounts& counts, const KmOptions& options,
                    const std::vector<std::size_t>& local, std::size_t clusters)
        : survival(clusters, 0.0), hazard(clusters, 0.0), data_(data), counts_(counts), options_(options),
          local_(local), at_risk_(clusters) {}

    void enter(Index i) { at_risk_.enter(local_[i], data_.weight_of(i)); }
    void leave(Index i) { at_risk_.leave(local_[i], data_.weight_of(i)); }

    void event(std::size_t k, Span<const Index> rows) {
        const EventStep step(counts_, k, options_.hazard);
        for (std::size_t g = 0; g < survival.size(); ++g) {
            const double weight = at_risk_.weight[g];
            survival[g] = survival[g] * (1.0 - step.h) + weight * km_ * step.h / step.risk;
            hazard[g] -= step.loss(weight);
        }
        for (const Index i : rows) {
            if (data_.status[i] == 1) {
                survival[local_[i]] -= km_ * data_.weight_of(i) / step.risk;
                hazard[local_[i]] += step.gain(data_.weight_of(i));
            }
            leave(i);
        }
        km_ *= 1.0 - step.h;
        moved = true;
    }

    std::vector<double> survival, hazard;
    bool moved = false;

  private:
    const KmData& data_;
    const RiskCounts& counts_;
    const KmOptions& options_;
    const std::vector<std::size_t>& local_;
    AtRisk at_risk_;
    double km_ = 1.0;
};

class DirectErrors : public DirectInfluence {
  public:
    DirectErrors(const DirectInfluence& base, bool product, KmEstimate& estimate)
        : DirectInfluence(base), product_(product), estimate_(estimate) {}

    void done(std::size_t k) {
        if (moved) {
            survival_error_ = std::sqrt(sum_of_squares(product_ ? survival : hazard));
            hazard_error_ = std::sqrt(sum_of_squares(hazard));
            moved = false;
        }
        estimate_.survival_error[k] = survival_error_;
        estimate_.hazard_error[k] = hazard_error_;
    }

  private:
    static double sum_of_squares(const std::vector<double>& x) {
        double sum = 0.0;
        for (const double v : x) sum += v * v;
        return sum;
    }

    bool product_;
    KmEstimate& estimate_;
    double survival_error_ = 0.0, hazard_error_ = 0.0;
};

class DirectRecord : public DirectInfluence {
  public:
    DirectRecord(const DirectInfluence& base, bool product, Influence& out)
        : DirectInfluence(base), product_(product), out_(out) {}

    void done(std::size_t) {
        if (product_) out_.survival.insert(out_.survival.end(), survival.begin(), survival.end());
        out_.hazard.insert(out_.hazard.end(), hazard.begin(), hazard.end());
    }

  private:
    bool product_;
    Influence& out_;
};

// Clusters of a curve numbered in the order of their first rows.
class LocalClusters {
  public:
    LocalClusters(const Clusters& clusters)
        : clusters_(clusters), local(clusters.code.size(), 0), place_(clusters.size, clusters.size) {}

    void number(Span<const Index> stops) {
        for (const int c : codes) place_[static_cast<std::size_t>(c)] = clusters_.size;
        codes.clear();
        rows_.assign(stops.begin(), stops.end());
        std::sort(rows_.begin(), rows_.end());
        for (const Index i : rows_) {
            std::size_t& at = place_[static_cast<std::size_t>(clusters_.code[i])];
            if (at == clusters_.size) {
                at = codes.size();
                codes.push_back(clusters_.code[i]);
            }
            local[i] = at;
        }
    }

  private:
    const Clusters& clusters_;
    std::vector<Index> rows_;

  public:
    std::vector<std::size_t> local;  // one a row
    std::vector<int> codes;          // one a local cluster

  private:
    std::vector<std::size_t> place_;
};

// Up to this many clusters times reported times the direct sums are as fast, and round as everybody expects.
constexpr std::size_t direct_cells = 25000;

}  // namespace

void robust_errors(const KmData& data, const RiskCounts& counts, const Clusters& clusters, const KmOptions& options,
                   KmEstimate& estimate, Hooks& hooks) {
    RobustErrors robust(data, counts, clusters, options, estimate);
    LocalClusters numbering(clusters);
    const bool product = options.survival == SurvivalRule::product;
    for (std::size_t s = 0; s < data.by_stop.strata(); ++s) {
        hooks.tick(s, data.by_stop.strata());
        const Span<const Index> stops = data.by_stop.stratum(s);
        if (stops.size() * (counts.first[s + 1] - counts.first[s]) > direct_cells) {
            robust.run(s);
            continue;
        }
        numbering.number(stops);
        const DirectInfluence start(data, counts, options, numbering.local, numbering.codes.size());
        DirectErrors direct(start, product, estimate);
        walk_curve(data, counts, s, direct);
    }
}

Influence influence_of_curve(const KmData& data, const RiskCounts& counts, const Clusters& clusters,
                             const KmOptions& options, std::size_t s) {
    Influence out;
    LocalClusters numbering(clusters);
    numbering.number(data.by_stop.stratum(s));
    out.cluster = numbering.codes;
    const bool product = options.survival == SurvivalRule::product;
    const std::size_t cells = out.cluster.size() * (counts.first[s + 1] - counts.first[s]);
    out.hazard.reserve(cells);
    if (product) out.survival.reserve(cells);
    const DirectInfluence start(data, counts, options, numbering.local, numbering.codes.size());
    DirectRecord record(start, product, out);
    walk_curve(data, counts, s, record);
    return out;
}

}  // namespace survmatch
