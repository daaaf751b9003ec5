#pragma once

#include <algorithm>
#include <numeric>

#include "core/base/order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// The `wanted` of the units found with the smallest gaps, nearest first; the order among equals is that of the standard
// library's sorts on the list as it was found.
inline Vector<Index> nearest_of(const Vector<Index>& found, const Vector<double>& gaps, std::size_t wanted) {
    if (found.size() <= 1 || (found.size() <= wanted && std::is_sorted(gaps.begin(), gaps.end()))) return found;
    Vector<Index> order(found.size());
    std::iota(order.begin(), order.end(), Index{0});
    const auto nearer = [&](Index a, Index b) { return gaps[a] < gaps[b]; };
    if (found.size() > wanted) {
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted), order.end(), nearer);
        order.resize(wanted);
    } else {
        std::sort(order.begin(), order.end(), nearer);
    }
    for (Index& entry : order) entry = found[entry];
    return order;
}

}  // namespace survmatch
