#pragma once

#include <stdexcept>

namespace survmatch {

// Input that the core refuses. The sentence says what was required and what was found; it reaches the R user as it is.
class InputError : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

// The user asked to stop (Ctrl-C). Unwinds the core; the glue turns it into R's interrupt.
class Interrupted : public std::runtime_error {
  public:
    Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace survmatch
