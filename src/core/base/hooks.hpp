#pragma once

#include <cstddef>

namespace survmatch {

// How long computations report progress and learn that the user wants to stop, without knowing who listens.
class Hooks {
  public:
    virtual ~Hooks() = default;
    // Called now and then with work done so far and in all; throws Interrupted when the user asked to stop.
    virtual void tick(std::size_t done, std::size_t total) = 0;
};

// Listens to nothing.
Hooks& no_hooks();

}  // namespace survmatch
