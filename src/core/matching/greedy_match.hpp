#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "core/base/hooks.hpp"
#include "core/base/order.hpp"
#include "core/base/vector.hpp"
#include "core/matching/nearest.hpp"
#include "core/matching/score_line.hpp"

namespace survmatch {

// The focal units as rows of a table of pairs.
struct FocalRows {
    Vector<Index> unit;  // of each row
    Vector<Index> row;   // of each focal unit
    Vector<int> limit;   // of each unit: partners wanted

    FocalRows(const MatchUnits& units, Span<const int> ratio) : row(units.size()), limit(units.size(), 0) {
        for (std::size_t i = 0; i < units.size(); ++i) {
            if (units.focal[i] != 1) continue;
            row[i] = static_cast<Index>(unit.size());
            limit[i] = ratio[unit.size()];
            unit.push_back(static_cast<Index>(i));
        }
    }
};

inline std::size_t largest_ratio(Span<const int> ratio) {
    return ratio.empty() ? 0 : static_cast<std::size_t>(*std::max_element(ratio.begin(), ratio.end()));
}

constexpr std::size_t ticks_every = 4096;

// The loops of greedy matching. A Search finds candidates for a focal unit (`row` is its row among the focal ones):
//   nearest(unit, row), again(unit, row, candidate), several(unit, wanted), nobody, control_in(candidate),
//   is_free(candidate), gap(unit, control), note(unit, row, candidate), book(unit, candidate, limits),
//   is_open(unit), close(unit), controls_left()

template <class Search>
PairTable greedy_in_order(Search& search, const FocalRows& rows, Span<const int> order, Span<const int> ratio,
                          Hooks& hooks) {
    PairTable pairs(rows.unit.size(), largest_ratio(ratio));
    Vector<int> found(rows.unit.size(), 0);
    std::size_t done = 0;
    for (std::size_t round = 0; round < pairs.columns; ++round) {
        for (const int unit : order) {
            if (++done % ticks_every == 0) hooks.tick(done, order.size() * pairs.columns);
            if (!search.controls_left()) return pairs;
            const Index row = rows.row[unit];
            if (static_cast<std::size_t>(ratio[row]) <= round || !search.is_open(unit)) continue;
            const auto candidate = search.nearest(unit, row);
            if (candidate == search.nobody) {
                search.close(unit);
                continue;
            }
            pairs.at(row, found[row]++) = static_cast<int>(search.control_in(candidate));
            search.note(unit, row, candidate);
            search.book(unit, candidate, rows.limit);
        }
    }
    return pairs;
}

template <class Search>
PairTable greedy_replacing(Search& search, const FocalRows& rows, Span<const int> order, Span<const int> ratio,
                           Hooks& hooks) {
    PairTable pairs(rows.unit.size(), largest_ratio(ratio));
    std::size_t done = 0;
    for (const int unit : order) {
        if (++done % ticks_every == 0) hooks.tick(done, order.size());
        if (!search.is_open(unit)) continue;
        const Index row = rows.row[unit];
        std::size_t column = 0;
        for (const Index control : search.several(unit, row, static_cast<std::size_t>(ratio[row]))) {
            pairs.at(row, column++) = static_cast<int>(control);
        }
    }
    return pairs;
}

// One proposal a focal unit. Of equal distances the lower rank comes first: data order at the start; a unit that had to
// look again goes before its equals when the closest come first, behind them when the farthest do.
template <class Candidate>
struct Proposal {
    double key;
    std::int64_t rank;
    Index row;
    Candidate candidate;
    bool operator>(const Proposal& other) const { return key > other.key || (key == other.key && rank > other.rank); }
};

template <class Search>
PairTable greedy_by_distance(Search& search, const FocalRows& rows, Span<const int> ratio, bool closest_first,
                             Hooks& hooks) {
    PairTable pairs(rows.unit.size(), largest_ratio(ratio));
    Vector<int> found(rows.unit.size(), 0);
    const double sign = closest_first ? 1.0 : -1.0;
    using Offer = Proposal<decltype(search.nearest(0, 0))>;
    Vector<Offer> queue;
    const std::greater<Offer> later;
    std::size_t done = 0;
    for (std::size_t round = 0; round < pairs.columns; ++round) {
        queue.clear();
        std::int64_t again = closest_first ? 0 : static_cast<std::int64_t>(rows.unit.size());
        for (std::size_t row = 0; row < rows.unit.size(); ++row) {
            const Index unit = rows.unit[row];
            if (!search.is_open(unit)) continue;
            const auto candidate = search.nearest(unit, row);
            if (candidate == search.nobody) {
                search.close(unit);
                continue;
            }
            queue.push_back({sign * search.gap(unit, search.control_in(candidate)), static_cast<std::int64_t>(row),
                             static_cast<Index>(row), candidate});
        }
        std::make_heap(queue.begin(), queue.end(), later);
        while (!queue.empty() && search.controls_left()) {
            if (++done % ticks_every == 0) hooks.tick(done, done + queue.size());
            std::pop_heap(queue.begin(), queue.end(), later);
            Offer head = queue.back();
            queue.pop_back();
            const Index unit = rows.unit[head.row];
            if (!search.is_open(unit)) continue;
            if (search.is_free(head.candidate)) {
                pairs.at(head.row, found[head.row]++) = static_cast<int>(search.control_in(head.candidate));
                search.note(unit, head.row, head.candidate);
                search.book(unit, head.candidate, rows.limit);
                continue;
            }
            head.candidate = search.again(unit, head.row, head.candidate);
            if (head.candidate == search.nobody) {
                search.close(unit);
                continue;
            }
            head.key = sign * search.gap(unit, search.control_in(head.candidate));
            head.rank = closest_first ? --again : ++again;
            queue.push_back(head);
            std::push_heap(queue.begin(), queue.end(), later);
        }
    }
    return pairs;
}

}  // namespace survmatch
