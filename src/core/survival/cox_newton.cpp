#include "core/survival/cox_newton.hpp"

#include <cmath>
#include <cstdlib>

#include "core/survival/cox_cholesky.hpp"

namespace survmatch {

namespace {

struct Step {
    CoxLikelihood at;
    RankCholesky cholesky;
};

Step evaluate(const LikelihoodFunction& likelihood, const Eigen::VectorXd& beta, double rank_tolerance) {
    CoxLikelihood at = likelihood(beta);
    RankCholesky cholesky(at.information, rank_tolerance);
    return {std::move(at), std::move(cholesky)};
}

CoxFit first_step(const Step& step, const Eigen::VectorXd& start) {
    CoxFit fit;
    fit.coefficients = start;
    fit.loglik_start = fit.loglik = step.at.loglik;
    fit.score = step.at.score;
    fit.score_test = step.at.score.dot(step.cholesky.solve(step.at.score));
    fit.rank = step.cholesky.rank();
    fit.variance = step.cholesky.inverse();
    return fit;
}

void take(CoxFit& fit, const Step& step) {
    fit.loglik = step.at.loglik;
    fit.score = step.at.score;
    fit.variance = step.cholesky.inverse();
}

bool small_change(double before, double now, double tolerance) {
    return std::fabs(1.0 - before / now) <= tolerance;
}

// The halving-th retreat towards the last good point is by 1 / (halving + 1) of the way.
Eigen::VectorXd retreat(const Eigen::VectorXd& tried, const Eigen::VectorXd& good, int halving) {
    return (tried + halving * good) / (halving + 1.0);
}

// What survival returns as variance when right-censored data run out of iterations: the inverse of the diagonal.
Eigen::MatrixXd inverse_of_diagonal(const Eigen::MatrixXd& information) {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(information.rows(), information.cols());
    for (Eigen::Index i = 0; i < information.rows(); ++i) {
        if (information(i, i) > 0.0) result(i, i) = 1.0 / information(i, i);
    }
    return result;
}

}  // namespace

CoxFit newton_right_censored(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start,
                             const CoxOptions& options) {
    Step step = evaluate(likelihood, start, options.rank_tolerance);
    CoxFit fit = first_step(step, start);
    if (options.max_iterations == 0 || !std::isfinite(fit.loglik_start)) return fit;

    Eigen::VectorXd good = start;
    Eigen::VectorXd tried = start + step.cholesky.solve(step.at.score);
    int halving = 0;
    for (fit.iterations = 1; fit.iterations <= options.max_iterations; ++fit.iterations) {
        step = evaluate(likelihood, tried, options.rank_tolerance);
        const bool finite = std::isfinite(step.at.loglik) && step.at.score.allFinite() && step.cholesky.finite();
        if (finite && small_change(fit.loglik, step.at.loglik, options.tolerance)) {
            take(fit, step);
            fit.coefficients = tried;
            fit.rank = halving > 0 ? -2 : step.cholesky.rank();
            return fit;
        }
        if (!finite || step.at.loglik < fit.loglik) {
            ++halving;
            ++fit.halvings;
            tried = retreat(tried, good, halving);
        } else {
            halving = 0;
            fit.loglik = step.at.loglik;
            good = tried;
            tried += step.cholesky.solve(step.at.score);
        }
    }

    fit.converged = false;
    fit.coefficients = good;
    fit.variance = step.cholesky.inverse();
    if (options.max_iterations > 1) {
        step = evaluate(likelihood, good, options.rank_tolerance);
        fit.loglik = step.at.loglik;
        fit.score = step.at.score;
        fit.variance = inverse_of_diagonal(step.at.information);
    }
    return fit;
}

CoxFit newton_counting(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start, const CoxOptions& options) {
    Step step = evaluate(likelihood, start, options.rank_tolerance);
    CoxFit fit = first_step(step, start);
    if (options.max_iterations == 0 || !std::isfinite(fit.loglik_start)) return fit;

    Eigen::VectorXd good = start;
    Eigen::VectorXd tried = start + step.cholesky.solve(step.at.score);
    double best = fit.loglik_start;
    int halving = 0;
    for (fit.iterations = 1;; ++fit.iterations) {
        step = evaluate(likelihood, tried, options.rank_tolerance);
        const bool failed = !std::isfinite(step.at.loglik) || !step.at.information.diagonal().allFinite() ||
                            step.cholesky.rank() != fit.rank;
        if (!failed && halving == 0 && small_change(best, step.at.loglik, options.tolerance)) break;
        if (fit.iterations == options.max_iterations) {
            fit.converged = false;
            const bool worse = (step.at.loglik - best) / std::fabs(best) < -options.tolerance;
            if (options.max_iterations > 1 && worse) {
                tried = good;
                step = evaluate(likelihood, tried, options.rank_tolerance);
            }
            break;
        }
        if (failed || step.at.loglik < best) {
            ++halving;
            ++fit.halvings;
            tried = retreat(tried, good, halving);
        } else {
            halving = 0;
            best = step.at.loglik;
            good = tried;
            tried += step.cholesky.solve(step.at.score);
        }
    }
    take(fit, step);
    fit.coefficients = tried;
    return fit;
}

CoxFit newton_halving(const LikelihoodFunction& likelihood, const Eigen::VectorXd& start, const CoxOptions& options) {
    Step step = evaluate(likelihood, start, options.rank_tolerance);
    CoxFit fit = first_step(step, start);
    if (options.max_iterations == 0) return fit;

    Eigen::VectorXd good = start;
    Eigen::VectorXd tried = start + step.cholesky.solve(step.at.score);
    double best = fit.loglik_start;
    bool halving = false;
    for (fit.iterations = 1;; ++fit.iterations) {
        step = evaluate(likelihood, tried, options.rank_tolerance);
        fit.rank = step.cholesky.rank();
        if (!halving && small_change(best, step.at.loglik, options.tolerance)) break;
        if (fit.iterations == options.max_iterations) {
            fit.converged = false;
            break;
        }
        halving = step.at.loglik < best;
        if (halving) {
            ++fit.halvings;
            tried = (good + tried) / 2.0;
        } else {
            best = step.at.loglik;
            good = tried;
            tried += step.cholesky.solve(step.at.score);
        }
    }
    take(fit, step);
    fit.coefficients = tried;
    return fit;
}

}  // namespace survmatch
