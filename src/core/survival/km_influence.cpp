#include "core/survival/km_influence.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

// The influence of every cluster at hand at every time. `place` gives each cluster its number in the curve.
class DirectWalk {
  public:
    DirectWalk(const Vector<std::size_t>& place, std::size_t clusters)
        : survival(clusters, 0.0), hazard(clusters, 0.0), place_(place), at_risk_(clusters) {}

    void enter(const Member& m) { at_risk_[place_[m.cluster]].enter(m.weight); }
    void leave(const Member& m) { at_risk_[place_[m.cluster]].leave(m.weight); }

    void event(const EventStep& step, const Vector<Member>& members) {
        for (std::size_t g = 0; g < survival.size(); ++g) {
            const double weight = at_risk_[g].weight;
            survival[g] = survival[g] * (1.0 - step.h) + weight * km_ * step.h / step.risk;
            hazard[g] -= step.loss(weight);
        }
        for (const Member& m : members) {
            if (m.event) {
                survival[place_[m.cluster]] -= km_ * m.weight / step.risk;
                hazard[place_[m.cluster]] += step.gain(m.weight);
            }
            leave(m);
        }
        km_ *= 1.0 - step.h;
        moved = true;
    }

    Vector<double> survival, hazard;
    bool moved = false;

  private:
    const Vector<std::size_t>& place_;
    Vector<AtRisk> at_risk_;
    double km_ = 1.0;
};

double root_sum_of_squares(const Vector<double>& x) {
    double sum = 0.0;
    for (const double v : x) sum += v * v;
    return std::sqrt(sum);
}

class ErrorWalk : public DirectWalk {
  public:
    ErrorWalk(const Vector<std::size_t>& place, std::size_t clusters, bool product, KmEstimate& estimate)
        : DirectWalk(place, clusters), product_(product), estimate_(estimate) {}

    void done(std::size_t k) {
        if (moved) {
            hazard_error_ = root_sum_of_squares(hazard);
            survival_error_ = product_ ? root_sum_of_squares(survival) : hazard_error_;
            moved = false;
        }
        estimate_.survival_error[k] = survival_error_;
        estimate_.hazard_error[k] = hazard_error_;
    }

  private:
    bool product_;
    KmEstimate& estimate_;
    double survival_error_ = 0.0, hazard_error_ = 0.0;
};

class RecordWalk : public DirectWalk {
  public:
    RecordWalk(const Vector<std::size_t>& place, bool product, Influence& out)
        : DirectWalk(place, out.cluster.size()), product_(product), out_(out) {}

    void done(std::size_t) {
        if (product_) out_.survival.insert(out_.survival.end(), survival.begin(), survival.end());
        out_.hazard.insert(out_.hazard.end(), hazard.begin(), hazard.end());
    }

  private:
    bool product_;
    Influence& out_;
};

// Numbers the clusters of a curve in the order of their first rows, and returns their codes.
Vector<int> number_clusters(Span<const Index> rows_of_curve, const Clusters& clusters, Vector<std::size_t>& place) {
    Vector<Index> rows(rows_of_curve.begin(), rows_of_curve.end());
    std::sort(rows.begin(), rows.end());
    for (const Index i : rows) place[static_cast<std::size_t>(clusters.code[i])] = clusters.size;
    Vector<int> codes;
    for (const Index i : rows) {
        std::size_t& at = place[static_cast<std::size_t>(clusters.code[i])];
        if (at != clusters.size) continue;
        at = codes.size();
        codes.push_back(clusters.code[i]);
    }
    return codes;
}

}  // namespace

DirectErrors::DirectErrors(const KmData& data, const RiskCounts& counts, const Clusters& clusters,
                           const SortedClusters& sorted, const KmOptions& options)
    : data_(data), counts_(counts), clusters_(clusters), sorted_(sorted), options_(options), place_(clusters.size) {}

void DirectErrors::run(std::size_t s, KmEstimate& estimate) {
    const Vector<int> codes = number_clusters(data_.by_stop.order.stratum(s), clusters_, place_);
    ErrorWalk walk(place_, codes.size(), options_.survival == SurvivalRule::product, estimate);
    walk_curve(data_, counts_, sorted_, options_.hazard, s, walk);
}

Influence influence_of_curve(const KmData& data, const RiskCounts& counts, const Clusters& clusters,
                             const KmOptions& options, std::size_t s) {
    Influence out;
    Vector<std::size_t> place(clusters.size);
    out.cluster = number_clusters(data.by_stop.order.stratum(s), clusters, place);
    const bool product = options.survival == SurvivalRule::product;
    const std::size_t cells = out.cluster.size() * (counts.first[s + 1] - counts.first[s]);
    out.hazard.reserve(cells);
    if (product) out.survival.reserve(cells);
    RecordWalk walk(place, product, out);
    walk_curve(data, counts, SortedClusters(data, clusters), options.hazard, s, walk);
    return out;
}

}  // namespace survmatch
