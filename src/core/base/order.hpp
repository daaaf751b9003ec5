#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Row numbers count up to 4,294,967,295: half the memory of std::size_t at ten million rows.
using Index = std::uint32_t;

// The permutation that sorts 0 .. size-1 under `less`; ties stay in their order.
template <class Less>
Vector<Index> stable_order(std::size_t size, Less less) {
    Vector<Index> order(size);
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), less);
    return order;
}

// The permutation that sorts values in increasing order; ties stay in their order. No value may be NaN.
inline Vector<Index> increasing_order(Span<const double> values) {
    return stable_order(values.size(), [&](Index a, Index b) { return values[a] < values[b]; });
}

}  // namespace survmatch
