#pragma once

#include <cmath>
#include <limits>

#include "core/base/vector.hpp"
#include "core/matching/greedy_match.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/nearest_of.hpp"
#include "core/matching/unit_search.hpp"

namespace survmatch {

// A greedy search in a table of distances (see match_nearest_matrix): each look reads one column.
class MatrixSearch : public UnitSearch<MatrixSearch> {
  public:
    MatrixSearch(const MatchUnits& units, MatrixView distances, const FocalRows& rows, const NearestOptions& options)
        : UnitSearch(units, options, rows.unit.size()),
          distances_(distances),
          row_of_(rows.row),
          caliper_(std::isnan(options.caliper) ? std::numeric_limits<double>::infinity() : options.caliper) {
        for (std::size_t unit = 0; unit < units.size(); ++unit) {
            place_.push_back(static_cast<Index>(others_.size()));
            if (units.focal[unit] == 0) others_.push_back(static_cast<Index>(unit));
        }
    }

    Vector<Index> several(std::size_t unit, std::size_t row, std::size_t wanted) {
        Vector<Index> found;
        Vector<double> gaps;
        if (wanted == 0) return found;
        double worst = std::numeric_limits<double>::infinity();
        const Span<const double> column = distances_.column(row);
        for (std::size_t c = 0; c < column.size(); ++c) {
            const double distance = column[c];
            if (found.size() == wanted && distance > worst) continue;
            if (!PairRule::within(distance, caliper_) || !std::isfinite(distance)) continue;
            const Index control = others_[c];
            if (!uses_.is_open(control) || !can_pair(unit, row, control)) continue;
            worst = found.empty() || distance > worst ? distance : worst;
            found.push_back(control);
            gaps.push_back(distance);
        }
        return nearest_of(found, gaps, wanted);
    }

    void book(std::size_t unit, Index control, Span<const int> limit_of_unit) {
        uses_.book(unit, control, limit_of_unit, [](std::size_t) {});
    }
    double gap(std::size_t unit, std::size_t control) const { return distances_(place_[control], row_of_[unit]); }

  private:
    bool can_pair(std::size_t unit, std::size_t row, Index control) const {
        return !is_partner(row, control) && units_.stratum_of(unit) == units_.stratum_of(control) &&
               rule_.accepts(unit, control);
    }

    MatrixView distances_;
    const Vector<Index>& row_of_;
    double caliper_;
    Vector<Index> others_, place_;  // the units in rows; of each of them: its row
};

}  // namespace survmatch
