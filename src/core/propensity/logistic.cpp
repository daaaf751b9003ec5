#include "core/propensity/logistic.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/compensated_sum.hpp"
#include "core/base/error.hpp"
#include "core/base/radix_order.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// stats::make.link("logit"): the odds are clamped at exp(+-30).
double odds(double eta) {
    return eta < -30.0 ? kEpsilon : eta > 30.0 ? 1.0 / kEpsilon : std::exp(eta);
}
double probability(double eta) {
    return odds(eta) / (1.0 + odds(eta));
}
double slope(double eta) {
    if (std::fabs(eta) > 30.0) return kEpsilon;
    const double one_and_odds = 1.0 + std::exp(eta);
    return std::exp(eta) / (one_and_odds * one_and_odds);
}
double unit_deviance(int y, double mu) {
    return -2.0 * (y == 1 ? std::log(mu) : std::log(1.0 - mu));
}

// The independent columns of the design as an orthonormal basis: x = q r on the kept columns. The weighted normal
// equations of q are as well conditioned as the weights, so that the coefficients keep the digits that a QR
// decomposition of x would give.
class Basis {
  public:
    // LINPACK's limited pivoting: a column is aliased when what is left of it after projecting out those kept before is
    // below tolerance times its length.
    Basis(const MatrixView& x, double tolerance) {
        const auto n = static_cast<Eigen::Index>(x.rows()), p = static_cast<Eigen::Index>(x.columns());
        q_.resize(n, p);
        r_ = Eigen::MatrixXd::Zero(p, p);
        for (std::size_t j = 0; j < x.columns(); ++j) {
            Eigen::VectorXd rest = Eigen::Map<const Eigen::VectorXd>(x.column(j).data(), n);
            const double length = rest.norm();
            const auto have = static_cast<Eigen::Index>(kept_.size());
            Eigen::VectorXd projected = Eigen::VectorXd::Zero(have);
            // twice: a second projection removes what rounding left of the first
            for (int pass = 0; pass < 2; ++pass) {
                const Eigen::VectorXd part = q_.leftCols(have).transpose() * rest;
                rest.noalias() -= q_.leftCols(have) * part;
                projected += part;
            }
            const double left = rest.norm();
            if (left <= (length == 0.0 ? 1.0 : length) * tolerance) continue;
            q_.col(have) = rest / left;
            r_.col(have).head(have) = projected;
            r_(have, have) = left;
            kept_.push_back(j);
        }
        const auto have = static_cast<Eigen::Index>(kept_.size());
        q_.conservativeResize(Eigen::NoChange, have);
        r_.conservativeResize(have, have);
    }

    const Vector<std::size_t>& kept() const { return kept_; }
    Eigen::VectorXd linear(const Eigen::VectorXd& beta) const { return q_ * beta; }

    // Weighted least squares of the target; keeps the factorisation for the covariance.
    Eigen::VectorXd solve(const Eigen::VectorXd& weight, const Eigen::VectorXd& target) {
        const Eigen::Index p = q_.cols(), n = q_.rows(), block = 4096;
        Eigen::MatrixXd cross = Eigen::MatrixXd::Zero(p, p);
        Eigen::VectorXd right = Eigen::VectorXd::Zero(p);
        for (Eigen::Index begin = 0; begin < n; begin += block) {
            const Eigen::Index count = std::min(block, n - begin);
            const auto here = q_.middleRows(begin, count);
            const Eigen::MatrixXd weighted = weight.segment(begin, count).asDiagonal() * here;
            cross.noalias() += here.transpose() * weighted;
            right.noalias() += weighted.transpose() * target.segment(begin, count);
        }
        factor_.compute(cross);
        return factor_.solve(right);
    }

    Eigen::VectorXd coefficients(const Eigen::VectorXd& beta) const {
        return r_.triangularView<Eigen::Upper>().solve(beta);
    }
    Eigen::MatrixXd covariance() const {
        const Eigen::Index p = r_.cols();
        Eigen::MatrixXd inverse(p, p), covariance(p, p);
        for (Eigen::Index j = 0; j < p; ++j) inverse.col(j) = coefficients(Eigen::VectorXd::Unit(p, j));
        for (Eigen::Index j = 0; j < p; ++j) {
            const Eigen::VectorXd row = inverse.row(j);
            const Eigen::VectorXd solved = factor_.solve(row);
            covariance.col(j).noalias() = inverse * solved;
        }
        return covariance;
    }

  private:
    Vector<std::size_t> kept_;
    Eigen::MatrixXd q_, r_;
    Eigen::LDLT<Eigen::MatrixXd> factor_;
};

