#include "core/matching/covariate_search.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"

namespace survmatch {

CovariateSearch::CovariateSearch(const MatchUnits& units, const CovariatePoints& points, const NearestOptions& options,
                                 std::size_t rows)
    : UnitSearch(units, options, rows),
      caliper_(options.caliper),
      use_caliper_(!std::isnan(options.caliper)),
      dimensions_(points.coordinates.columns()),
      points_(units.size() * points.coordinates.columns()),
      place_(points.place),
      leaf_of_(units.size(), nobody) {
    for (std::size_t j = 0; j < dimensions_; ++j) {
        for (std::size_t i = 0; i < units.size(); ++i) points_[i * dimensions_ + j] = points.coordinates(i, j);
    }
    std::size_t strata = 1;
    for (std::size_t i = 0; i < units.size(); ++i) strata = std::max(strata, units.stratum_of(i) + 1);
    Vector<Index> count(strata + 1, 0);
    const auto is_control = [&](std::size_t i) { return units.focal[i] == 0 && units.retained[i] != 0; };
    for (std::size_t i = 0; i < units.size(); ++i) count[units.stratum_of(i) + 1] += is_control(i);
    for (std::size_t s = 0; s < strata; ++s) count[s + 1] += count[s];
    order_.resize(count[strata]);
    Vector<Index> next(count.begin(), count.end() - 1);
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (is_control(i)) order_[next[units.stratum_of(i)]++] = static_cast<Index>(i);
    }
    for (std::size_t s = 0; s < strata; ++s) {
        root_.push_back(count[s] == count[s + 1] ? nobody : build(count[s], count[s + 1], nobody));
    }
}

// Halves the controls at the median of the score until those of a box are within a caliper of each other, then at the
// median of their widest coordinate.
Index CovariateSearch::build(Index begin, Index end, Index parent) {
    const auto number = static_cast<Index>(nodes_.size());
    nodes_.push_back({begin, end, 0, parent, end - begin, 0.0, 0.0});
    box_.resize(box_.size() + 2 * dimensions_);
    measure(nodes_[number], number);
    std::size_t widest = 0;
    double width = 0.0;
    for (std::size_t j = 0; j < dimensions_; ++j) {
        const double here = box_[2 * (number * dimensions_ + j) + 1] - box_[2 * (number * dimensions_ + j)];
        if (here > width) {
            width = here;
            widest = j;
        }
    }
    const bool by_score =
        use_caliper_ && caliper_ > 0.0 && nodes_[number].score_high - nodes_[number].score_low > caliper_;
    if (end - begin <= leaf_size || (!by_score && !(width > 0.0))) {
        for (Index k = begin; k < end; ++k) leaf_of_[order_[k]] = number;
        return number;
    }
    const Index middle = begin + (end - begin) / 2;
    std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end, [&](Index a, Index b) {
        return by_score ? units_.score[a] < units_.score[b] : coordinate(a, widest) < coordinate(b, widest);
    });
    build(begin, middle, number);
    const Index right = build(middle, end, number);
    nodes_[number].right = right;
    return number;
}

void CovariateSearch::measure(Node& node, Index number) {
    double* box = &box_[2 * number * dimensions_];
    for (std::size_t j = 0; j < dimensions_; ++j) {
        double low = coordinate(order_[node.begin], j), high = low;
        for (Index k = node.begin + 1; k < node.end; ++k) {
            low = std::min(low, coordinate(order_[k], j));
            high = std::max(high, coordinate(order_[k], j));
        }
        box[2 * j] = low;
        box[2 * j + 1] = high;
    }
    if (!use_caliper_) return;
    node.score_low = node.score_high = units_.score[order_[node.begin]];
    for (Index k = node.begin + 1; k < node.end; ++k) {
        node.score_low = std::min(node.score_low, units_.score[order_[k]]);
        node.score_high = std::max(node.score_high, units_.score[order_[k]]);
    }
}

