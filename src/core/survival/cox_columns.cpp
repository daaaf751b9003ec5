#include "core/survival/cox_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/vector.hpp"
#include "core/survival/large_matrix.hpp"

namespace survmatch {

namespace {

double weight_of(const CoxInput& input, std::size_t i) {
    return input.weight.empty() ? 1.0 : input.weight[i];
}

// The rows that count for the scale: in sorted order when there are few, else as they lie in memory.
class ScaleRows {
  public:
    ScaleRows(const CoxData& data, const Vector<Index>& increasing) : size_(increasing.size()) {
        if (data.small()) {
            rows_ = data.counting() ? data.row : increasing;
        } else if (data.counting()) {
            Vector<bool> counts(data.input_rows, false);
            for (const Index i : data.row) counts[i] = true;
            for (std::size_t i = 0; i < counts.size(); ++i) {
                if (counts[i]) rows_.push_back(static_cast<Index>(i));
            }
        }
        if (data.small() || data.counting()) size_ = rows_.size();
    }
    std::size_t size() const { return size_; }
    std::size_t operator[](std::size_t k) const { return rows_.empty() ? k : rows_[k]; }

  private:
    std::size_t size_;
    Vector<Index> rows_;  // empty: all
};

// Mean and the factor that brings the mean absolute deviation to 1. Right-censored data: around the weighted mean of
// all rows; (start, stop]: around the first row of the risk sets, over the rows that are in one. The two formulas, and
// the order of the sums, are survival's: the scale decides which column counts as redundant.
void find_scale(const CoxInput& input, const Vector<Index>& increasing, CoxData& data) {
    const auto p = static_cast<Eigen::Index>(input.x.columns());
    data.scale = Eigen::VectorXd::Ones(p);
    data.means = Eigen::VectorXd::Zero(p);
    if (std::all_of(input.centred.begin(), input.centred.end(), [](int centred) { return centred == 0; })) return;
    const ScaleRows rows(data, increasing);
    double total = 0.0;
    for (std::size_t k = 0; k < rows.size(); ++k) total += weight_of(input, rows[k]);
    for (Eigen::Index j = 0; j < p && rows.size() > 0; ++j) {
        if (input.centred[static_cast<std::size_t>(j)] == 0) continue;
        const Span<const double> x = input.x.column(static_cast<std::size_t>(j));
        double centre = 0.0;
        if (data.counting()) {
            centre = weight_of(input, data.row[0]) * x[data.row[0]] / weight_of(input, data.row[0]);
        } else {
            for (std::size_t k = 0; k < rows.size(); ++k) centre += weight_of(input, rows[k]) * x[rows[k]];
            centre /= total;
        }
        double deviation = 0.0;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            deviation += weight_of(input, rows[k]) * std::fabs(x[rows[k]] - centre);
        }
        data.means[j] = centre;
        if (deviation > 0.0) data.scale[j] = total / deviation;
    }
}

// The covariates, a block of input rows at a time: they are read as they lie in memory, and each row is written whole.
void copy_covariates(const CoxInput& input, CoxData& data) {
    if (input.x.columns() == 1) {
        const Span<const double> x = input.x.column(0);
        for (std::size_t k = 0; k < data.size(); ++k) data.z.data()[k] = x[data.row[k]];
        return;
    }
    constexpr std::size_t block = 512;
    constexpr Index absent = std::numeric_limits<Index>::max();
    Vector<Index> position(data.input_rows, absent);
    for (std::size_t k = 0; k < data.size(); ++k) position[data.row[k]] = static_cast<Index>(k);
    for (std::size_t begin = 0; begin < data.input_rows; begin += block) {
        const std::size_t end = std::min(begin + block, data.input_rows);
        for (std::size_t j = 0; j < input.x.columns(); ++j) {
            const Span<const double> x = input.x.column(j);
            for (std::size_t i = begin; i < end; ++i) {
                if (position[i] != absent) data.z(static_cast<Eigen::Index>(j), position[i]) = x[i];
            }
        }
    }
}

// The centre of each column in a stratum: first value + mean of the differences from it, so that a column which is
// constant there becomes exactly 0. Columns that keep their origin (0/1 coded) keep it here too unless they are
// constant: when a group has no events its risk goes to 0, and the information, a sum over that group alone, keeps its
// digits.
class StratumCentre {
  public:
    StratumCentre(const CoxInput& input, const CoxData& data)
        : input_(input), data_(data), difference_(data.covariates()), constant_(input.x.columns()) {}

    void find(const Stratum& stratum, Eigen::VectorXd& centre) {
        const auto first = data_.z.col(static_cast<Eigen::Index>(stratum.row_begin));
        difference_.setZero();
        std::fill(constant_.begin(), constant_.end(), 1);
        double total = 0.0;
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            const double* z = &data_.z(0, static_cast<Eigen::Index>(k));
            for (std::size_t j = 0; j < constant_.size(); ++j) {
                const double off = z[j] - first[static_cast<Eigen::Index>(j)];
                constant_[j] &= off == 0.0;
                difference_[static_cast<Eigen::Index>(j)] += data_.weight[k] * off;
            }
            total += data_.weight[k];
        }
        for (std::size_t j = 0; j < constant_.size(); ++j) {
            const auto at = static_cast<Eigen::Index>(j);
            const bool centred = input_.centred[j] != 0;
            centre[at] = constant_[j] ? first[at] : centred ? first[at] + difference_[at] / total : 0.0;
        }
    }

  private:
    const CoxInput& input_;
    const CoxData& data_;
    Eigen::VectorXd difference_;
    Vector<unsigned char> constant_;
};

// Small data are centred as a whole. Large ones in each stratum, so that what varies only between strata does not have
// to cancel in sums over all rows.
void gather_covariates(const CoxInput& input, CoxData& data) {
    const auto p = static_cast<Eigen::Index>(input.x.columns());
    data.z = large_matrix(p, static_cast<Eigen::Index>(data.size()));
    data.largest = Eigen::VectorXd::Zero(p);
    if (p == 0) return;
    copy_covariates(input, data);
    Eigen::VectorXd centre = data.means;
    StratumCentre centres(input, data);
    for (const Stratum& stratum : data.strata) {
        if (!data.small()) centres.find(stratum, centre);
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            auto z = data.z.col(static_cast<Eigen::Index>(k));
            z = (z - centre).cwiseProduct(data.scale);
            data.largest = data.largest.cwiseMax(z.cwiseAbs());
        }
    }
}

}  // namespace

void gather_cox_columns(const CoxInput& input, const Vector<Index>& increasing, CoxData& data) {
    find_scale(input, increasing, data);
    gather_covariates(input, data);
}

}  // namespace survmatch
