// The one file of the core that asks the operating system for something.

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdint>
#include <new>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21;

#if defined(__linux__) && defined(MADV_HUGEPAGE)
constexpr bool has_large_pages = true;
void advise(void* begin, std::size_t bytes) noexcept {
    madvise(begin, bytes, MADV_HUGEPAGE);  // a hint: what it returns changes nothing
}
#else
constexpr bool has_large_pages = false;
void advise(void*, std::size_t) noexcept {}
#endif

// Where a block is so small that most of a large page would be left over, it is an ordinary one.
bool in_large_pages(std::size_t bytes) {
    return has_large_pages && bytes >= large_page / 4;
}

}  // namespace

void ask_for_large_pages(void* block, std::size_t bytes) noexcept {
    constexpr std::uintptr_t small_page = 4096;
    if (bytes < 2 * large_page) return;
    const auto begin = (reinterpret_cast<std::uintptr_t>(block) + small_page - 1) / small_page * small_page;
    const auto end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / small_page * small_page;
    advise(reinterpret_cast<void*>(begin), end - begin);
}

void* allocate_block(std::size_t bytes) {
    if (!in_large_pages(bytes)) return ::operator new(bytes);
    const std::size_t whole = (bytes + large_page - 1) / large_page * large_page;
    void* block = ::operator new (whole, std::align_val_t{large_page});
    advise(block, whole);
    return block;
}

void free_block(void* block, std::size_t bytes) noexcept {
    if (in_large_pages(bytes)) return ::operator delete (block, std::align_val_t{large_page});
    ::operator delete(block);
}

}  // namespace survmatch
