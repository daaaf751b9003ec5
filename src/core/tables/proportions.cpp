#include "core/tables/proportions.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"

namespace survmatch {

namespace {

double upper_normal(double level) {
    return boost::math::quantile(boost::math::normal(), 0.5 + level / 2.0);
}

double share(Count count) {
    return static_cast<double>(count.events) / static_cast<double>(count.n);
}

void check(Count count) {
    if (count.n == 0) throw InputError("A proportion needs at least one patient.");
    if (count.events > count.n) throw InputError("There are more events than patients.");
}

// The root of a decreasing function between two points, to the last bits of a proportion.
template <class F>
double root(F f, double low, double high) {
    for (int i = 0; i < 200 && high - low > 1e-15; ++i) {
        const double middle = low + (high - low) / 2.0;
        (f(middle) > 0.0 ? low : high) = middle;
    }
    return low + (high - low) / 2.0;
}

// Limits where a decreasing score statistic meets +z and -z.
template <class F>
Interval invert_score(F score, double estimate, double z) {
    const double lower = score(-1.0) > z ? root([&](double d) { return score(d) - z; }, -1.0, estimate) : -1.0;
    const double upper = score(1.0) < -z ? root([&](double d) { return score(d) + z; }, estimate, 1.0) : 1.0;
    return {estimate, lower, upper};
}

// Maximum likelihood of the control's proportion when the difference is fixed: the root of a cubic in closed form.
// Miettinen & Nurminen (1985), appendix; Farrington & Manning (1990) Statistics in Medicine 9:1447.
double restricted_control(Count treated, Count control, double difference) {
    const double n1 = static_cast<double>(treated.n), n0 = static_cast<double>(control.n), n = n1 + n0;
    const double x1 = static_cast<double>(treated.events), x0 = static_cast<double>(control.events);
    const double l2 = (n1 + 2.0 * n0) * difference - n - x1 - x0;
    const double l1 = (n0 * difference - n - 2.0 * x0) * difference + x1 + x0;
    const double l0 = x0 * difference * (1.0 - difference);
    const double third = l2 / (3.0 * n);
    const double q = third * third * third - l1 * l2 / (6.0 * n * n) + l0 / (2.0 * n);
    const double p = std::copysign(std::sqrt(std::max(0.0, third * third - l1 / (3.0 * n))), q);
    const double cosine = p == 0.0 ? 0.0 : std::clamp(q / (p * p * p), -1.0, 1.0);
    const double pi = std::acos(-1.0);
    const double root = 2.0 * p * std::cos((pi + std::acos(cosine)) / 3.0) - third;
    return std::clamp(root, std::max(0.0, -difference), std::min(1.0, 1.0 - difference));
}

double signed_infinity(double x) {
    return x == 0.0 ? 0.0 : std::copysign(std::numeric_limits<double>::infinity(), x);
}

}  // namespace

Interval clopper_pearson(Count count, double level) {
    check(count);
    const double alpha = 1.0 - level, x = static_cast<double>(count.events), n = static_cast<double>(count.n);
    const double lower = count.events == 0 ? 0.0 : boost::math::ibeta_inv(x, n - x + 1.0, alpha / 2.0);
    const double upper = count.events == count.n ? 1.0 : boost::math::ibeta_inv(x + 1.0, n - x, 1.0 - alpha / 2.0);
    return {share(count), lower, upper};
}

Interval wilson(Count count, double level) {
    check(count);
    const double z = upper_normal(level), n = static_cast<double>(count.n), p = share(count);
    const double centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    const double half = z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n)) / (1.0 + z * z / n);
    return {p, count.events == 0 ? 0.0 : centre - half, count.events == count.n ? 1.0 : centre + half};
}

Interval newcombe_difference(Count treated, Count control, double level) {
    const Interval a = wilson(treated, level), b = wilson(control, level);
    const double d = a.estimate - b.estimate;
    return {d, d - std::hypot(a.estimate - a.lower, b.upper - b.estimate),
            d + std::hypot(a.upper - a.estimate, b.estimate - b.lower)};
}

Interval miettinen_nurminen_difference(Count treated, Count control, double level) {
    check(treated);
    check(control);
    const double n1 = static_cast<double>(treated.n), n0 = static_cast<double>(control.n);
    const double estimate = share(treated) - share(control);
    const auto score = [&](double difference) {
        const double p0 = restricted_control(treated, control, difference), p1 = p0 + difference;
        const double variance = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1.0);
        const double distance = estimate - difference;
        return variance <= 0.0 ? signed_infinity(distance) : distance / std::sqrt(variance);
    };
    return invert_score(score, estimate, upper_normal(level));
}

Interval tango_difference(Discordant counts, double level) {
    if (counts.pairs == 0) throw InputError("A paired difference needs at least one pair.");
    const double n = static_cast<double>(counts.pairs);
    const double b = static_cast<double>(counts.treated_only), c = static_cast<double>(counts.control_only);
    const auto score = [&](double difference) {
        // Tango (1998), eqs 10-12: the restricted estimate of the control-only probability
        const double linear = -b - c + (2.0 * n - b + c) * difference;
        const double constant = -c * difference * (1.0 - difference);
        const double q = (std::sqrt(std::max(0.0, linear * linear - 8.0 * n * constant)) - linear) / (4.0 * n);
        const double variance = n * (2.0 * q + difference * (1.0 - difference));
        const double distance = b - c - n * difference;
        return variance <= 1e-300 ? signed_infinity(distance) : distance / std::sqrt(variance);
    };
    return invert_score(score, (b - c) / n, upper_normal(level));
}

double mcnemar_exact(Discordant counts) {
    const std::size_t discordant = counts.treated_only + counts.control_only;
    if (discordant == 0) return 1.0;
    const boost::math::binomial tail(static_cast<double>(discordant), 0.5);
    const auto fewer = static_cast<double>(std::min(counts.treated_only, counts.control_only));
    return std::min(1.0, 2.0 * boost::math::cdf(tail, fewer));
}

}  // namespace survmatch
