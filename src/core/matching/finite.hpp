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

}  // namespace survmatch
