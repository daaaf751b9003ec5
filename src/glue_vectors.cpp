// R vectors in the memory of the core. R frees it as it frees its own.

#include <R_ext/Rallocators.h>

#include <new>

#include "glue.h"

namespace survmatch::glue {

namespace {

// R asks for a vector and its header, and keeps a copy of the allocator in front of them: its data are the size.
void* take(R_allocator_t* allocator, std::size_t bytes) noexcept {
    try {
        allocator->data = reinterpret_cast<void*>(bytes);
        return allocate_lasting_block(bytes);
    } catch (const std::bad_alloc&) {
        return nullptr;  // R collects its garbage, asks again and then says that there is no memory
    }
}

void give_back(R_allocator_t* allocator, void* block) noexcept {
    free_lasting_block(block, reinterpret_cast<std::size_t>(allocator->data));
}

}  // namespace

SEXP new_vector(SEXPTYPE type, std::size_t size, std::size_t bytes) {
    if (!has_room_for_large_pages(bytes)) return Rf_allocVector(type, static_cast<R_xlen_t>(size));
    R_allocator_t allocator{take, give_back, nullptr, nullptr};
    return Rf_allocVector3(type, static_cast<R_xlen_t>(size), &allocator);
}

}  // namespace survmatch::glue
