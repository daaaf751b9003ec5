#pragma once

#include <cmath>
#include <cstddef>

#include "core/base/span.hpp"

namespace survmatch {

// Codes that a pair may not share, units by variables, column-major.
struct CodeTable {
    Span<const int> codes;
    std::size_t rows = 0;
    std::size_t columns() const { return rows == 0 ? 0 : codes.size() / rows; }
    int operator()(std::size_t row, std::size_t column) const { return codes[column * rows + row]; }
};

// Which pairs are allowed apart from strata and the caliper on the score. A caliper width c >= 0 allows differences
// up to c; c < 0 asks for differences above -c.
struct PairRule {
    CodeTable antiexact;
    MatrixView covariates;      // units by covariates with a caliper
    Span<const double> widths;  // one a covariate

    bool empty() const { return antiexact.columns() == 0 && widths.empty(); }

    bool accepts(std::size_t i, std::size_t j) const {
        for (std::size_t k = 0; k < antiexact.columns(); ++k) {
            if (antiexact(i, k) == antiexact(j, k)) return false;
        }
        for (std::size_t k = 0; k < widths.size(); ++k) {
            if (!within(std::fabs(covariates(i, k) - covariates(j, k)), widths[k])) return false;
        }
        return true;
    }

    static bool within(double difference, double width) {
        return width >= 0 ? !(difference > width) : !(difference <= -width);
    }
};

}  // namespace survmatch
