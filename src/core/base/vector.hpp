#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace survmatch {

// Memory that is about to be filled. The system hands it out a page of 4 kB at a time, when it is touched first, and
// that costs more than filling it; where Linux has pages of 2 MB ("transparent huge pages"), this asks for them.
// Elsewhere, and for blocks that could not hold two of them, it does nothing.
inline void ask_for_large_pages(void* block, std::size_t bytes) noexcept {
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

template <class T>
struct LargePageAllocator {
    using value_type = T;

    LargePageAllocator() = default;
    template <class U>
    LargePageAllocator(const LargePageAllocator<U>&) noexcept {}

    T* allocate(std::size_t n) {
        T* block = std::allocator<T>().allocate(n);
        ask_for_large_pages(block, n * sizeof(T));
        return block;
    }
    void deallocate(T* block, std::size_t n) noexcept { std::allocator<T>().deallocate(block, n); }
};

template <class T, class U>
bool operator==(const LargePageAllocator<T>&, const LargePageAllocator<U>&) noexcept {
    return true;
}
template <class T, class U>
bool operator!=(const LargePageAllocator<T>&, const LargePageAllocator<U>&) noexcept {
    return false;
}

// The vector of the core: it may hold a value for each of ten million patients.
template <class T>
using Vector = std::vector<T, LargePageAllocator<T>>;

}  // namespace survmatch
