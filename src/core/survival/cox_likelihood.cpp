#include "core/survival/cox_likelihood.hpp"

#include <algorithm>

#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_moments.hpp"
#include "core/survival/cox_products.hpp"
#include "core/survival/large_matrix.hpp"

namespace survmatch {

namespace {

// Up to so many covariates their pairs are carried along faster than they are multiplied in blocks.
constexpr Eigen::Index few_covariates = 5;

}  // namespace

LeavingRows::LeavingRows(const CoxData& data)
    : z(large_matrix(data.covariates(), static_cast<Eigen::Index>(data.by_start.size()))),
      weight(data.by_start.size()),
      offset(data.by_start.size()) {
    constexpr std::size_t look_ahead = 16;
    const auto p = static_cast<std::size_t>(data.covariates());
    for (std::size_t k = 0; k < data.by_start.size(); ++k) {
        if (k + look_ahead < data.by_start.size()) {
            const Index later = data.by_start[k + look_ahead];
            prefetch(data.z.data() + later * p);
            prefetch(&data.weight[later]);
            prefetch(&data.offset[later]);
        }
        const Index position = data.by_start[k];
        std::copy_n(data.z.data() + position * p, p, z.data() + k * p);
        weight[k] = data.weight[position];
        offset[k] = data.offset[position];
    }
}

PartialLikelihood::PartialLikelihood(const CoxData& data, Ties ties)
    : data_(data),
      ties_(ties),
      by_moments_(data.kept.empty() && (data.small() || data.covariates() <= few_covariates)),
      leaving_(by_moments_ ? LeavingRows(data) : LeavingRows()) {}

CoxLikelihood PartialLikelihood::at(const Eigen::VectorXd& beta) const {
    return by_moments_ ? cox_likelihood_by_moments(data_, leaving_, beta, ties_)
                       : cox_likelihood_by_products(data_, beta, ties_);
}

}  // namespace survmatch
