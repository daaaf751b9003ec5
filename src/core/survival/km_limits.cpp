#include "core/survival/km_limits.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace survmatch {

namespace {

constexpr double half_pi = 1.57079632679489661923;

struct Pair {
    double lower;
    double upper;
};

double not_below_zero(double x) {
    return std::isnan(x) || x > 0.0 ? x : 0.0;
}
double not_above(double x, double most) {
    return std::isnan(x) || x < most ? x : most;
}

// `error` is that of log p; `stretch` is the ratio of the lower limit's error to it.
Pair plain_limits(double p, double error, double stretch, double z) {
    const double width = error * p * z;
    return {not_below_zero(p - width * stretch), not_above(p + width, 1.0)};
}

Pair log_limits(double p, double error, double stretch, double z) {
    const double width = z * error;
    return {std::exp(std::log(p) - width * stretch), not_above(std::exp(std::log(p) + width), 1.0)};
}

Pair log_log_limits(double p, double error, double stretch, double z) {
    const double width = z * error / std::log(p), centre = std::log(-std::log(p));
    return {std::exp(-std::exp(centre - width * stretch)), std::exp(-std::exp(centre + width))};
}

Pair logit_limits(double p, double error, double stretch, double z) {
    const double width = z * error * (1.0 + p / (1.0 - p)), centre = std::log(p / (1.0 - p));
    return {1.0 - 1.0 / (1.0 + std::exp(centre - width * stretch)), 1.0 - 1.0 / (1.0 + std::exp(centre + width))};
}

Pair arcsin_limits(double p, double error, double stretch, double z) {
    const double width = 0.5 * z * error * std::sqrt(p / (1.0 - p)), centre = std::asin(std::sqrt(p));
    const double low = std::sin(not_below_zero(centre - width * stretch));
    const double high = std::sin(not_above(centre + width, half_pi));
    return {low * low, high * high};
}

Pair limits_of(double p, double error, double stretch, const LimitOptions& options) {
    const double z = options.quantile;
    const Pair missing{options.missing, options.missing};
    if (options.scale == LimitScale::plain) return plain_limits(p, error, stretch, z);
    if (options.scale == LimitScale::arcsin) return p == 0.0 ? missing : arcsin_limits(p, error, stretch, z);
    if (error == 0.0) return {p, p};
    if (std::isnan(error) || p == 0.0) return missing;
    if (options.scale == LimitScale::log) return log_limits(p, error, stretch, z);
    if (options.scale == LimitScale::logit) return logit_limits(p, error, stretch, z);
    return p == 1.0 ? missing : log_log_limits(p, error, stretch, z);
}

}  // namespace

LimitScale limit_scale(const std::string& name) {
    if (name == "plain") return LimitScale::plain;
    if (name == "log") return LimitScale::log;
    if (name == "log-log") return LimitScale::log_log;
    if (name == "logit") return LimitScale::logit;
    if (name == "arcsin") return LimitScale::arcsin;
    throw InputError("The scale of a confidence interval is unknown: " + name + ".");
}

void confidence_limits(Span<const double> p, Span<const double> error, Span<const double> lower_error,
                       const LimitOptions& options, Span<double> lower, Span<double> upper) {
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double se = error[i];
        const double stretch = lower_error.empty() || lower_error[i] == 0.0 ? 1.0 : lower_error[i] / se;
        const double log_error = options.error_of_log || se == 0.0 ? se : se / p[i];
        const Pair limits = limits_of(p[i], log_error, stretch, options);
        lower[i] = limits.lower;
        upper[i] = limits.upper;
    }
}

}  // namespace survmatch
