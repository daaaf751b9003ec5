#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/network_match.hpp"

namespace survmatch {

// A pair that may be made: the units' numbers among the focal units and among the others that take part.
struct PairArc {
    std::uint32_t focal, other;
    double distance;
};

// The pairs that may be made, window by window along the score where there is a caliper on it.
class ArcSource {
  public:
    ArcSource(const MatchUnits& units, const PairDistances& distances);

    template <class Use>
    void each(Hooks& hooks, Use use) const {
        for (std::size_t f = 0; f < focal_units.size(); ++f) {
            if (f % 64 == 0) hooks.tick(f, focal_units.size());
            each_of(f, use);
        }
    }
    template <class Use>
    void each_of(std::size_t f, Use use) const {
        const auto i = static_cast<std::size_t>(focal_units[f]);
        for (std::size_t o = windowed_ ? first_in_window(i) : 0; o < other_units.size(); ++o) {
            const auto j = static_cast<std::size_t>(other_units[o]);
            if (windowed_ && units_.score[j] - units_.score[i] > distances_.caliper) break;
            double distance;
            if (may_pair(i, j, distance)) {
                use(PairArc{static_cast<std::uint32_t>(f), static_cast<std::uint32_t>(o), distance});
            }
        }
    }
    // All that `keep` accepts; an error where they are more than `most`.
    template <class Keep>
    Vector<PairArc> arcs(std::size_t most, Hooks& hooks, Keep keep) const {
        Vector<PairArc> found;
        each(hooks, [&](const PairArc& arc) {
            if (!keep(arc)) return;
            if (found.size() == most) too_many();
            found.push_back(arc);
        });
        return found;
    }

    NetworkPair pair_of(const PairArc& arc) const { return {focal_units[arc.focal], other_units[arc.other]}; }

    Vector<int> focal_units, other_units;

  private:
    std::size_t first_in_window(std::size_t unit) const;
    bool may_pair(std::size_t i, std::size_t j, double& distance) const;
    [[noreturn]] static void too_many();

    const MatchUnits& units_;
    const PairDistances& distances_;
    Vector<std::size_t> place_;
    bool windowed_ = false;
};

}  // namespace survmatch
