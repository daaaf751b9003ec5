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
    }

    // `rows` by increasing time, ties in the order of the input.
    void gather(Span<const Index> rows) {
        const std::size_t begin = data_.size();
        input_.start.empty() ? gather_right_censored(rows) : gather_counting(rows);
        if (data_.size() > begin) data_.strata.push_back({begin, data_.size(), 0, 0});
    }

  private:
    // Backwards, the last of tied rows first; those whose time is before the first event are at risk nowhere.
    void gather_right_censored(Span<const Index> rows) {
        std::size_t first = 0;
        while (first < rows.size() && input_.status[rows[first]] != 1) ++first;
        if (first == rows.size()) return;
        const double first_event = input_.stop[rows[first]];
        for (std::size_t k = rows.size(); k-- > 0;) {
            if (k >= look_ahead) {
                prefetch(&input_.stop[rows[k - look_ahead]]);
                prefetch(&input_.status[rows[k - look_ahead]]);
            }
            const Index i = rows[k];
            const bool stays = input_.status[i] == 2;
            if (input_.stop[i] >= first_event || stays) push(i);
        }
    }

    // Backwards, tied rows in the order of the input.
    void gather_counting(Span<const Index> rows) {
        event_times_.clear();
        for (std::size_t k = rows.size(); k-- > 0;) {
            if (input_.status[rows[k]] == 1) event_times_.push_back(input_.stop[rows[k]]);
        }
        std::size_t next = 0;  // the last event time at or before the rows' end
        for (std::size_t end = rows.size(); end > 0;) {
            const double stop = input_.stop[rows[end - 1]];
            std::size_t begin = end - 1;
            while (begin > 0 && input_.stop[rows[begin - 1]] == stop) --begin;
            while (next < event_times_.size() && event_times_[next] > stop) ++next;
            for (std::size_t k = begin; k < end; ++k) {
                const Index i = rows[k];
                const bool at_risk = next < event_times_.size() && input_.start[i] < event_times_[next];
                if (at_risk || (input_.status[i] == 2 && !event_times_.empty())) push(i);
            }
            end = begin;
        }
    }

    void push(Index i) {
        data_.row.push_back(i);
        data_.stop.push_back(input_.stop[i]);
        data_.event.push_back(input_.status[i] == 1);
        if (!input_.start.empty()) data_.start.push_back(input_.start[i]);
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
