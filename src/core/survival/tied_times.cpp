#include "core/survival/tied_times.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "core/base/error.hpp"
#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

// The times of a column in its order.
Vector<double> sorted_times(const TimeColumn& column) {
    constexpr std::size_t look_ahead = 16;
    const Vector<Index>& order = column.order;
    Vector<double> sorted(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
        if (k + look_ahead < order.size()) prefetch(&column.time[order[k + look_ahead]]);
        sorted[k] = column.time[order[k]];
    }
    return sorted;
}

// Every distinct finite time of one or two sorted columns, in increasing order.
Vector<double> distinct_times(const Vector<Vector<double>>& columns) {
    const Vector<double>& a = columns.front();
    const Vector<double>& b = columns.back();
    const std::size_t size_b = columns.size() == 2 ? b.size() : 0;
    Vector<double> values;
    values.reserve(a.size() + size_b);
    for (std::size_t i = 0, j = 0; i < a.size() || j < size_b;) {
        const bool from_a = j == size_b || (i < a.size() && a[i] <= b[j]);
        const double t = from_a ? a[i++] : b[j++];
        if (std::isfinite(t) && (values.empty() || t != values.back())) values.push_back(t);
    }
    return values;
}

// The mean of the magnitudes in extended precision with one correction, as R computes it: a border case must fall on
// the same side.
double mean_magnitude(const Vector<double>& values) {
    long double sum = 0.0L;
    for (const double v : values) sum += std::fabs(v);
    const long double n = static_cast<long double>(values.size());
    const long double mean = sum / n;
    long double off = 0.0L;
    for (const double v : values) off += std::fabs(v) - mean;
    return static_cast<double>(mean + off / n);
}

// One pass that settles the usual case: no two times are anywhere near each other.
bool are_clearly_apart(const Vector<double>& values, const TieRule& rule) {
    if (values.size() < 2) return true;
    double sum = std::fabs(values[0]), smallest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i < values.size(); ++i) {
        sum += std::fabs(values[i]);
        smallest = std::min(smallest, values[i] - values[i - 1]);
    }
    const double margin = 1.01;
    const double mean = sum / static_cast<double>(values.size());
    return smallest > margin * rule.tolerance && smallest > margin * rule.tolerance * mean;
}

// The first value of each chain of tied values; empty when nothing is tied.
Vector<double> first_of_chains(const Vector<double>& values, const TieRule& rule) {
    const double mean = mean_magnitude(values);
    Vector<double> firsts;
    firsts.reserve(values.size());
    firsts.push_back(values[0]);
    for (std::size_t i = 1; i < values.size(); ++i) {
        const double gap = values[i] - values[i - 1];
        if (!(gap <= rule.tolerance || gap / mean <= rule.tolerance)) firsts.push_back(values[i]);
    }
    if (firsts.size() == values.size()) firsts.clear();
    return firsts;
}

// `sorted`: the times of the column in its order.
void assign_firsts(TimeColumn& column, Vector<double>& sorted, const Vector<double>& firsts) {
    if (!sorted.empty() && sorted[0] < firsts[0]) {
        throw InputError("A time of -Inf cannot be joined with tied times.");
    }
    auto& order = column.order;
    column.joined.assign(column.time.begin(), column.time.end());
    for (std::size_t k = 0, f = 0; k < sorted.size(); ++k) {
        while (f + 1 < firsts.size() && firsts[f + 1] <= sorted[k]) ++f;
        if (sorted[k] == firsts[f]) continue;
        sorted[k] = firsts[f];
        column.joined[order[k]] = firsts[f];
    }
    column.time = column.joined;
    for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
        for (end = begin + 1; end < order.size() && sorted[end] == sorted[begin];) ++end;
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = order.begin() + static_cast<std::ptrdiff_t>(end);
        if (!std::is_sorted(first, last)) std::sort(first, last);
    }
}

}  // namespace

TimeColumn::TimeColumn(Span<const double> times) : time(times), order(time_order(times)) {}

bool merge_tied_times(Vector<TimeColumn>& columns, const TieRule& rule) {
    Vector<Vector<double>> sorted;
    for (const TimeColumn& column : columns) sorted.push_back(sorted_times(column));
    const Vector<double> values = distinct_times(sorted);
    if (are_clearly_apart(values, rule)) return false;
    const Vector<double> firsts = first_of_chains(values, rule);
    if (firsts.empty()) return false;

    Vector<bool> has_length;
    if (columns.size() == 2) {
        has_length.resize(columns[0].time.size());
        for (std::size_t i = 0; i < has_length.size(); ++i) has_length[i] = columns[0].time[i] != columns[1].time[i];
    }
    for (std::size_t c = 0; c < columns.size(); ++c) assign_firsts(columns[c], sorted[c], firsts);
    for (std::size_t i = 0; i < has_length.size(); ++i) {
        if (has_length[i] && columns[0].time[i] == columns[1].time[i]) {
            throw InputError("An interval has length 0 once times that differ by a rounding error are joined: row " +
                             std::to_string(i + 1) + ".");
        }
    }
    return true;
}

}  // namespace survmatch
