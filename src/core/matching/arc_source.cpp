#include "core/matching/arc_source.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace survmatch {

ArcSource::ArcSource(const MatchUnits& units, const PairDistances& distances) : units_(units), distances_(distances) {
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

std::size_t ArcSource::first_in_window(std::size_t i) const {
    const auto below = [&](int other, std::size_t unit) {
        return units_.score[unit] - units_.score[other] > distances_.caliper;
    };
    return static_cast<std::size_t>(std::lower_bound(other_units.begin(), other_units.end(), i, below) -
                                    other_units.begin());
}

bool ArcSource::may_pair(std::size_t i, std::size_t j, double& distance) const {
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

void ArcSource::too_many() {
    throw InputError("Too many pairs are possible: give a narrower caliper or exact columns.");
}

}  // namespace survmatch