double deviance(const Eigen::VectorXd& mu, Span<const int> y, Span<const double> weight) {
    CompensatedSum total;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double w = weight.empty() ? 1.0 : weight[i];
        if (w > 0.0) total += w * unit_deviance(y[i], mu[static_cast<Eigen::Index>(i)]);
    }
    return total.value();
}

double null_probability(Span<const int> y, Span<const double> weight) {
    double treated = 0.0, all = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double w = weight.empty() ? 1.0 : weight[i];
        all += w;
        treated += w * y[i];
    }
    return treated / all;
}

void store(LogisticFit& fit, const Basis& basis, const Eigen::VectorXd& beta, std::size_t p) {
    fit.coefficients.assign(p, 0.0);
    fit.aliased.assign(p, true);
    fit.covariance.assign(p * p, 0.0);
    const Eigen::VectorXd b = basis.coefficients(beta);
    const Eigen::MatrixXd covariance = basis.covariance();
    const Vector<std::size_t>& kept = basis.kept();
    for (std::size_t j = 0; j < kept.size(); ++j) {
        fit.coefficients[kept[j]] = b[static_cast<Eigen::Index>(j)];
        fit.aliased[kept[j]] = false;
        for (std::size_t k = 0; k < kept.size(); ++k) {
            fit.covariance[kept[k] * p + kept[j]] =
                covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k));
        }
    }
}

}  // namespace

LogisticFit fit_logistic(const MatrixView& x, Span<const int> y, Span<const double> weight, bool intercept,
                         const LogisticOptions& options, Hooks& hooks) {
    const std::size_t n = y.size();
    if (n == 0 || x.rows() != n) throw InputError("The score needs one row of covariates for each patient.");
    const auto rows = static_cast<Eigen::Index>(n);
    Basis basis(x, options.rank_tolerance);
    Eigen::VectorXd eta(rows), mu(rows), working(rows), target(rows), beta;
    for (Eigen::Index i = 0; i < rows; ++i) {
        const double w = weight.empty() ? 1.0 : weight[static_cast<std::size_t>(i)];
        // stats::binomial()$initialize
        const double start = (w * y[static_cast<std::size_t>(i)] + 0.5) / (w + 1.0);
        eta[i] = std::log(start / (1.0 - start));
        mu[i] = probability(eta[i]);
    }
    LogisticFit fit;
    fit.deviance = deviance(mu, y, weight);
    while (fit.iterations < options.max_iterations && !fit.converged) {
        hooks.tick(static_cast<std::size_t>(fit.iterations), static_cast<std::size_t>(options.max_iterations));
        for (Eigen::Index i = 0; i < rows; ++i) {
            const double w = weight.empty() ? 1.0 : weight[static_cast<std::size_t>(i)];
            const double d = slope(eta[i]);
            working[i] = w * d * d / (mu[i] * (1.0 - mu[i]));
            target[i] = eta[i] + (y[static_cast<std::size_t>(i)] - mu[i]) / d;
        }
        beta = basis.solve(working, target);
        eta = basis.linear(beta);
        for (Eigen::Index i = 0; i < rows; ++i) mu[i] = probability(eta[i]);
        const double before = fit.deviance;
        fit.deviance = deviance(mu, y, weight);
        ++fit.iterations;
        fit.converged = std::fabs(fit.deviance - before) / (std::fabs(fit.deviance) + 0.1) < options.epsilon;
    }
    store(fit, basis, beta, x.columns());
    fit.linear.assign(eta.data(), eta.data() + rows);
    fit.fitted.assign(mu.data(), mu.data() + rows);
    for (const double m : fit.fitted) fit.on_the_boundary += m > 1.0 - 10.0 * kEpsilon || m < 10.0 * kEpsilon;
    fit.null_deviance =
        deviance(Eigen::VectorXd::Constant(rows, intercept ? null_probability(y, weight) : 0.5), y, weight);
    return fit;
}

double c_statistic(Span<const double> score, Span<const int> y) {
    const Vector<Index> order = radix_order(score);
    double below = 0.0, concordant = 0.0, treated = 0.0;
    for (std::size_t i = 0; i < order.size();) {
        double here[2] = {0.0, 0.0};
        const double value = score[order[i]];
        for (; i < order.size() && score[order[i]] == value; ++i) here[y[order[i]] == 1] += 1.0;
        concordant += here[1] * (below + 0.5 * here[0]);
        below += here[0];
        treated += here[1];
    }
    return concordant / (treated * below);
}

}  // namespace survmatch
