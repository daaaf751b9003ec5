#pragma once

#include <string>

#include "core/base/span.hpp"

namespace survmatch {

// The scale on which a confidence interval of a probability is symmetric.
enum class LimitScale { plain, log, log_log, logit, arcsin };

LimitScale limit_scale(const std::string& name);

struct LimitOptions {
    LimitScale scale = LimitScale::log;
    double quantile = 1.959963984540054;  // of the standard normal
    bool error_of_log = true;             // the errors are of log p, not of p
    double missing = 0.0;                 // the value of a limit that does not exist
};

// Pointwise limits of probabilities `p` with errors `error`. `lower_error`, when given, is the error of the lower
// limit.
void confidence_limits(Span<const double> p, Span<const double> error, Span<const double> lower_error,
                       const LimitOptions& options, Span<double> lower, Span<double> upper);

}  // namespace survmatch
