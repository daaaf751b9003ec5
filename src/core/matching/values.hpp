#pragma once

#include <cmath>
#include <cstddef>

#include "core/base/span.hpp"

namespace survmatch {

// How many values are missing or infinite.
inline std::size_t count_not_finite(Span<const double> values) {
    std::size_t count = 0;
    for (const double value : values) count += !std::isfinite(value);
    return count;
}

// Whether the values are 0 and 1, both of them and nothing else.
template <class Number>
bool is_zero_one(Span<const Number> values) {
    std::size_t ones = 0;
    std::size_t others = 0;
    for (const Number value : values) {
        ones += value == 1;
        others += value != 1 && value != 0;
    }
    return others == 0 && ones > 0 && ones < values.size();
}

}  // namespace survmatch
