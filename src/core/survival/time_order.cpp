#include "core/survival/time_order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

namespace {

// The upper 32 bits (sign, exponent and 20 of the mantissa) are sorted by three radix passes; the few times that share
// them are then put in order by comparison. Half the memory of sorting whole keys, which is what a sort costs.
constexpr unsigned digit_bits = 11;
constexpr unsigned digits = 3;
constexpr std::size_t buckets = std::size_t{1} << digit_bits;
constexpr std::size_t small_size = 512;
constexpr std::ptrdiff_t short_run = 24;

struct KeyedRow {
    std::uint32_t key;
    Index row;
};

// An integer that sorts as the double does: negative numbers have all bits flipped, others the sign bit.
std::uint32_t sortable_bits(double value) {
    const double positive_zero = value + 0.0;
    std::uint64_t bits;
    std::memcpy(&bits, &positive_zero, sizeof bits);
    const std::uint64_t sign = std::uint64_t{1} << 63;
    return static_cast<std::uint32_t>(((bits & sign) ? ~bits : bits | sign) >> 32);
}

std::size_t digit_of(std::uint32_t key, unsigned digit) {
    return (key >> (digit * digit_bits)) & (buckets - 1);
}

void insertion_sort(Span<const double> times, Index* first, Index* last) {
    for (Index* at = first + 1; at < last; ++at) {
        const Index row = *at;
        Index* hole = at;
        for (; hole != first && times[row] < times[*(hole - 1)]; --hole) *hole = *(hole - 1);
        *hole = row;
    }
}

// Puts rows first .. last - 1, which share a key, in order.
void sort_run(Span<const double> times, Index* first, Index* last) {
    if (last - first < 2) return;
    const auto less = [&](Index a, Index b) { return times[a] < times[b]; };
    if (last - first <= short_run) {
        insertion_sort(times, first, last);
    } else if (!std::is_sorted(first, last, less)) {
        std::stable_sort(first, last, less);
    }
}

}  // namespace

Vector<Index> time_order(Span<const double> times) {
    const std::size_t n = times.size();
    for (const double t : times) {
        if (std::isnan(t)) throw InputError("Times must not be missing.");
    }
    if (n < small_size) return increasing_order(times);

    Vector<KeyedRow> from(n), to(n);
    Vector<std::array<std::size_t, buckets>> count(digits);
    for (auto& c : count) c.fill(0);
    for (std::size_t i = 0; i < n; ++i) {
        from[i] = {sortable_bits(times[i]), static_cast<Index>(i)};
        for (unsigned d = 0; d < digits; ++d) ++count[d][digit_of(from[i].key, d)];
    }
    for (unsigned d = 0; d < digits; ++d) {
        auto& c = count[d];
        if (c[digit_of(from[0].key, d)] == n) continue;
        std::size_t before = 0;
        for (auto& size : c) {
            const std::size_t here = size;
            size = before;
            before += here;
        }
        for (const KeyedRow& item : from) to[c[digit_of(item.key, d)]++] = item;
        from.swap(to);
    }
    Vector<Index> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = from[i].row;
    for (std::size_t first = 0; first < n;) {
        std::size_t last = first + 1;
        while (last < n && from[last].key == from[first].key) ++last;
        sort_run(times, &order[first], &order[first] + (last - first));
        first = last;
    }
    return order;
}

StratifiedOrder split_by_stratum(Vector<Index> order, Span<const int> codes, std::size_t strata) {
    StratifiedOrder out;
    if (codes.empty()) {
        out.first = {0, order.size()};
        out.rows = std::move(order);
        return out;
    }
    const auto is_stratum = [&](int code) { return code >= 1 && static_cast<std::size_t>(code) <= strata; };
    out.first.assign(strata + 1, 0);
    for (const Index i : order) {
        if (is_stratum(codes[i])) ++out.first[static_cast<std::size_t>(codes[i])];
    }
    for (std::size_t s = 0; s < strata; ++s) out.first[s + 1] += out.first[s];
    out.rows.resize(out.first[strata]);
    Vector<std::size_t> next(out.first.begin(), out.first.end() - 1);
    for (const Index i : order) {
        if (is_stratum(codes[i])) out.rows[next[static_cast<std::size_t>(codes[i]) - 1]++] = i;
    }
    return out;
}

}  // namespace survmatch
