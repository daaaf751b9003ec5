#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace survmatch {

// Memory that is about to be filled. The system hands it out a page of 4 kB at a time, when it is touched first, and
// that costs more than filling it; where Linux has pages of 2 MB ("transparent huge pages"), this asks for them.
// Elsewhere, and for blocks that could not hold two of them, it does nothing.
void ask_for_large_pages(void* block, std::size_t bytes) noexcept;

// Memory for a vector: from a quarter of a large page on, whole large pages where there are such. A block that begins
// or ends inside one would leave that to small pages.
void* allocate_block(std::size_t bytes);
void free_block(void* block, std::size_t bytes) noexcept;

// Memory that stays after a computation and is filled at once: large pages as long as they are filled by more than
// half, and the rest in small pages that are taken together instead of one by one. From has_room_for_large_pages() on.
bool has_room_for_large_pages(std::size_t bytes) noexcept;
void* allocate_lasting_block(std::size_t bytes);
void free_lasting_block(void* block, std::size_t bytes) noexcept;

template <class T>
struct LargePageAllocator {
    using value_type = T;

    LargePageAllocator() = default;
    template <class U>
    LargePageAllocator(const LargePageAllocator<U>&) noexcept {}

    T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(allocate_block(n * sizeof(T)));
    }
    void deallocate(T* block, std::size_t n) noexcept { free_block(block, n * sizeof(T)); }
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
