#include "core/matching/network_match.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/matching/arc_flow.hpp"

namespace survmatch {

namespace {

struct Arc {
    std::uint32_t focal, other;  // their numbers among the focal units and the others
    double distance;
};

// The pairs that may be made, window by window along the score where there is a caliper on it.
class ArcSource {
  public:
    ArcSource(const MatchUnits& units, const PairDistances& distances) : units_(units), distances_(distances) {
        std::size_t column = 0, row = 0;
        for (std::size_t i = 0; i < units.size(); ++i) {
            const bool focal = units.focal[i] == 1;
            place_.push_back(focal ? column++ : row++);
            if (units.retained[i] != 0) (focal ? focal_units : other_units).push_back(static_cast<int>(i));
        }
        windowed_ = !units.score.empty() && distances.caliper >= 0.0;
        if (windowed_) {
            std::stable_sort(other_units.begin(), other_units.end(),
                             [&](int a, int b) { return units_.score[a] < units_.score[b]; });
        }
    }

    std::vector<Arc> arcs(std::size_t most, Hooks& hooks) const {
        std::vector<Arc> found;
        for (std::size_t f = 0; f < focal_units.size(); ++f) {
            if (f % 64 == 0) hooks.tick(f, focal_units.size());
            const auto i = static_cast<std::size_t>(focal_units[f]);
            for (std::size_t o = windowed_ ? first_in_window(i) : 0; o < other_units.size(); ++o) {
                const auto j = static_cast<std::size_t>(other_units[o]);
                if (windowed_ && units_.score[j] - units_.score[i] > distances_.caliper) break;
                double distance;
                if (!may_pair(i, j, distance)) continue;
                if (found.size() == most) throw InputError("Too many pairs are possible: give a narrower caliper or exact columns.");
                found.push_back({static_cast<std::uint32_t>(f), static_cast<std::uint32_t>(o), distance});
            }
        }
        return found;
    }

    std::vector<int> focal_units, other_units;

  private:
    std::size_t first_in_window(std::size_t i) const {
        return static_cast<std::size_t>(
            std::lower_bound(other_units.begin(), other_units.end(), i,
                             [&](int other, std::size_t unit) {
                                 return units_.score[unit] - units_.score[other] > distances_.caliper;
                             }) -
            other_units.begin());
    }

    bool may_pair(std::size_t i, std::size_t j, double& distance) const {
        if (units_.stratum_of(i) != units_.stratum_of(j) || !distances_.rule.accepts(i, j)) return false;
        const bool scored = !units_.score.empty();
        const double gap = scored ? std::fabs(units_.score[i] - units_.score[j]) : 0.0;
        if (distances_.table.rows() > 0) {
            distance = distances_.table(place_[j], place_[i]);
        } else if (distances_.points.rows() > 0) {
            double sum = 0.0;
            for (std::size_t k = 0; k < distances_.points.columns(); ++k) {
                const double step = distances_.points(i, k) - distances_.points(j, k);
                sum += step * step;
            }
            distance = std::sqrt(sum);
        } else {
            distance = gap;
        }
        const double measured = scored ? gap : distance;
        return std::isfinite(distance) &&
               (std::isnan(distances_.caliper) || PairRule::within(measured, distances_.caliper));
    }

    const MatchUnits& units_;
    const PairDistances& distances_;
    std::vector<std::size_t> place_;
    bool windowed_ = false;
};

}  // namespace

std::vector<NetworkPair> match_network(const MatchUnits& units, const PairDistances& distances,
                                       const NetworkBounds& bounds, std::size_t most_arcs, Hooks& hooks) {
    const ArcSource source(units, distances);
    const std::vector<Arc> arcs = source.arcs(most_arcs, hooks);
    const std::size_t focal = source.focal_units.size(), others = source.other_units.size();
    // 0 source, 1 sink, 2 the gate of required focal units, then focal units, others, the gate of the others
    const std::size_t first_focal = 3, first_other = first_focal + focal, gate = first_other + others;
    const int most = static_cast<int>(std::min<long long>(bounds.most, static_cast<long long>(others)));
    const int shared = static_cast<int>(std::min<long long>(bounds.shared, static_cast<long long>(focal)));
    const int least = std::min(bounds.least, most);
    const FlowCost required{-1, 0.0};
    ArcFlow flow(gate + 1);

    const long long through = bounds.focal_used < 0 ? static_cast<long long>(focal) : bounds.focal_used;
    flow.add_arc(0, 2, static_cast<int>(through * least), required);
    for (std::size_t f = 0; f < focal; ++f) {
        flow.add_arc(2, first_focal + f, least, {});
        if (most > least) flow.add_arc(0, first_focal + f, most - least, {});
    }
    std::vector<std::size_t> of_pair;
    for (const Arc& arc : arcs) {
        of_pair.push_back(flow.add_arc(first_focal + arc.focal, first_other + arc.other, 1, {0, arc.distance}));
    }
    for (std::size_t o = 0; o < others; ++o) {
        flow.add_arc(first_other + o, gate, 1, {});
        if (shared > 1) flow.add_arc(first_other + o, 1, shared - 1, {});
    }
    const long long used = bounds.others_used < 0 ? static_cast<long long>(others) : bounds.others_used;
    flow.add_arc(gate, 1, static_cast<int>(used), bounds.others_used < 0 ? FlowCost{} : required);
    flow.solve(hooks);

    std::vector<NetworkPair> pairs;
    for (std::size_t a = 0; a < arcs.size(); ++a) {
        if (flow.flow(of_pair[a]) == 0) continue;
        pairs.push_back({source.focal_units[arcs[a].focal], source.other_units[arcs[a].other]});
    }
    return pairs;
}

}  // namespace survmatch