double CovariateSearch::gap(std::size_t i, std::size_t j) const {
    double sum = 0.0;
    for (std::size_t k = 0; k < dimensions_; ++k) {
        const double difference = coordinate(i, k) - coordinate(j, k);
        sum += difference * difference;
    }
    return sum;
}

// A bound that rounding cannot lift above the distance of any member: each step is monotone.
double CovariateSearch::distance_to_box(Index node, std::size_t unit) const {
    const double* box = &box_[2 * node * dimensions_];
    double sum = 0.0;
    for (std::size_t j = 0; j < dimensions_; ++j) {
        const double x = coordinate(unit, j);
        const double difference = x < box[2 * j] ? box[2 * j] - x : x > box[2 * j + 1] ? x - box[2 * j + 1] : 0.0;
        sum += difference * difference;
    }
    return sum;
}

bool CovariateSearch::score_in_caliper(std::size_t i, std::size_t j) const {
    return !use_caliper_ || PairRule::within(std::fabs(units_.score[i] - units_.score[j]), caliper_);
}

// A caliper below 0 asks for distance: a box could hold somebody far enough unless all of it is too near.
bool CovariateSearch::box_in_caliper(const Node& node, std::size_t unit) const {
    if (!use_caliper_) return true;
    const double score = units_.score[unit];
    if (caliper_ < 0) {
        return std::max(std::fabs(score - node.score_low), std::fabs(score - node.score_high)) > -caliper_;
    }
    if (score < node.score_low) return !(node.score_low - score > caliper_);
    return !(score > node.score_high && score - node.score_high > caliper_);
}

void CovariateSearch::look_at(Index control, std::size_t unit, std::size_t row, std::size_t wanted,
                              Vector<Candidate>& best) const {
    if (!uses_.is_open(control) || !score_in_caliper(unit, control) || !rule_.accepts(unit, control)) return;
    const double distance = gap(unit, control);
    if (!std::isfinite(distance)) return;
    if (best.size() == wanted && distance > best.back().distance) return;
    if (is_partner(row, control)) return;
    const int steps = place_[control] - place_[unit];
    const Candidate candidate{distance, static_cast<Index>(std::abs(steps)), steps > 0, control};
    if (best.size() == wanted) {
        if (!(candidate < best.back())) return;
        best.pop_back();
    }
    best.insert(std::upper_bound(best.begin(), best.end(), candidate), candidate);
}

void CovariateSearch::search(Index number, std::size_t unit, std::size_t row, std::size_t wanted,
                             Vector<Candidate>& best) const {
    const Node& node = nodes_[number];
    if (node.right == 0) {
        for (Index k = node.begin; k < node.end; ++k) look_at(order_[k], unit, row, wanted, best);
        return;
    }
    const Index children[] = {number + 1, node.right};
    const double bound[] = {distance_to_box(children[0], unit), distance_to_box(children[1], unit)};
    const std::size_t first = bound[1] < bound[0] ? 1 : 0;
    for (const std::size_t c : {first, 1 - first}) {
        const Node& child = nodes_[children[c]];
        const bool too_far = best.size() == wanted && bound[c] > best.back().distance;
        if (child.free > 0 && !too_far && box_in_caliper(child, unit)) search(children[c], unit, row, wanted, best);
    }
}

Vector<Index> CovariateSearch::several(std::size_t unit, std::size_t row, std::size_t wanted) {
    Vector<Candidate> best;
    const Index root = root_[units_.stratum_of(unit)];
    if (root != nobody && wanted > 0 && nodes_[root].free > 0) search(root, unit, row, wanted, best);
    Vector<Index> found;
    for (const Candidate& candidate : best) found.push_back(candidate.control);
    return found;
}

void CovariateSearch::book(std::size_t unit, Index control, Span<const int> limit_of_unit) {
    uses_.book(unit, control, limit_of_unit, [&](std::size_t used) {
        for (Index node = leaf_of_[used]; node != nobody; node = nodes_[node].parent) --nodes_[node].free;
    });
}

}  // namespace survmatch
