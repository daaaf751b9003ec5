#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// The distinct values of whole numbers in increasing order, and for each number the place of its value, from 1; 0 for
// `missing` ones.
struct IntegerLevels {
    Vector<int> codes;
    Vector<int> values;
};

// In linear time, through a table of all values between the least and the largest; no codes when that is too wide.
inline IntegerLevels integer_levels(Span<const int> numbers, int missing) {
    long long least = std::numeric_limits<int>::max(), most = std::numeric_limits<int>::min();
    for (const int number : numbers) {
        if (number == missing) continue;
        least = std::min<long long>(least, number);
        most = std::max<long long>(most, number);
    }
    IntegerLevels out;
    if (least > most || static_cast<std::size_t>(most - least) > 4 * numbers.size() + 1024) return out;
    Vector<int> code_of(static_cast<std::size_t>(most - least) + 1, 0);
    const auto place = [&](int number) { return static_cast<std::size_t>(number - least); };
    for (const int number : numbers) {
        if (number != missing) code_of[place(number)] = 1;
    }
    for (std::size_t v = 0; v < code_of.size(); ++v) {
        if (code_of[v] == 0) continue;
        out.values.push_back(static_cast<int>(least + static_cast<long long>(v)));
        code_of[v] = static_cast<int>(out.values.size());
    }
    out.codes.resize(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i)
        out.codes[i] = numbers[i] == missing ? 0 : code_of[place(numbers[i])];
    return out;
}

}  // namespace survmatch
