#include "core/survival/km_data.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

namespace {

// Rows by stratum, subject and end of follow-up; rows without a stratum form one of their own.
Vector<Index> order_by_subject(const KmInput& input, const TimeColumn& stop) {
    Vector<Index> order = split_by_stratum(stop.order, input.id, input.ids).rows;
    if (input.stratum.empty()) return order;
    Vector<int> shifted(input.stratum.begin(), input.stratum.end());
    for (int& code : shifted) code = code >= 1 ? code + 1 : 1;
    return split_by_stratum(order, shifted, input.strata + 1).rows;
}

// Rows of a subject that follow each other without a gap are one chain: only its ends are an entry and a censoring.
struct Chains {
    Vector<unsigned char> mark;
    Vector<int> subjects_per_stratum;
};

Chains find_chains(const KmInput& input, Span<const double> start, const TimeColumn& stop) {
    const auto stratum = [&](Index i) { return input.stratum.empty() ? 1 : input.stratum[i]; };
    const bool has_entry = !start.empty();
    const Vector<Index> order = order_by_subject(input, stop);
    Chains chains;
    chains.mark.assign(input.stop.size(), has_entry ? 0 : 3);
    chains.subjects_per_stratum.assign(input.strata, 0);
    for (std::size_t k = 0; k < order.size(); ++k) {
        const Index row = order[k];
        const Index before = k > 0 ? order[k - 1] : row;
        const bool is_new = k == 0 || input.id[row] != input.id[before] || stratum(row) != stratum(before);
        if (is_new && stratum(row) >= 1) ++chains.subjects_per_stratum[static_cast<std::size_t>(stratum(row)) - 1];
        if (has_entry && (is_new || stop.time[before] < start[row])) {
            chains.mark[row] |= 1;
            if (k > 0) chains.mark[before] |= 2;
        }
    }
    if (has_entry && !order.empty()) chains.mark[order.back()] |= 2;
    return chains;
}

SortedRows lay_out(const TimeColumn& column, const KmInput& input, const Vector<unsigned char>& mark) {
    SortedRows out;
    out.order = split_by_stratum(column.order, input.stratum, input.strata);
    const std::size_t n = out.order.rows.size();
    out.time.resize(n);
    out.mark.resize(n);
    if (!input.weight.empty()) out.weight.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
        const Index i = out.order.rows[k];
        out.time[k] = column.time[i];
        out.mark[k] = mark[i];
        if (!input.weight.empty()) out.weight[k] = input.weight[i];
    }
    return out;
}

}  // namespace

KmData prepare_km(const KmInput& input) {
    if (input.status.size() != input.stop.size()) throw InputError("Times and status must have one value a row.");
    KmData data;
    data.has_entry = !input.start.empty();
    data.weighted = !input.weight.empty();

    Vector<TimeColumn> columns;
    if (data.has_entry) columns.emplace_back(input.start);
    columns.emplace_back(input.stop);
    if (input.join_tied_times) merge_tied_times(columns);
    const TimeColumn& stop = columns.back();
    data.earliest = std::numeric_limits<double>::infinity();
    for (const TimeColumn& c : columns) {
        if (!c.order.empty()) data.earliest = std::min(data.earliest, c.time[c.order[0]]);
    }

    Chains chains;
    if (input.id.empty()) {
        chains.mark.assign(input.stop.size(), 3);
    } else {
        chains = find_chains(input, data.has_entry ? columns.front().time : Span<const double>(), stop);
    }
    for (std::size_t i = 0; i < input.status.size(); ++i) {
        const bool event = input.reverse ? input.status[i] == 0.0 && (chains.mark[i] & 2) : input.status[i] == 1.0;
        if (event) chains.mark[i] |= 4;
    }
    data.subjects_per_stratum = std::move(chains.subjects_per_stratum);
    data.by_stop = lay_out(stop, input, chains.mark);
    if (data.has_entry) data.by_start = lay_out(columns.front(), input, chains.mark);
    for (std::size_t s = 0; s < data.strata(); ++s) {
        data.rows_per_stratum.push_back(static_cast<int>(data.by_stop.end(s) - data.by_stop.begin(s)));
    }
    return data;
}

}  // namespace survmatch
