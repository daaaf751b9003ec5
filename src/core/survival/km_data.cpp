#include "core/survival/km_data.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"

namespace survmatch {

namespace {

TimeColumn sorted_column(Span<const double> times) {
    return {std::vector<double>(times.begin(), times.end()), time_order(times)};
}

// Rows by stratum, subject and end of follow-up; rows without a stratum form one of their own.
std::vector<Index> order_by_subject(const KmInput& input, const TimeColumn& stop) {
    std::vector<Index> order = split_by_stratum(stop.order, input.id, input.ids).rows;
    if (input.stratum.empty()) return order;
    std::vector<int> shifted(input.stratum.begin(), input.stratum.end());
    for (int& code : shifted) code = code >= 1 ? code + 1 : 1;
    return split_by_stratum(order, shifted, input.strata + 1).rows;
}

// Rows of a subject that follow each other without a gap are one chain: only its ends are an entry and a censoring.
void mark_chains(const KmInput& input, KmData& data) {
    const auto stratum = [&](Index i) { return input.stratum.empty() ? 1 : input.stratum[i]; };
    const std::vector<Index> order = order_by_subject(input, data.stop);
    data.subjects_per_stratum.assign(input.strata, 0);
    if (data.has_entry()) data.position.assign(input.stop.size(), 0);
    for (std::size_t k = 0; k < order.size(); ++k) {
        const Index row = order[k];
        const Index before = k > 0 ? order[k - 1] : row;
        const bool is_new = k == 0 || input.id[row] != input.id[before] || stratum(row) != stratum(before);
        if (is_new && stratum(row) >= 1) ++data.subjects_per_stratum[static_cast<std::size_t>(stratum(row)) - 1];
        if (!data.has_entry()) continue;
        const bool begins = is_new || data.stop.time[before] < data.start.time[row];
        if (begins) {
            data.position[row] |= 1;
            if (k > 0) data.position[before] |= 2;
        }
    }
    if (data.has_entry() && !order.empty()) data.position[order.back()] |= 2;
}

}  // namespace

KmData prepare_km(const KmInput& input) {
    if (input.status.size() != input.stop.size()) throw InputError("Times and status must have one value a row.");
    KmData data;
    data.weight = input.weight;
    data.status.assign(input.status.begin(), input.status.end());

    std::vector<TimeColumn> columns;
    if (!input.start.empty()) columns.push_back(sorted_column(input.start));
    columns.push_back(sorted_column(input.stop));
    if (input.join_tied_times) merge_tied_times(columns);
    data.stop = std::move(columns.back());
    if (columns.size() == 2) data.start = std::move(columns.front());

    if (!input.id.empty()) mark_chains(input, data);
    if (input.reverse) {
        for (std::size_t i = 0; i < data.status.size(); ++i) {
            data.status[i] = data.status[i] == 0 && data.is_last(static_cast<Index>(i)) ? 1 : 0;
        }
    }
    data.by_stop = split_by_stratum(data.stop.order, input.stratum, input.strata);
    if (data.has_entry()) data.by_start = split_by_stratum(data.start.order, input.stratum, input.strata);
    for (std::size_t s = 0; s < data.by_stop.strata(); ++s) {
        data.rows_per_stratum.push_back(static_cast<int>(data.by_stop.stratum(s).size()));
    }
    return data;
}

}  // namespace survmatch
