#include "core/matching/active_set.hpp"

namespace survmatch {

namespace {

constexpr std::size_t word_bits = 64;

std::uint64_t bit(std::size_t position) {
    return std::uint64_t{1} << (position % word_bits);
}

std::size_t lowest_bit(std::uint64_t word) {
    return static_cast<std::size_t>(__builtin_ctzll(word));
}

std::size_t highest_bit(std::uint64_t word) {
    return word_bits - 1 - static_cast<std::size_t>(__builtin_clzll(word));
}

}  // namespace

ActiveSet::ActiveSet(std::size_t size) : size_(size) {
    std::size_t words = size + 1;  // below(size) looks there
    do {
        words = (words + word_bits - 1) / word_bits;
        levels_.emplace_back(words, 0);
    } while (words > 1);
}

void ActiveSet::insert(std::size_t position) {
    for (auto& level : levels_) {
        level[position / word_bits] |= bit(position);
        position /= word_bits;
    }
}

void ActiveSet::erase(std::size_t position) {
    for (auto& level : levels_) {
        std::uint64_t& word = level[position / word_bits];
        word &= ~bit(position);
        if (word != 0) return;
        position /= word_bits;
    }
}

bool ActiveSet::contains(std::size_t position) const {
    return (levels_[0][position / word_bits] & bit(position)) != 0;
}

std::size_t ActiveSet::at_or_above(std::size_t position) const {
    if (position >= size_) return none;
    // climbs until a word has a member at or above, then descends to the lowest one
    for (std::size_t height = 0; height < levels_.size(); ++height) {
        const std::size_t word = position / word_bits;
        if (word >= levels_[height].size()) return none;
        const std::uint64_t found = levels_[height][word] & (~std::uint64_t{0} << (position % word_bits));
        if (found != 0) {
            position = word * word_bits + lowest_bit(found);
            while (height-- > 0) position = position * word_bits + lowest_bit(levels_[height][position]);
            return position;
        }
        position = word + 1;
    }
    return none;
}

std::size_t ActiveSet::below(std::size_t position) const {
    if (position > size_) position = size_;
    for (std::size_t height = 0; height < levels_.size(); ++height) {
        const std::size_t word = position / word_bits;
        const std::uint64_t found = position % word_bits == 0 ? 0 : levels_[height][word] & (bit(position) - 1);
        if (found != 0) {
            position = word * word_bits + highest_bit(found);
            while (height-- > 0) position = position * word_bits + highest_bit(levels_[height][position]);
            return position;
        }
        position = word;
        if (position == 0) return none;
    }
    return none;
}

}  // namespace survmatch
