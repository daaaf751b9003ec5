#include "core/survival/firth.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_cholesky.hpp"
#include "core/survival/cox_risk.hpp"

namespace survmatch {

namespace {

// Sums over a set of rows of r, r z, r z z', r s and r s z, where s = z' A z.
struct CubicMoments {
    explicit CubicMoments(Eigen::Index p)
        : first(Eigen::VectorXd::Zero(p)), second(Eigen::MatrixXd::Zero(p, p)), form_first(Eigen::VectorXd::Zero(p)) {}

    void clear() { *this = CubicMoments(first.size()); }
    void add(double r, const Eigen::VectorXd& z, double s) {
        risk += r;
        first += r * z;
        second.selfadjointView<Eigen::Lower>().rankUpdate(z, r);
        form += r * s;
        form_first += r * s * z;
    }
    void add(const CubicMoments& other, double share) {
        risk += share * other.risk;
        first += share * other.first;
        second += share * other.second;
        form += share * other.form;
        form_first += share * other.form_first;
    }

    double risk = 0.0;
    Eigen::VectorXd first;
    Eigen::MatrixXd second;  // lower triangle
    double form = 0.0;
    Eigen::VectorXd form_first;
};

// sum_ab A_ab E[(z - m)_a (z - m)_b (z - m)]: the derivative of the covariance of one factor, contracted with A.
Eigen::VectorXd contracted_third_moment(const CubicMoments& at_risk, const Eigen::MatrixXd& a) {
    const Eigen::VectorXd mean = at_risk.first / at_risk.risk;
    const Eigen::VectorXd a_mean = a * mean;
    const Eigen::MatrixXd second = at_risk.second.selfadjointView<Eigen::Lower>();
    const Eigen::VectorXd second_a_mean = second * a_mean / at_risk.risk;
    const Eigen::VectorXd covariance_a_mean = second_a_mean - mean * mean.dot(a_mean);
    return (at_risk.form_first - at_risk.form * mean) / at_risk.risk - 2.0 * covariance_a_mean;
}

// Half the trace of A times the derivative of the information, for each coefficient.
Eigen::VectorXd penalty_score(const CoxData& data, const Eigen::VectorXd& beta, Ties ties, const Eigen::MatrixXd& a) {
    const RiskScores scores = risk_scores(data, beta);
    Eigen::VectorXd result = Eigen::VectorXd::Zero(beta.size());
    const auto add = [&](CubicMoments& moments, std::size_t k, double sign) {
        const Eigen::VectorXd z = data.z.col(static_cast<Eigen::Index>(k));
        moments.add(sign * scores.risk[k], z, z.dot(a * z));
    };
    CubicMoments at_risk(beta.size());
    CubicMoments deaths(beta.size());
    Vector<TieTerm> terms;
    for (const Stratum& stratum : data.strata) {
        at_risk.clear();
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            const EventTime& event = data.events[e];
            deaths.clear();
            for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) add(at_risk, data.by_start[k], -1.0);
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) add(data.event[k] ? deaths : at_risk, k, 1.0);
            tie_terms(ties, {event.deaths, event.death_weight, deaths.risk, at_risk.risk}, terms);
            const double part = 1.0 / static_cast<double>(terms.size());
            for (const TieTerm& term : terms) {
                at_risk.add(deaths, part);
                result += 0.5 * term.weight * contracted_third_moment(at_risk, a);
            }
        }
    }
    return result;
}

double log_determinant(const Eigen::MatrixXd& information, const RankCholesky& cholesky) {
    double sum = 0.0;
    for (Eigen::Index j = 0; j < information.rows(); ++j) {
        if (cholesky.kept(j)) sum += std::log(cholesky.pivot(j));
    }
    return sum;
}

constexpr double longest_step = 2.0;

