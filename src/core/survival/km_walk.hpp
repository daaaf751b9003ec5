#pragma once

#include <cstddef>

#include "core/base/double_double.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"
#include "core/survival/km.hpp"
#include "core/survival/km_counts.hpp"
#include "core/survival/km_data.hpp"

namespace survmatch {

// Clusters of rows, 0 .. size - 1; rows of one cluster move together.
struct Clusters {
    Span<const int> code;
    std::size_t size = 0;
};

// The cluster of every sorted row.
struct SortedClusters {
    Vector<int> at_start;
    Vector<int> at_stop;

    SortedClusters(const KmData& data, const Clusters& clusters) {
        at_stop.reserve(data.by_stop.order.rows.size());
        for (const Index i : data.by_stop.order.rows) at_stop.push_back(clusters.code[i]);
        if (!data.has_entry) return;
        at_start.reserve(data.by_start.order.rows.size());
        for (const Index i : data.by_start.order.rows) at_start.push_back(clusters.code[i]);
    }
};

// One row as the walk meets it.
struct Member {
    std::size_t cluster;
    double weight;
    bool event;
};

// One event time: the deaths and the weight at risk, and how the influence on the cumulative hazard moves: everybody
// at risk loses, who has the event gains.
class EventStep {
  public:
    EventStep(const RiskCounts& counts, std::size_t k, HazardRule rule)
        : deaths(counts.event[k]), risk(counts.risk[k]), h(deaths / risk), fleming_(rule == HazardRule::fleming) {
        if (fleming_) set_fleming(counts.heads_with_event()[k]);
    }

    double loss(double weight) const {
        if (fleming_) return weight > 0.0 ? weight * drift_ : 0.0;
        return weight * h / risk;
    }
    double gain(double weight) const { return fleming_ ? weight * jump_ : weight / risk; }
    DoubleDouble exact_loss() const {
        return fleming_ ? DoubleDouble(drift_) : DoubleDouble(h) * DoubleDouble(1.0 / risk);
    }
    DoubleDouble exact_gain(double weight) const {
        return DoubleDouble(weight) * DoubleDouble(fleming_ ? jump_ : 1.0 / risk);
    }

    const double deaths, risk, h;

  private:
    // The derivative of a sum over deaths that leave one after the other, averaged over their order.
    void set_fleming(double heads) {
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
        drift_ = others;
        jump_ = mean + others - own;
    }

    bool fleming_;
    double drift_ = 0.0;
    double jump_ = 0.0;
};

// Weight at risk and rows at risk of a cluster. The last row leaves exactly nothing behind.
struct AtRisk {
    double weight = 0.0;
    int rows = 0;

    void enter(double w) {
        ++rows;
        weight += w;
    }
    void leave(double w) {
        --rows;
        weight = rows == 0 ? 0.0 : weight - w;
    }
};

// Walks curve `s` forward in time: enter(member) and leave(member) as rows come and go, event(step, members) at a time
// with events, whose members leave in it, done(k) at the end of every reported time.
template <class Visitor>
void walk_curve(const KmData& data, const RiskCounts& counts, const SortedClusters& clusters, HazardRule rule,
                std::size_t s, Visitor& visit) {
    const SortedRows &stop = data.by_stop, &start = data.by_start;
    const auto stopping = [&](std::size_t k) {
        return Member{static_cast<std::size_t>(clusters.at_stop[k]), stop.weight_at(k), stop.has_event(k)};
    };
    std::size_t next_stop = stop.begin(s), next_start = data.has_entry ? start.begin(s) : 0;
    const std::size_t last_stop = stop.end(s), last_start = data.has_entry ? start.end(s) : 0;
    if (!data.has_entry) {
        for (std::size_t k = next_stop; k < last_stop; ++k) visit.enter(stopping(k));
    }
    Vector<Member> members;
    for (std::size_t k = counts.first[s]; k < counts.first[s + 1]; ++k) {
        const double now = counts.time[k];
        for (; next_stop < last_stop && stop.time[next_stop] < now; ++next_stop) visit.leave(stopping(next_stop));
        for (; next_start < last_start && start.time[next_start] < now; ++next_start) {
            visit.enter({static_cast<std::size_t>(clusters.at_start[next_start]), start.weight_at(next_start), false});
        }
        if (counts.heads_with_event()[k] > 0.0 && counts.event[k] > 0.0) {
            members.clear();
            for (; next_stop < last_stop && stop.time[next_stop] <= now; ++next_stop)
                members.push_back(stopping(next_stop));
            visit.event(EventStep(counts, k, rule), members);
        }
        visit.done(k);
    }
}

}  // namespace survmatch
