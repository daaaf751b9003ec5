// The one file of the core that asks the operating system for something.

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdint>
#include <new>

#include "core/base/spare_pages.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21;
constexpr std::size_t small_pages = std::size_t{1} << 16;  // whole small pages, whether they have 4, 16 or 64 kB

#if defined(__linux__) && defined(MADV_HUGEPAGE)
constexpr bool has_large_pages = true;
void advise(void* begin, std::size_t bytes) noexcept {
    madvise(begin, bytes, MADV_HUGEPAGE);  // a hint: what it returns changes nothing
}
char* map_pages(std::size_t bytes) {
    void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();
    return static_cast<char*>(block);
}
void unmap_pages(char* begin, std::size_t bytes) noexcept {
    if (bytes > 0) munmap(begin, bytes);
}
#else
constexpr bool has_large_pages = false;
void advise(void*, std::size_t) noexcept {}
char* map_pages(std::size_t) {
    throw std::bad_alloc();
}
void unmap_pages(char*, std::size_t) noexcept {}
#endif

#if defined(__linux__) && defined(MADV_FREE)
void leave_to_system(char* begin, std::size_t bytes) noexcept {
    madvise(begin, bytes, MADV_FREE);
}
#else
void leave_to_system(char*, std::size_t) noexcept {}
#endif

#if defined(__linux__) && defined(MADV_POPULATE_WRITE)
void take_now(void* begin, std::size_t bytes) noexcept {
    if (bytes > 0) madvise(begin, bytes, MADV_POPULATE_WRITE);  // where that is unknown they are taken one by one
}
#else
void take_now(void*, std::size_t) noexcept {}
#endif

constexpr std::uintptr_t round_up(std::uintptr_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}
std::size_t whole_pages(std::size_t bytes) {
    return round_up(bytes, large_page);
}

// A block that stays: large pages as long as they are filled by more than half, then small ones.
struct Lasting {
    std::size_t large, all;
};
Lasting lasting_size(std::size_t bytes) {
    const std::size_t large = (bytes + large_page / 2) / large_page * large_page;
    return {large, std::max<std::size_t>(large, round_up(bytes, small_pages))};
}

SparePages& spare_pages() {
    static SparePages spare(std::size_t{1} << 27, {leave_to_system, unmap_pages});
    return spare;
}

// Where a block is so small that most of a large page would be left over, it is an ordinary one.
bool in_large_pages(std::size_t bytes) {
    return has_large_pages && bytes >= large_page / 4;
}

}  // namespace

void ask_for_large_pages(void* block, std::size_t bytes) noexcept {
    if (bytes < 2 * large_page) return;
    const std::uintptr_t begin = round_up(reinterpret_cast<std::uintptr_t>(block), small_pages);
    const auto end = (reinterpret_cast<std::uintptr_t>(block) + bytes) / small_pages * small_pages;
    advise(reinterpret_cast<void*>(begin), end - begin);
}

void* allocate_block(std::size_t bytes) {
    return in_large_pages(bytes) ? allocate_lasting_block(whole_pages(bytes)) : ::operator new(bytes);
}

void free_block(void* block, std::size_t bytes) noexcept {
    if (in_large_pages(bytes)) return free_lasting_block(block, whole_pages(bytes));
    ::operator delete(block);
}

bool has_room_for_large_pages(std::size_t bytes) noexcept {
    return has_large_pages && bytes >= large_page - large_page / 4;
}

// Straight from the system: what malloc() hands out again may be in small pages already. The system gives it at any
// page; what lies before and behind large pages goes back.
void* allocate_lasting_block(std::size_t bytes) {
    const Lasting size = lasting_size(bytes);
    if (size.all == size.large) {
        if (char* const spare = spare_pages().take(size.all)) return spare;
    }
    char* const taken = map_pages(size.all + large_page);
    const auto at = reinterpret_cast<std::uintptr_t>(taken);
    const std::size_t before = round_up(at, large_page) - at;
    char* const block = taken + before;
    unmap_pages(taken, before);
    unmap_pages(block + size.all, large_page - before);
    advise(block, size.large);
    take_now(block + size.large, size.all - size.large);
    return block;
}

void free_lasting_block(void* block, std::size_t bytes) noexcept {
    const Lasting size = lasting_size(bytes);
    char* const begin = static_cast<char*>(block);
    if (size.all == size.large) return spare_pages().give(begin, size.all);
    unmap_pages(begin, size.all);
}

}  // namespace survmatch
