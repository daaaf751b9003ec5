#include "core/base/spare_pages.hpp"

namespace survmatch {

SparePages::SparePages(std::size_t most, System system) : most_(most), system_(system) {
    blocks_.reserve(64);  // giving back must not allocate
}

char* SparePages::take(std::size_t bytes) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    Block* best = nullptr;
    for (Block& block : blocks_) {
        if (block.bytes >= bytes && (best == nullptr || block.bytes < best->bytes)) best = &block;
    }
    if (best == nullptr) return nullptr;
    best->bytes -= bytes;
    held_ -= bytes;
    char* const taken = best->begin + best->bytes;
    if (best->bytes == 0) {
        *best = blocks_.back();
        blocks_.pop_back();
    }
    return taken;
}

void SparePages::give(char* block, std::size_t bytes) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (held_ + bytes > most_ || blocks_.size() == blocks_.capacity()) return system_.unmap(block, bytes);
    system_.leave(block, bytes);
    held_ += bytes;
    for (Block& other : blocks_) {
        if (block + bytes != other.begin && other.begin + other.bytes != block) continue;
        if (block < other.begin) other.begin = block;
        other.bytes += bytes;
        return;
    }
    blocks_.push_back({block, bytes});
}

}  // namespace survmatch
