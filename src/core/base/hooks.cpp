#include "core/base/hooks.hpp"

namespace survmatch {

namespace {

class NoHooks final : public Hooks {
  public:
    void tick(std::size_t, std::size_t) override {}
};

}  // namespace

Hooks& no_hooks() {
    static NoHooks hooks;
    return hooks;
}

}  // namespace survmatch
