#include "core/matching/nearest.hpp"

#include <algorithm>

#include "core/matching/nearest_search.hpp"

namespace survmatch {

namespace {

constexpr std::size_t ticks_every = 4096;

struct FocalRows {
    std::vector<Index> unit;  // of each row
    std::vector<Index> row;   // of each focal unit
    std::vector<int> limit;   // of each unit: partners wanted
};

FocalRows focal_rows(const MatchUnits& units, Span<const int> ratio) {
    FocalRows rows;
    rows.row.resize(units.size());
    rows.limit.assign(units.size(), 0);
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
        if (units.focal[unit] != 1) continue;
        rows.row[unit] = static_cast<Index>(rows.unit.size());
        rows.limit[unit] = ratio[rows.unit.size()];
        rows.unit.push_back(static_cast<Index>(unit));
    }
    return rows;
}

std::size_t largest(Span<const int> ratio) {
    return ratio.empty() ? 0 : static_cast<std::size_t>(*std::max_element(ratio.begin(), ratio.end()));
}

}  // namespace

PairTable match_nearest(const MatchUnits& units, Span<const int> order, Span<const int> ratio,
                        const NearestOptions& options, Hooks& hooks) {
    const FocalRows rows = focal_rows(units, ratio);
    NearestSearch search(units, options);
    PairTable pairs(rows.unit.size(), largest(ratio));
    std::vector<Reach> reach(pairs.columns > 1 ? rows.unit.size() : 0);
    std::vector<int> found(rows.unit.size(), 0);
    std::size_t done = 0;

    for (std::size_t round = 0; round < pairs.columns; ++round) {
        for (const int unit : order) {
            if (++done % ticks_every == 0) hooks.tick(done, order.size() * pairs.columns);
            if (!search.controls_left()) return pairs;
            const Index row = rows.row[unit];
            if (static_cast<std::size_t>(ratio[row]) <= round || !search.is_open(unit)) continue;

            Reach from = round == 0 ? search.reach_of(unit) : reach[row];
            const ScoreLine::Slot slot = search.nearest(unit, from);
            if (slot == NearestSearch::nobody) {
                search.close(unit);
                continue;
            }
            pairs.at(row, found[row]++) = static_cast<int>(search.control_in(slot));
            if (!reach.empty()) {
                search.widen(from, unit, slot);
                reach[row] = from;
            }
            search.book(unit, slot, rows.limit);
        }
    }
    return pairs;
}

PairTable match_nearest_replacing(const MatchUnits& units, Span<const int> order, Span<const int> ratio,
                                  const NearestOptions& options, Hooks& hooks) {
    const FocalRows rows = focal_rows(units, ratio);
    NearestSearch search(units, options);
    PairTable pairs(rows.unit.size(), largest(ratio));
    std::size_t done = 0;
    for (const int unit : order) {
        if (++done % ticks_every == 0) hooks.tick(done, order.size());
        if (!search.is_open(unit)) continue;
        const Index row = rows.row[unit];
        std::size_t column = 0;
        for (const Index control : search.nearest_several(unit, static_cast<std::size_t>(ratio[row]))) {
            pairs.at(row, column++) = static_cast<int>(control);
        }
    }
    return pairs;
}

PairTable match_nearest_by_distance(const MatchUnits& units, Span<const int> ratio, const NearestOptions& options,
                                    Hooks& hooks) {
    const FocalRows rows = focal_rows(units, ratio);
    NearestSearch search(units, options);
    PairTable pairs(rows.unit.size(), largest(ratio));
    std::vector<Reach> reach;
    for (const Index unit : rows.unit) reach.push_back(search.reach_of(unit));
    std::vector<int> found(rows.unit.size(), 0);

    // One proposal a focal unit. Of equal distances the lower rank comes first: data order at the start; a unit that had
    // to look again goes before its equals when the closest come first, behind them when the farthest do.
    struct Proposal {
        double key;
        std::int64_t rank;
        Index row;
        ScoreLine::Slot slot;
    };
    const auto later = [](const Proposal& a, const Proposal& b) {
        return a.key > b.key || (a.key == b.key && a.rank > b.rank);
    };
    const double sign = options.closest_first ? 1.0 : -1.0;
    std::vector<Proposal> queue;
    std::size_t done = 0;

    for (std::size_t round = 0; round < pairs.columns; ++round) {
        queue.clear();
        std::int64_t again = options.closest_first ? 0 : static_cast<std::int64_t>(rows.unit.size());
        for (std::size_t row = 0; row < rows.unit.size(); ++row) {
            const Index unit = rows.unit[row];
            if (!search.is_open(unit)) continue;
            const ScoreLine::Slot slot = search.nearest(unit, reach[row]);
            if (slot == NearestSearch::nobody) {
                search.close(unit);
                continue;
            }
            queue.push_back({sign * search.gap(unit, search.control_in(slot)), static_cast<std::int64_t>(row),
                             static_cast<Index>(row), slot});
        }
        std::make_heap(queue.begin(), queue.end(), later);
        while (!queue.empty() && search.controls_left()) {
            if (++done % ticks_every == 0) hooks.tick(done, done + queue.size());
            std::pop_heap(queue.begin(), queue.end(), later);
            Proposal head = queue.back();
            queue.pop_back();
            const Index unit = rows.unit[head.row];
            if (!search.is_open(unit)) continue;
            if (search.is_free(head.slot)) {
                pairs.at(head.row, found[head.row]++) = static_cast<int>(search.control_in(head.slot));
                search.widen(reach[head.row], unit, head.slot);
                search.book(unit, head.slot, rows.limit);
                continue;
            }
            Reach from = reach[head.row];
            search.widen(from, unit, head.slot);
            head.slot = search.nearest(unit, from);
            if (head.slot == NearestSearch::nobody) {
                search.close(unit);
                continue;
            }
            head.key = sign * search.gap(unit, search.control_in(head.slot));
            head.rank = options.closest_first ? --again : ++again;
            queue.push_back(head);
            std::push_heap(queue.begin(), queue.end(), later);
        }
    }
    return pairs;
}

}  // namespace survmatch
