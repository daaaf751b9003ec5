#include "core/survival/cox_exact.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_newton.hpp"
#include "core/survival/cox_risk.hpp"

namespace survmatch {

namespace {

// For m = 0 .. size: the sum over subsets of m members of the product of their risks, and its first and second
// derivatives. A member of risk r extends them by B(m) += r B(m - 1): Gail, Lubin & Rubinstein (1981) Biometrika
// 68:703. All risks are multiplied by one factor so that the sums stay near 1.
class SubsetSums {
  public:
    SubsetSums(std::size_t covariates, std::size_t largest)
        : p_(covariates), pairs_(p_ * (p_ + 1) / 2), largest_(largest) {
        clear();
    }

    void clear() {
        sum_.assign(largest_ + 1, 0.0);
        sum_[0] = 1.0;
        first_.assign((largest_ + 1) * p_, 0.0);
        second_.assign((largest_ + 1) * pairs_, 0.0);
    }

    void add(double risk, const double* z) {
        for (std::size_t m = largest_; m > 0; --m) {
            const double below = sum_[m - 1];
            const double* first_below = &first_[(m - 1) * p_];
            double* second = &second_[m * pairs_];
            const double* second_below = &second_[(m - 1) * pairs_];
            for (std::size_t j = 0, jk = 0; j < p_; ++j) {
                for (std::size_t k = 0; k <= j; ++k, ++jk) {
                    second[jk] +=
                        risk * (z[j] * z[k] * below + z[j] * first_below[k] + z[k] * first_below[j] + second_below[jk]);
                }
            }
            for (std::size_t j = 0; j < p_; ++j) first_[m * p_ + j] += risk * (z[j] * below + first_below[j]);
            sum_[m] += risk * below;
        }
    }

    double sum(std::size_t m) const { return sum_[m]; }
    double mean(std::size_t m, std::size_t j) const { return first_[m * p_ + j] / sum_[m]; }
    double second_moment(std::size_t m, std::size_t j, std::size_t k) const {
        return second_[m * pairs_ + j * (j + 1) / 2 + k] / sum_[m];
    }

  private:
    std::size_t p_, pairs_, largest_;
    Vector<double> sum_, first_, second_;
};

void add_factor(const SubsetSums& subsets, std::size_t deaths, double factor, CoxLikelihood& result) {
    result.loglik -= std::log(subsets.sum(deaths)) - static_cast<double>(deaths) * std::log(factor);
    for (Eigen::Index j = 0; j < result.score.size(); ++j) {
        const double mean = subsets.mean(deaths, static_cast<std::size_t>(j));
        result.score[j] -= mean;
        for (Eigen::Index k = 0; k <= j; ++k) {
            const double moment =
                subsets.second_moment(deaths, static_cast<std::size_t>(j), static_cast<std::size_t>(k));
            result.information(j, k) += moment - mean * subsets.mean(deaths, static_cast<std::size_t>(k));
        }
    }
}

const double* covariates_of(const CoxData& data, std::size_t position) {
    return data.covariates() == 0 ? nullptr : &data.z(0, static_cast<Eigen::Index>(position));
}

void right_censored_stratum(const CoxData& data, const Stratum& stratum, const Vector<double>& risk,
                            CoxLikelihood& result) {
    std::size_t largest = 1;
    for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e)
        largest = std::max<std::size_t>(largest, data.events[e].deaths);
    double total = 0.0;
    for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) total += risk[k];
    const double factor = static_cast<double>(largest) / total;

    SubsetSums subsets(static_cast<std::size_t>(data.covariates()), largest);
    for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
        const EventTime& event = data.events[e];
        for (std::size_t k = event.add_begin; k < event.add_end; ++k)
            subsets.add(factor * risk[k], covariates_of(data, k));
        add_factor(subsets, event.deaths, factor, result);
    }
}

// Members also leave, so the sums are made anew at each event time.
void counting_stratum(const CoxData& data, const Stratum& stratum, const Vector<double>& risk, CoxLikelihood& result) {
    for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
        const EventTime& event = data.events[e];
        double total = 0.0;
        for (std::size_t k = stratum.row_begin; k < event.add_end; ++k) {
            if (data.start[k] < event.time) total += risk[k];
        }
        const double factor = static_cast<double>(event.deaths) / total;
        SubsetSums subsets(static_cast<std::size_t>(data.covariates()), event.deaths);
        for (std::size_t k = stratum.row_begin; k < event.add_end; ++k) {
            if (data.start[k] < event.time) subsets.add(factor * risk[k], covariates_of(data, k));
        }
        add_factor(subsets, event.deaths, factor, result);
    }
}

}  // namespace

CoxLikelihood cox_exact_likelihood(const CoxData& data, const Eigen::VectorXd& beta) {
    const RiskScores scores = risk_scores(data, beta);
    CoxLikelihood result;
    result.score = Eigen::VectorXd::Zero(data.covariates());
    result.information = Eigen::MatrixXd::Zero(data.covariates(), data.covariates());
    for (std::size_t k = 0; k < data.size(); ++k) {
        if (!data.event[k]) continue;
        result.loglik += scores.predictor[k];
        result.score += data.z.col(static_cast<Eigen::Index>(k));
    }
    for (const Stratum& stratum : data.strata) {
        if (data.counting()) {
            counting_stratum(data, stratum, scores.risk, result);
        } else {
            right_censored_stratum(data, stratum, scores.risk, result);
        }
    }
    result.information = Eigen::MatrixXd(result.information.selfadjointView<Eigen::Lower>());
    return result;
}

CoxFit fit_cox_exact(const CoxData& data, const Eigen::VectorXd& start, const CoxOptions& options, Hooks& hooks) {
    if (start.size() != data.covariates()) throw InputError("one starting value a covariate is needed");
    const auto likelihood = [&](const Eigen::VectorXd& beta) {
        hooks.tick(0, 0);
        return cox_exact_likelihood(data, beta);
    };
    return newton_halving(likelihood, start, options);
}

}  // namespace survmatch
