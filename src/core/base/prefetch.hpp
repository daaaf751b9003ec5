#pragma once

namespace survmatch {

// Asks the processor to fetch what a later step of a loop reads or writes at a place that it cannot foresee.
inline void prefetch(const void* address) {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    static_cast<void>(address);
#endif
}

}  // namespace survmatch
