#pragma once

#include <cstdint>
#include <numeric>

#include "core/base/vector.hpp"

namespace survmatch {

// Which slots 0 .. size-1 are still free, with the nearest free one on either side of any slot: two union-find
// forests, each pointing past the slots that were taken. Any sequence of m calls costs O(m log size) at most.
class FreeSlots {
  public:
    using Slot = std::int64_t;

    explicit FreeSlots(std::size_t size) : after_(size + 2), before_(size + 2) {
        std::iota(after_.begin(), after_.end(), std::uint32_t{0});
        std::iota(before_.begin(), before_.end(), std::uint32_t{0});
    }

    // The first free slot at or after `slot`; size when there is none.
    Slot at_or_after(Slot slot) { return static_cast<Slot>(root(after_, slot + 1)) - 1; }
    // The last free slot at or before `slot`; -1 when there is none.
    Slot at_or_before(Slot slot) { return static_cast<Slot>(root(before_, slot + 1)) - 1; }

    void take(Slot slot) {
        after_[slot + 1] = static_cast<std::uint32_t>(slot + 2);
        before_[slot + 1] = static_cast<std::uint32_t>(slot);
    }

  private:
    static std::uint32_t root(Vector<std::uint32_t>& parent, Slot from) {
        auto at = static_cast<std::uint32_t>(from);
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    Vector<std::uint32_t> after_;
    Vector<std::uint32_t> before_;
};

}  // namespace survmatch
