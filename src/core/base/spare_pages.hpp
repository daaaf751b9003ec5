#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace survmatch {

// Blocks of whole large pages that nobody needs at present. Who asks next is spared the clearing of pages, which takes
// a fifth of the time of a curve of a million rows; the system may have them back at any time before. They are no more
// than `most` bytes: what is given back beyond is unmapped.
class SparePages {
  public:
    struct System {
        void (*leave)(char*, std::size_t) noexcept;  // the block keeps its address, not its content
        void (*unmap)(char*, std::size_t) noexcept;
    };
    SparePages(std::size_t most, System system);
    // Cut from the smallest that is large enough; none: nullptr.
    char* take(std::size_t bytes) noexcept;
    void give(char* block, std::size_t bytes) noexcept;

  private:
    struct Block {
        char* begin;
        std::size_t bytes;
    };
    const std::size_t most_;
    const System system_;
    std::mutex mutex_;
    std::vector<Block> blocks_;
    std::size_t held_ = 0;
};

}  // namespace survmatch
