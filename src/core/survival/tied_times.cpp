#include "core/survival/tied_times.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "core/base/error.hpp"

namespace survmatch {

namespace {

std::vector<double> distinct_finite(const std::vector<TimeColumn>& columns) {
    std::vector<double> all;
    for (const TimeColumn& column : columns) {
        const std::size_t middle = all.size();
        for (const Index i : column.order) {
            const double t = column.time[i];
            if (std::isfinite(t) && (all.size() == middle || all.back() != t)) all.push_back(t);
        }
        std::inplace_merge(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(middle), all.end());
    }
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

// The mean in extended precision with one correction, as R computes it: a border case must fall on the same side.
double mean_magnitude(const std::vector<double>& values) {
    long double sum = 0.0L;
    for (const double v : values) sum += std::fabs(v);
    const long double n = static_cast<long double>(values.size());
    const long double mean = sum / n;
    long double off = 0.0L;
    for (const double v : values) off += std::fabs(v) - mean;
    return static_cast<double>(mean + off / n);
}

// The first value of each chain of tied values; empty when nothing is tied.
std::vector<double> first_of_chains(const std::vector<double>& values, const TieRule& rule) {
    if (values.size() < 2) return {};
    const double mean = mean_magnitude(values);
    std::vector<double> firsts{values[0]};
    for (std::size_t i = 1; i < values.size(); ++i) {
        const double gap = values[i] - values[i - 1];
        if (!(gap <= rule.tolerance || gap / mean <= rule.tolerance)) firsts.push_back(values[i]);
    }
    if (firsts.size() == values.size()) firsts.clear();
    return firsts;
}

void assign_firsts(TimeColumn& column, const std::vector<double>& firsts) {
    std::size_t f = 0;
    for (const Index i : column.order) {
        if (column.time[i] < firsts[0]) throw InputError("A time of -Inf cannot be joined with tied times.");
        while (f + 1 < firsts.size() && firsts[f + 1] <= column.time[i]) ++f;
        column.time[i] = firsts[f];
    }
    auto& order = column.order;
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && column.time[order[end]] == column.time[order[begin]]) ++end;
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = order.begin() + static_cast<std::ptrdiff_t>(end);
        if (!std::is_sorted(first, last)) std::sort(first, last);
        begin = end;
    }
}

}  // namespace

bool merge_tied_times(std::vector<TimeColumn>& columns, const TieRule& rule) {
    const std::vector<double> firsts = first_of_chains(distinct_finite(columns), rule);
    if (firsts.empty()) return false;

    std::vector<bool> has_length;
    if (columns.size() == 2) {
        has_length.resize(columns[0].time.size());
        for (std::size_t i = 0; i < has_length.size(); ++i) has_length[i] = columns[0].time[i] != columns[1].time[i];
    }
    for (TimeColumn& column : columns) assign_firsts(column, firsts);
    for (std::size_t i = 0; i < has_length.size(); ++i) {
        if (has_length[i] && columns[0].time[i] == columns[1].time[i]) {
            throw InputError("An interval has length 0 once times that differ by a rounding error are joined: row " +
                             std::to_string(i + 1) + ".");
        }
    }
    return true;
}

}  // namespace survmatch
