#include "core/survival/cox_moments.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/compensated_sum.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_risk.hpp"

namespace survmatch {

namespace {

// A number of covariates that is known only at run time.
constexpr std::size_t any = static_cast<std::size_t>(-1);

constexpr std::size_t pairs_of(std::size_t p) {
    return p * (p + 1) / 2;
}
// Of 1, z and the lower triangle of z z', one after the other.
constexpr std::size_t moments_of(std::size_t p) {
    return 1 + p + pairs_of(p);
}

template <std::size_t Size>
class Numbers : public std::array<double, Size> {
  public:
    explicit Numbers(std::size_t) : std::array<double, Size>() {}
};
template <>
class Numbers<any> : public Vector<double> {
  public:
    explicit Numbers(std::size_t size) : Vector<double>(size) {}
};
template <std::size_t P>
using ByCovariate = Numbers<P>;
template <std::size_t P>
using ByPair = Numbers<P == any ? any : pairs_of(P)>;
template <std::size_t P>
using ByMoment = Numbers<P == any ? any : moments_of(P)>;

// Sums over a set of rows of risk, risk z and risk z z'; with what each addition lost where they are compensated
// (compensated_sum.hpp).
template <std::size_t P, bool compensated>
class Moments {
  public:
    explicit Moments(std::size_t p) : p_(p), sum_(moments_of(p)), lost_(moments_of(p)) {}

    void clear() {
        std::fill(sum_.begin(), sum_.end(), 0.0);
        std::fill(lost_.begin(), lost_.end(), 0.0);
    }
    void add(double risk, const double* z) {
        const std::size_t p = P == any ? p_ : P;
        put(0, risk);
        for (std::size_t j = 0, jk = p + 1; j < p; ++j) {
            const double part = risk * z[j];
            put(j + 1, part);
            for (std::size_t k = 0; k <= j; ++k, ++jk) put(jk, part * z[k]);
        }
    }
    void add_part(const Moments& other, double parts) {
        for (std::size_t i = 0; i < sum_.size(); ++i) put(i, other[i] / parts);
    }
    double operator[](std::size_t i) const { return compensated ? sum_[i] + lost_[i] : sum_[i]; }

  private:
    void put(std::size_t i, double term) {
        const double total = sum_[i] + term;
        if constexpr (compensated) lost_[i] += rounding_error(sum_[i], term, total);
        sum_[i] = total;
    }

    std::size_t p_;
    ByMoment<P> sum_, lost_;
};

// One pass over the rows, from the last event time of each stratum to the first.
template <std::size_t P, bool compensated>
class MomentPass {
  public:
    MomentPass(const CoxData& data, const LeavingRows& leaving, const Eigen::VectorXd& beta, Ties ties)
        : data_(data),
          leaving_(leaving),
          risks_(data, beta),
          efron_(ties == Ties::efron),
          given_p_(static_cast<std::size_t>(data.covariates())),
          at_risk_(p()),
          deaths_(p()),
          score_(p()),
          information_(pairs_of(p())) {}

    CoxLikelihood run() {
        for (const Stratum& stratum : data_.strata) {
            at_risk_.clear();
            members_ = 0;
            for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) visit(data_.events[e]);
        }
        return result();
    }

  private:
    std::size_t p() const { return P == any ? given_p_ : P; }

    void visit(const EventTime& event) {
        for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) leave(k);
        const bool share = efron_ && event.deaths > 1;
        if (share) deaths_.clear();
        for (std::size_t k = event.add_begin; k < event.add_end; ++k) enter(k, share);
        members_ += event.add_end - event.add_begin;
        if (!share) return add_factor(event.death_weight);
        // After the last factor all deaths are members of the risk sets of earlier times.
        const double parts = static_cast<double>(event.deaths);
        for (std::size_t part = 0; part < event.deaths; ++part) {
            at_risk_.add_part(deaths_, parts);
            add_factor(event.death_weight / parts);
        }
    }

    const double* covariates(std::size_t k) const { return data_.z.data() + k * p(); }

    // Entry `k` of by_start.
    void leave(std::size_t k) {
        const double* z = leaving_.z.data() + k * p();
        const RowRisk row = risks_.at(data_.by_start[k], z, p(), leaving_.offset[k], leaving_.weight[k]);
        at_risk_.add(-row.risk, z);
        if (--members_ == 0) at_risk_.clear();
    }

    void enter(std::size_t k, bool deaths_apart) {
        const double* z = covariates(k);
        const RowRisk row = risks_.at(k, z, p(), data_.offset[k], data_.weight[k]);
        if (!data_.event[k]) return at_risk_.add(row.risk, z);
        loglik_ += data_.weight[k] * row.predictor;
        for (std::size_t j = 0; j < p(); ++j) score_[j] += data_.weight[k] * z[j];
        (deaths_apart ? deaths_ : at_risk_).add(row.risk, z);
    }

    void add_factor(double weight) {
        const double risk = at_risk_[0];
        const double each = weight / risk;
        loglik_ -= weight * std::log(risk);
        for (std::size_t j = 0, jk = 0; j < p(); ++j) {
            const double mean = at_risk_[j + 1] / risk;
            score_[j] -= weight * mean;
            for (std::size_t k = 0; k <= j; ++k, ++jk) {
                information_[jk] += each * (at_risk_[p() + 1 + jk] - mean * at_risk_[k + 1]);
            }
        }
    }

    CoxLikelihood result() const {
        const auto size = static_cast<Eigen::Index>(p());
        CoxLikelihood result{loglik_, Eigen::Map<const Eigen::VectorXd>(score_.data(), size),
                             Eigen::MatrixXd(size, size)};
        for (Eigen::Index j = 0, jk = 0; j < size; ++j) {
            for (Eigen::Index k = 0; k <= j; ++k, ++jk) {
                const double value = information_[static_cast<std::size_t>(jk)];
                result.information(j, k) = result.information(k, j) = value;
            }
        }
        return result;
    }

    const CoxData& data_;
    const LeavingRows& leaving_;
    const RowRisks risks_;
    const bool efron_;
    const std::size_t given_p_;
    Moments<P, compensated> at_risk_, deaths_;
    std::size_t members_ = 0;
    double loglik_ = 0.0;
    ByCovariate<P> score_;
    ByPair<P> information_;
};

template <std::size_t P>
CoxLikelihood one_pass(const CoxData& data, const LeavingRows& leaving, const Eigen::VectorXd& beta, Ties ties) {
    // Sums that shrink again are compensated where they are long.
    if (data.counting() && !data.small()) return MomentPass<P, true>(data, leaving, beta, ties).run();
    return MomentPass<P, false>(data, leaving, beta, ties).run();
}

}  // namespace

CoxLikelihood cox_likelihood_by_moments(const CoxData& data, const LeavingRows& leaving, const Eigen::VectorXd& beta,
                                        Ties ties) {
    switch (data.covariates()) {
        case 1:
            return one_pass<1>(data, leaving, beta, ties);
        case 2:
            return one_pass<2>(data, leaving, beta, ties);
        case 3:
            return one_pass<3>(data, leaving, beta, ties);
        case 4:
            return one_pass<4>(data, leaving, beta, ties);
        case 5:
            return one_pass<5>(data, leaving, beta, ties);
        default:
            return one_pass<any>(data, leaving, beta, ties);
    }
}

}  // namespace survmatch