// Newton's step with the information of the free coefficients, none longer than `longest_step`.
Eigen::VectorXd free_step(const FirthLikelihood& at, const Vector<bool>& free, double rank_tolerance) {
    Vector<Eigen::Index> index;
    for (std::size_t j = 0; j < free.size(); ++j) {
        if (free[j]) index.push_back(static_cast<Eigen::Index>(j));
    }
    const auto size = static_cast<Eigen::Index>(index.size());
    Eigen::MatrixXd information(size, size);
    Eigen::VectorXd score(size);
    for (Eigen::Index i = 0; i < size; ++i) {
        score[i] = at.score[index[static_cast<std::size_t>(i)]];
        for (Eigen::Index j = 0; j < size; ++j) {
            information(i, j) = at.information(index[static_cast<std::size_t>(i)], index[static_cast<std::size_t>(j)]);
        }
    }
    Eigen::VectorXd step = RankCholesky(information, rank_tolerance).solve(score);
    const double longest = size == 0 ? 0.0 : step.cwiseAbs().maxCoeff();
    if (longest > longest_step) step *= longest_step / longest;
    Eigen::VectorXd result = Eigen::VectorXd::Zero(at.score.size());
    for (Eigen::Index i = 0; i < size; ++i) result[index[static_cast<std::size_t>(i)]] = step[i];
    return result;
}

}  // namespace

// Firth (1993) Biometrika 80:27; for the Cox model Heinze & Schemper (2001) Biometrics 57:114, eq. 4.
FirthLikelihood firth_likelihood(const CoxData& data, const PartialLikelihood& partial, const Eigen::VectorXd& beta,
                                 const CoxOptions& options) {
    const CoxLikelihood plain = partial.at(beta);
    const RankCholesky cholesky(plain.information, options.rank_tolerance);
    FirthLikelihood result;
    result.information = plain.information;
    result.rank = cholesky.rank();
    result.loglik = plain.loglik + 0.5 * log_determinant(plain.information, cholesky);
    result.score = plain.score + penalty_score(data, beta, options.ties, cholesky.inverse());
    return result;
}

CoxFit fit_firth(const CoxData& data, const Eigen::VectorXd& start, const Vector<bool>& free, const CoxOptions& options,
                 Hooks& hooks) {
    if (start.size() != data.covariates() || free.size() != static_cast<std::size_t>(start.size())) {
        throw InputError("one starting value and one flag a covariate is needed");
    }
    const double log_scale = data.scale.array().log().sum();
    Eigen::VectorXd beta = start.cwiseQuotient(data.scale);
    const PartialLikelihood partial(data, options.ties);
    FirthLikelihood at = firth_likelihood(data, partial, beta, options);
    CoxFit fit;
    fit.loglik_start = at.loglik - log_scale;
    fit.rank = at.rank;
    fit.score_test = at.score.dot(RankCholesky(at.information, options.rank_tolerance).solve(at.score));
    fit.converged = false;
    for (fit.iterations = 0; fit.iterations < options.max_iterations && !fit.converged; ++fit.iterations) {
        hooks.tick(0, 0);
        Eigen::VectorXd step = free_step(at, free, options.rank_tolerance);
        FirthLikelihood next = firth_likelihood(data, partial, beta + step, options);
        const double allowed = at.loglik - 1e-10 * std::fabs(at.loglik);
        for (int halving = 0; halving < 30 && !(next.loglik >= allowed && next.rank == fit.rank); ++halving) {
            ++fit.halvings;
            step /= 2.0;
            next = firth_likelihood(data, partial, beta + step, options);
        }
        fit.converged = step.size() == 0 || step.cwiseAbs().maxCoeff() <= options.tolerance;
        beta += step;
        at = std::move(next);
    }
    fit.loglik = at.loglik - log_scale;
    fit.coefficients = beta.cwiseProduct(data.scale);
    fit.score = at.score.cwiseQuotient(data.scale);
    const Eigen::MatrixXd inverse = RankCholesky(at.information, options.rank_tolerance).inverse();
    fit.variance = data.scale.asDiagonal() * inverse * data.scale.asDiagonal();
    return fit;
}

}  // namespace survmatch
