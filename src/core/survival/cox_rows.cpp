#include "core/survival/cox_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

std::size_t count_strata(Span<const int> stratum) {
    if (stratum.empty()) return 1;
    return static_cast<std::size_t>(std::max(*std::max_element(stratum.begin(), stratum.end()), 0));
}

// The rows by stratum and increasing time, ties in the order of the input.
StratifiedOrder increasing_rows(const CoxInput& input) {
    const std::size_t strata = count_strata(input.stratum);
    StratifiedOrder sorted;
    if (input.stop_order.empty()) {
        sorted = split_by_stratum(time_order(input.stop), input.stratum, strata);
    } else {
        sorted = split_by_stratum({input.stop_order.begin(), input.stop_order.end()}, input.stratum, strata);
    }
    if (sorted.rows.size() != input.stop.size()) throw InputError("stratum codes must be 1, 2, ...");
    return sorted;
}

// Gathers one stratum after the other, from the last time to the first.
class RowGatherer {
  public:
    RowGatherer(const CoxInput& input, CoxData& data) : input_(input), data_(data) {
        const std::size_t n = input.stop.size();
        data_.row.reserve(n);
        data_.stop.reserve(n);
        data_.event.reserve(n);
        if (!input.start.empty()) data_.start.reserve(n);
        event_times_.reserve(n);
    }

    // `rows` by increasing time, ties in the order of the input.
    void gather(Span<const Index> rows) {
        const std::size_t begin = data_.size();
        for (std::size_t k = rows.size(); k-- > 0;) {
            if (k >= look_ahead) fetch(rows[k - look_ahead]);
            push(rows[k]);
        }
        if (!input_.start.empty()) turn_ties(begin);
        keep_at_risk(begin);
        if (data_.size() > begin) data_.strata.push_back({begin, data_.size(), 0, 0});
    }

  private:
    void fetch(Index i) const {
        prefetch(&input_.stop[i]);
        prefetch(&input_.status[i]);
        if (!input_.start.empty()) prefetch(&input_.start[i]);
    }
    // With the status as it is: keep_at_risk() still has to tell those who stay.
    void push(Index i) {
        data_.row.push_back(i);
        data_.stop.push_back(input_.stop[i]);
        data_.event.push_back(static_cast<unsigned char>(input_.status[i]));
        if (!input_.start.empty()) data_.start.push_back(input_.start[i]);
    }

    // Tied rows of (start, stop] data go in the order of the input.
    void turn_ties(std::size_t begin) {
        const auto turn = [](auto& values, std::size_t from, std::size_t to) {
            std::reverse(values.begin() + static_cast<std::ptrdiff_t>(from),
                         values.begin() + static_cast<std::ptrdiff_t>(to));
        };
        for (std::size_t end; begin < data_.size(); begin = end) {
            end = begin + 1;
            while (end < data_.size() && data_.stop[end] == data_.stop[begin]) ++end;
            if (end - begin < 2) continue;
            turn(data_.row, begin, end);
            turn(data_.event, begin, end);
            turn(data_.start, begin, end);
        }
    }

    // Drops the rows from `begin` on that are at risk at no event time.
    void keep_at_risk(std::size_t begin) {
        event_times_.clear();
        for (std::size_t k = begin; k < data_.size(); ++k) {
            if (data_.event[k] == 1) event_times_.push_back(data_.stop[k]);
        }
        std::size_t next = 0;  // the last event time at or before the row's end
        std::size_t kept = begin;
        for (std::size_t k = begin; k < data_.size() && !event_times_.empty(); ++k) {
            while (next < event_times_.size() && event_times_[next] > data_.stop[k]) ++next;
            const bool reached = next < event_times_.size();
            const bool at_risk = reached && (input_.start.empty() || data_.start[k] < event_times_[next]);
            const bool stays = data_.event[k] == 2;
            if (at_risk || stays) move_row(k, kept++);
        }
        data_.row.resize(kept);
        data_.stop.resize(kept);
        data_.event.resize(kept);
        if (!input_.start.empty()) data_.start.resize(kept);
    }
    void move_row(std::size_t from, std::size_t to) {
        data_.row[to] = data_.row[from];
        data_.stop[to] = data_.stop[from];
        data_.event[to] = data_.event[from] == 1;
        if (!input_.start.empty()) data_.start[to] = data_.start[from];
    }

    static constexpr std::size_t look_ahead = 16;
    const CoxInput& input_;
    CoxData& data_;
    Vector<double> event_times_;  // of one stratum, decreasing
};

void gather_weights(const CoxInput& input, CoxData& data) {
    data.weight.assign(data.size(), 1.0);
    data.offset.assign(data.size(), 0.0);
    for (std::size_t k = 0; k < data.size() && !input.weight.empty(); ++k) data.weight[k] = input.weight[data.row[k]];
    for (std::size_t k = 0; k < data.size() && !input.offset.empty(); ++k) data.offset[k] = input.offset[data.row[k]];
    for (const double value : input.offset) data.largest_offset = std::max(data.largest_offset, std::fabs(value));
}

// The positions from the first start to the last, ties in no order.
Vector<Index> positions_by_start(const CoxInput& input, const CoxData& data) {
    if (input.start_order.empty()) return time_order(data.start);
    constexpr Index absent = std::numeric_limits<Index>::max();
    Vector<Index> position(data.input_rows, absent);
    for (std::size_t k = 0; k < data.size(); ++k) position[data.row[k]] = static_cast<Index>(k);
    Vector<Index> order;
    order.reserve(data.size());
    for (const Index i : input.start_order) {
        if (position[i] != absent) order.push_back(position[i]);
    }
    return order;
}

// Positions by stratum, then from the last start to the first; ties in the order of the input when there are few.
void sort_starts(const CoxInput& input, CoxData& data) {
    Vector<int> stratum_of(data.strata.size() > 1 ? data.size() : 0);
    for (std::size_t s = 0; s < data.strata.size() && !stratum_of.empty(); ++s) {
        std::fill(stratum_of.begin() + static_cast<std::ptrdiff_t>(data.strata[s].row_begin),
                  stratum_of.begin() + static_cast<std::ptrdiff_t>(data.strata[s].row_end), static_cast<int>(s) + 1);
    }
    data.by_start = split_by_stratum(positions_by_start(input, data), stratum_of, data.strata.size()).rows;
    for (const Stratum& stratum : data.strata) {
        const auto begin = data.by_start.begin() + static_cast<std::ptrdiff_t>(stratum.row_begin);
        const auto end = data.by_start.begin() + static_cast<std::ptrdiff_t>(stratum.row_end);
        if (data.small()) {
            std::sort(begin, end, [&](Index a, Index b) {
                return data.start[a] != data.start[b] ? data.start[a] > data.start[b] : data.row[a] < data.row[b];
            });
        } else {
            std::reverse(begin, end);
        }
    }
}

}  // namespace

Vector<Index> sort_cox_rows(const CoxInput& input, CoxData& data) {
    data.input_rows = input.stop.size();
    StratifiedOrder sorted = increasing_rows(input);
    RowGatherer gatherer(input, data);
    for (std::size_t s = 0; s < sorted.strata(); ++s) {
        gatherer.gather(sorted.stratum(input.start.empty() ? sorted.strata() - 1 - s : s));
    }
    gather_weights(input, data);
    if (data.counting()) sort_starts(input, data);
    return std::move(sorted.rows);
}

}  // namespace survmatch
