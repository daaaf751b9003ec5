#pragma once

#include <cstdint>

#include "core/base/double_double.hpp"
#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_match.hpp"
#include "core/matching/line_order.hpp"

namespace survmatch {

// A value that counts pairs before distance, without rounding either.
struct Worth {
    std::int64_t pairs = 0;
    DoubleDouble distance;

    Worth operator+(const Worth& o) const { return {pairs + o.pairs, distance + o.distance}; }
    Worth operator-(const Worth& o) const { return {pairs - o.pairs, distance - o.distance}; }
    bool operator<(const Worth& o) const {
        if (pairs != o.pairs) return pairs < o.pairs;
        const DoubleDouble d = distance - o.distance;
        return d.high < 0.0;
    }
};

// The dual prices of an optimal match on the line. Each unit has one, and for every pair that may be made the two
// prices are together worth no less than the pair is, 1 pair less its distance. So no match is worth more than all
// prices, `bound`; the optimum is worth just as much. In full matching a pair is worth what it saves beside the
// distances of its units to their nearest, and `price` holds what is left of these: shares of the total distance.
struct LineProof {
    Vector<Worth> price;  // zero for units that take no part
    Worth bound, optimum;
    Worth contradiction;  // of the pair that is worth most above its prices: zero, or they prove nothing
    std::int64_t pairs = 0;
    DoubleDouble distance;  // in all
    DoubleDouble alone;     // full matching: of all units to their nearest
};

LineProof prove_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms,
                     Hooks& hooks = no_hooks());
LineProof prove_line_full(const MatchUnits& units, const LineOrder& order, double caliper, Hooks& hooks = no_hooks());

}  // namespace survmatch
