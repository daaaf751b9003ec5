#pragma once

#include <algorithm>

#include "core/base/vector.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/uses.hpp"

namespace survmatch {

// What every greedy search keeps: who may still be matched.
class GreedySearch {
  public:
    bool is_open(std::size_t focal_unit) const { return uses_.is_open(focal_unit); }
    void close(std::size_t focal_unit) { uses_.close(focal_unit); }
    bool controls_left() const { return uses_.controls_left(); }

  protected:
    GreedySearch(const MatchUnits& units, const NearestOptions& options)
        : units_(units), rule_(options.rule), uses_(units, options.reuse_max, options.group) {}

    MatchUnits units_;
    PairRule rule_;
    Uses uses_;
};

// A search whose candidates are the controls themselves; it remembers each row's partners. `Search` finds them:
// several(unit, row, wanted).
template <class Search>
class UnitSearch : public GreedySearch {
  public:
    static constexpr Index nobody = static_cast<Index>(-1);

    Index nearest(std::size_t unit, std::size_t row) {
        const Vector<Index> found = static_cast<Search*>(this)->several(unit, row, 1);
        return found.empty() ? nobody : found[0];
    }
    Index again(std::size_t unit, std::size_t row, Index) { return nearest(unit, row); }
    void note(std::size_t, std::size_t row, Index control) { partners_[row].push_back(control); }
    std::size_t control_in(Index control) const { return control; }
    bool is_free(Index control) const { return uses_.is_open(control); }

  protected:
    UnitSearch(const MatchUnits& units, const NearestOptions& options, std::size_t rows)
        : GreedySearch(units, options), partners_(rows) {}

    bool is_partner(std::size_t row, Index control) const {
        return std::find(partners_[row].begin(), partners_[row].end(), control) != partners_[row].end();
    }

  private:
    Vector<Vector<Index>> partners_;
};

}  // namespace survmatch
