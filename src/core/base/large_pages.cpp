// The one file of the core that asks the operating system for something.

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdint>

#include "core/base/vector.hpp"

namespace survmatch {

void ask_for_large_pages(void* block, std::size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    constexpr std::uintptr_t small_page = 4096, large_page = std::uintptr_t{1} << 21;
    if (bytes < 2 * large_page) return;
    const auto begin = (reinterpret_cast<std::uintptr_t>(block) + small_page - 1) / small_page * small_page;
    const auto end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / small_page * small_page;
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a hint: what it returns changes nothing
#else
    (void)block;
    (void)bytes;
#endif
}

}  // namespace survmatch
