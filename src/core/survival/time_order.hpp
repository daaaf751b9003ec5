#pragma once

#include <cstddef>

#include "core/base/order.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// The permutation that sorts times in increasing order; ties stay in their order. Radix sort.
// Infinite times are allowed, NaN is refused.
Vector<Index> time_order(Span<const double> times);

// Rows sorted by stratum and, inside a stratum, in the order they had before.
struct StratifiedOrder {
    Vector<Index> rows;
    Vector<std::size_t> first;  // rows of stratum s: first[s] .. first[s + 1] - 1

    std::size_t strata() const { return first.size() - 1; }
    Span<const Index> stratum(std::size_t s) const { return {rows.data() + first[s], first[s + 1] - first[s]}; }
};

// `codes` are 1 .. strata; rows with another code are left out. With no codes there is one stratum.
StratifiedOrder split_by_stratum(Vector<Index> order, Span<const int> codes, std::size_t strata);

}  // namespace survmatch
