#include "core/survival/weighted_crossproduct.hpp"

#include <algorithm>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

constexpr Eigen::Index block_size = 256;

}  // namespace

WeightedCrossproduct::WeightedCrossproduct(Eigen::Index length)
    : sum_(Eigen::MatrixXd::Zero(length, length)),
      block_(length, block_size),
      weighted_(length, block_size),
      weights_(block_size) {}

double* WeightedCrossproduct::next(double weight) {
    if (filled_ == block_size) flush();
    weights_[filled_] = weight;
    return block_.data() + block_.rows() * filled_++;
}

void WeightedCrossproduct::flush() {
    if (filled_ > 0 && sum_.rows() > 0) {
        weighted_.leftCols(filled_) = block_.leftCols(filled_) * weights_.head(filled_).asDiagonal();
        sum_.triangularView<Eigen::Lower>() += weighted_.leftCols(filled_) * block_.leftCols(filled_).transpose();
    }
    filled_ = 0;
}

void WeightedCrossproduct::add(const Eigen::MatrixXd& columns, const Vector<double>& weights) {
    if (sum_.rows() == 0) return;
    for (Eigen::Index begin = 0; begin < columns.cols(); begin += block_size) {
        const Eigen::Index width = std::min(block_size, columns.cols() - begin);
        const Eigen::Map<const Eigen::VectorXd> w(weights.data() + begin, width);
        weighted_.leftCols(width) = columns.middleCols(begin, width) * w.asDiagonal();
        sum_.triangularView<Eigen::Lower>() += weighted_.leftCols(width) * columns.middleCols(begin, width).transpose();
    }
}

Eigen::MatrixXd WeightedCrossproduct::value() {
    flush();
    return sum_.selfadjointView<Eigen::Lower>();
}

}  // namespace survmatch
