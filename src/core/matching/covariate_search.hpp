#pragma once

#include "core/base/vector.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/unit_search.hpp"

namespace survmatch {

// A greedy search for the nearest free control in several coordinates, inside a caliper on the score: a k-d tree a
// stratum, whose boxes also know the range of the score and how many controls are free. Bentley (1975) CACM 18:509;
// Friedman, Bentley & Finkel (1977) ACM TOMS 3:209.
class CovariateSearch : public UnitSearch<CovariateSearch> {
  public:
    CovariateSearch(const MatchUnits& units, const CovariatePoints& points, const NearestOptions& options,
                    std::size_t rows);

    // The `wanted` nearest free controls that are no partners yet, nearest first.
    Vector<Index> several(std::size_t unit, std::size_t row, std::size_t wanted);

    void book(std::size_t unit, Index control, Span<const int> limit_of_unit);
    double gap(std::size_t i, std::size_t j) const;

  private:
    static constexpr std::size_t leaf_size = 12;

    struct Node {
        Index begin, end;  // controls in order_
        Index right = 0;   // the left child follows its parent; 0: a leaf
        Index parent = nobody;
        Index free = 0;
        double score_low, score_high;
    };
    // A control on the way to be taken; better is nearer, then more places away, then above.
    struct Candidate {
        double distance;
        Index steps;
        bool above;
        Index control;
        bool operator<(const Candidate& other) const {
            if (distance != other.distance) return distance < other.distance;
            if (steps != other.steps) return steps > other.steps;
            return above && !other.above;
        }
    };

    Index build(Index begin, Index end, Index parent);
    void measure(Node& node, Index number);
    void search(Index node, std::size_t unit, std::size_t row, std::size_t wanted, Vector<Candidate>& best) const;
    void look_at(Index control, std::size_t unit, std::size_t row, std::size_t wanted, Vector<Candidate>& best) const;
    double distance_to_box(Index node, std::size_t unit) const;
    bool box_in_caliper(const Node& node, std::size_t unit) const;
    bool score_in_caliper(std::size_t i, std::size_t j) const;
    double coordinate(std::size_t unit, std::size_t j) const { return points_[unit * dimensions_ + j]; }

    double caliper_;
    bool use_caliper_;
    std::size_t dimensions_;
    Vector<double> points_;  // by unit
    Span<const int> place_;
    Vector<Index> order_;  // controls as the leaves hold them
    Vector<Node> nodes_;
    Vector<double> box_;     // low and high of each coordinate of each node
    Vector<Index> root_;     // of each stratum, or nobody
    Vector<Index> leaf_of_;  // of each control
};

}  // namespace survmatch
