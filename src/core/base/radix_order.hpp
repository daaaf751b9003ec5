#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/base/order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Bits whose unsigned order is the order of the doubles; -0 and 0 are the same value.
inline std::uint64_t ordered_bits(double value) {
    value += 0.0;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (std::uint64_t{1} << 63);
}

// increasing_order() in linear time: eight digits of eight bits, from the last to the first; digits that all values
// share cost nothing. `start` is the order to begin with: ties stay in it. No value may be NaN.
inline Vector<Index> radix_order(Span<const double> values, Vector<Index> start) {
    struct Item {
        std::uint64_t bits;
        Index row;
    };
    const std::size_t n = start.size();
    Vector<Item> items(n), spare(n);
    Vector<std::array<std::uint32_t, 256>> counts(8);
    for (auto& digit : counts) digit.fill(0);
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t bits = ordered_bits(values[start[i]]);
        items[i] = {bits, start[i]};
        for (int d = 0; d < 8; ++d) ++counts[d][(bits >> (8 * d)) & 255];
    }
    for (int d = 0; d < 8 && n > 0; ++d) {
        if (counts[d][(items[0].bits >> (8 * d)) & 255] == n) continue;
        std::uint32_t next = 0;
        for (std::uint32_t& count : counts[d]) {
            const std::uint32_t here = count;
            count = next;
            next += here;
        }
        for (const Item& item : items) spare[counts[d][(item.bits >> (8 * d)) & 255]++] = item;
        items.swap(spare);
    }
    for (std::size_t i = 0; i < n; ++i) start[i] = items[i].row;
    return start;
}

// From the order of the rows.
inline Vector<Index> radix_order(Span<const double> values) {
    Vector<Index> start(values.size());
    std::iota(start.begin(), start.end(), Index{0});
    return radix_order(values, std::move(start));
}

}  // namespace survmatch
