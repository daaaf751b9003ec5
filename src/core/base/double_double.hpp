#pragma once

#include <cmath>

namespace survmatch {

// A number as the unevaluated sum of two doubles, about 32 digits: sums of squares that are expanded into moments
// and cancel stay exact to double precision. Dekker (1971) Numer. Math. 18:224.
struct DoubleDouble {
    double high = 0.0;
    double low = 0.0;

    DoubleDouble() = default;
    DoubleDouble(double value) : high(value) {}
    DoubleDouble(double h, double l) : high(h), low(l) {}

    double value() const { return high + low; }
    DoubleDouble operator-() const { return {-high, -low}; }
};

namespace detail {

inline DoubleDouble quick_sum(double a, double b) {
    const double s = a + b;
    return {s, b - (s - a)};
}

inline DoubleDouble exact_sum(double a, double b) {
    const double s = a + b;
    const double v = s - a;
    return {s, (a - (s - v)) + (b - v)};
}

inline DoubleDouble halves(double a) {
    const double t = 134217729.0 * a;  // 2^27 + 1
    const double high = t - (t - a);
    return {high, a - high};
}

inline DoubleDouble exact_product(double a, double b) {
    const double p = a * b;
    const DoubleDouble x = halves(a), y = halves(b);
    return {p, ((x.high * y.high - p) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

}  // namespace detail

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
    const DoubleDouble s = detail::exact_sum(a.high, b.high);
    return detail::quick_sum(s.high, s.low + a.low + b.low);
}
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) {
    return a + (-b);
}
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
    const DoubleDouble p = detail::exact_product(a.high, b.high);
    return detail::quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble& operator+=(DoubleDouble& a, const DoubleDouble& b) {
    return a = a + b;
}
inline DoubleDouble& operator-=(DoubleDouble& a, const DoubleDouble& b) {
    return a = a - b;
}

}  // namespace survmatch
