#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/vector.hpp"

namespace survmatch {

// A set of positions 0 .. size-1 that finds the next member above and below a position in O(log64 size): one bit a
// position, and above each 64 words one word that says which of them have members.
class ActiveSet {
  public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    explicit ActiveSet(std::size_t size);

    void insert(std::size_t position);
    void erase(std::size_t position);
    bool contains(std::size_t position) const;
    // The smallest member >= position, or none.
    std::size_t at_or_above(std::size_t position) const;
    // The largest member < position, or none.
    std::size_t below(std::size_t position) const;

  private:
    std::size_t size_;
    Vector<Vector<std::uint64_t>> levels_;
};

}  // namespace survmatch
