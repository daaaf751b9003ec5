#pragma once

#include <cstdint>

namespace survmatch {

// xoshiro256** of Blackman & Vigna (2021) ACM TOMS 47:36, seeded by splitmix64: the same numbers on every machine, and
// a stream of its own for each replicate, so that the order in which replicates are made does not matter.
class RandomStream {
  public:
    RandomStream(std::uint64_t seed, std::uint64_t stream) {
        std::uint64_t x = seed ^ (stream * 0xd1342543de82ef95ULL + 0x632be59bd9b4e019ULL);
        for (std::uint64_t& s : state_) {
            x += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = x;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            s = z ^ (z >> 31);
        }
    }
    std::uint64_t next() {
        const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return result;
    }
    // 0 .. bound - 1, each as likely: Lemire (2019) ACM TOMACS 29:3, on the upper 32 bits.
    std::uint32_t below(std::uint32_t bound) {
        std::uint64_t product = (next() >> 32) * bound;
        const std::uint32_t least = static_cast<std::uint32_t>(-bound) % bound;
        while (static_cast<std::uint32_t>(product) < least) product = (next() >> 32) * bound;
        return static_cast<std::uint32_t>(product >> 32);
    }

  private:
    static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
    std::uint64_t state_[4];
};

}  // namespace survmatch
