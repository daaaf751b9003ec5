#include <cli/progress.h>

#include "glue.h"

namespace survmatch::glue {

namespace {

constexpr double steps = 1000.0;

}  // namespace

void RHooks::tick(std::size_t done, std::size_t total) {
    Rcpp::checkUserInterrupt();
    if (bar_ == nullptr) {
        if (std::chrono::steady_clock::now() - start_ < std::chrono::seconds(2)) return;
        bar_ = cli_progress_bar(steps, R_NilValue);
        R_PreserveObject(bar_);
    }
    if (total > 0 && CLI_SHOULD_TICK)
        cli_progress_set(bar_, steps * static_cast<double>(done) / static_cast<double>(total));
}

RHooks::~RHooks() {
    if (bar_ == nullptr) return;
    cli_progress_done(bar_);
    R_ReleaseObject(bar_);
}

}  // namespace survmatch::glue
