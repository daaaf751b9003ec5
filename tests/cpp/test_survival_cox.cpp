#include <cmath>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/concordance.hpp"
#include "core/survival/cox.hpp"
#include "core/survival/cox_cholesky.hpp"
#include "core/survival/cox_exact.hpp"
#include "core/survival/cox_likelihood.hpp"
#include "core/survival/cox_moments.hpp"
#include "core/survival/cox_products.hpp"
#include "core/survival/cox_residuals.hpp"
#include "core/survival/cox_variance.hpp"
#include "core/survival/zph.hpp"

using namespace survmatch;

namespace {

CoxLikelihood cox_likelihood(const CoxData& data, const Eigen::VectorXd& beta, Ties ties) {
    return PartialLikelihood(data, ties).at(beta);
}

// Therneau & Grambsch (2000), appendix E.1.
struct Appendix {
    Vector<double> start;
    Vector<double> stop{1, 1, 6, 6, 8, 9};
    Vector<int> status{1, 0, 1, 1, 0, 1};
    Vector<double> x{1, 1, 1, 0, 0, 0};
    Vector<int> centred{0};
    CoxInput input() const { return {start, stop, status, {}, {}, {}, MatrixView(x.data(), x.size(), 1), centred}; }
};

Eigen::VectorXd one(double value) {
    return Eigen::VectorXd::Constant(1, value);
}

}  // namespace

TEST_CASE("tied deaths are factors whose denominators lose a share of the deaths") {
    Vector<TieTerm> terms;
    tie_terms(Ties::efron, {2, 3.0, 4.0, 10.0}, terms);
    REQUIRE(terms.size() == 2);
    CHECK(terms[0].denominator == 12.0);
    CHECK(terms[1].denominator == 14.0);
    CHECK(terms[0].weight == 1.5);
    const HazardStep step = hazard_step(terms);
    CHECK(step.full == Approx(1.5 / 12 + 1.5 / 14));
    CHECK(step.deaths == Approx(0.5 * 1.5 / 12 + 1.5 / 14));
    tie_terms(Ties::breslow, {2, 3.0, 4.0, 10.0}, terms);
    REQUIRE(terms.size() == 1);
    CHECK(terms[0].denominator == 14.0);
}

TEST_CASE("the Breslow fit of the appendix") {
    const Appendix a;
    CoxOptions options;
    options.ties = Ties::breslow;
    options.tolerance = 1e-14;
    const CoxFit fit = fit_cox(sort_cox_data(a.input()), one(0.0), options);
    const double beta = std::log((3.0 + std::sqrt(33.0)) / 2.0);
    CHECK(fit.converged);
    CHECK(fit.coefficients[0] == Approx(beta).epsilon(1e-12));
    CHECK(fit.score_test == Approx(1.6).epsilon(1e-12));
}

TEST_CASE("entry at time 0 changes nothing, and rows outside every risk set are left out") {
    Appendix a;
    const CoxLikelihood right = cox_likelihood(sort_cox_data(a.input()), one(0.4), Ties::efron);
    a.start.assign(6, 0.0);
    CHECK(cox_likelihood(sort_cox_data(a.input()), one(0.4), Ties::efron).loglik ==
          Approx(right.loglik).epsilon(1e-14));
    a.start[4] = 7.0;  // (7, 8] holds no event
    CHECK(sort_cox_data(a.input()).size() == 5);
}

TEST_CASE("the derivative of the log likelihood is the score, and the two forms of it agree") {
    Vector<double> stop, start, x;
    Vector<int> status, stratum;
    for (int i = 0; i < 6000; ++i) {
        stop.push_back(10.0 + (i * 7919) % 613);
        start.push_back(static_cast<double>((i * 104729) % 10));
        status.push_back((i * 31) % 3 == 0);
        stratum.push_back(i % 4 + 1);
        x.push_back(std::sin(i));
    }
    for (int i = 0; i < 6000; ++i) x.push_back((i / 3) % 2);
    const Vector<int> centred{1, 0};
    for (const bool counting : {false, true}) {
        const CoxInput input{counting ? Span<const double>(start) : Span<const double>(),
                             stop,
                             status,
                             stratum,
                             {},
                             {},
                             MatrixView(x.data(), stop.size(), 2),
                             centred};
        const CoxData data = sort_cox_data(input);
        REQUIRE(!data.small());
        Eigen::VectorXd beta(2);
        beta << 0.3, -0.2;
        for (const Ties ties : {Ties::efron, Ties::breslow}) {
            const CoxLikelihood here = cox_likelihood_by_products(data, beta, ties);
            const CoxLikelihood moments = cox_likelihood_by_moments(data, LeavingRows(data), beta, ties);
            CHECK(here.loglik == Approx(moments.loglik).epsilon(1e-12));
            CHECK((here.score - moments.score).norm() < 1e-8);
            CHECK((here.information - moments.information).norm() < 1e-9 * moments.information.norm());
            const double h = 1e-5;
            for (Eigen::Index j = 0; j < 2; ++j) {
                Eigen::VectorXd up = beta, down = beta;
                up[j] += h;
                down[j] -= h;
                const double slope =
                    (cox_likelihood(data, up, ties).loglik - cox_likelihood(data, down, ties).loglik) / (2 * h);
                CHECK(slope == Approx(here.score[j]).epsilon(1e-4).margin(1e-3));
            }
        }
    }
}

TEST_CASE("residuals add up to the score") {
    Appendix a;
    const CoxData data = sort_cox_data(a.input());
    for (const Ties ties : {Ties::efron, Ties::breslow}) {
        const RiskScores scores = risk_scores(data, one(0.7));
        const double score = cox_likelihood(data, one(0.7), ties).score[0];
        CHECK(score_residuals(data, scores, ties).sum() == Approx(score));
        CHECK(schoenfeld_residuals(data, scores, ties).residual.sum() == Approx(score));
        double martingale = 0.0;
        for (const double m : martingale_residuals(data, scores, ties)) martingale += m;
        CHECK(martingale == Approx(0.0).margin(1e-12));
        const Vector<double> g{0.5, 0.5, 2.0, 2.0, 3.0, 5.0};
        const TimeInteraction interaction = time_interaction(data, scores, ties, g);
        CHECK(interaction.score[0] == Approx(score));
        CHECK(interaction.information(0, 0) == Approx(cox_likelihood(data, one(0.7), ties).information(0, 0)));
    }
}

TEST_CASE("one death and no ties: the exact likelihood is Breslow's") {
    Appendix a;
    a.stop = {1, 2, 3, 4, 5, 6};
    const CoxData data = sort_cox_data(a.input());
    const CoxLikelihood exact = cox_exact_likelihood(data, one(0.3));
    const CoxLikelihood plain = cox_likelihood(data, one(0.3), Ties::breslow);
    CHECK(exact.loglik == Approx(plain.loglik));
    CHECK(exact.information(0, 0) == Approx(plain.information(0, 0)));
}

TEST_CASE("a redundant column is left out of solution and inverse") {
    Eigen::MatrixXd a(3, 3);
    a << 2, 4, 1, 4, 8, 2, 1, 2, 3;
    const RankCholesky cholesky(a, 1e-12);
    CHECK(cholesky.rank() == 2);
    CHECK(!cholesky.kept(1));
    const Eigen::MatrixXd inverse = cholesky.inverse();
    CHECK(inverse(0, 0) == Approx(3.0 / 5.0));
    CHECK(inverse(0, 2) == Approx(-1.0 / 5.0));
    CHECK(inverse.row(1).norm() == 0.0);
    Eigen::VectorXd b(3);
    b << 1, 2, 3;
    CHECK((cholesky.solve(b) - inverse * b).norm() < 1e-14);
}

TEST_CASE("concordance counts pairs by hand") {
    Appendix a;
    a.x = {3, 1, 2, 2, 2, 0};
    const CoxData data = sort_cox_data(a.input());
    const Concordance c = concordance(data, a.x, {}, 0);
    // Death at 1 (3) against five longer: all lower. Deaths at 6 (2, 2) against (2) and (0).
    CHECK(c.concordant == 7.0);
    CHECK(c.discordant == 0.0);
    CHECK(c.tied_predictor == 2.0);
    CHECK(c.tied_both == 1.0);
    CHECK(c.concordance == Approx(8.0 / 9.0));
}

TEST_CASE("concordance of many ranks is that of all pairs, with weights and without") {
    const std::size_t n = 700;
    Vector<double> start, stop, x, predictor;
    Vector<int> status;
    for (std::size_t i = 0; i < n; ++i) {
        stop.push_back(20.0 + static_cast<double>((i * 7919) % 331));
        start.push_back(static_cast<double>((i * 104729) % 300) * 0.9);
        if (start[i] >= stop[i]) start[i] = 0.0;
        status.push_back((i * 31) % 5 < 3);
        x.push_back(0.0);
        predictor.push_back(std::floor(200.0 * std::sin(static_cast<double>(i))));
    }
    const Vector<int> centred{1};
    for (const double weight : {1.0, 2.0}) {
        const Vector<double> weights(n, weight);
        const CoxData data = sort_cox_data({start, stop, status, {}, weights, {}, MatrixView(x.data(), n, 1), centred});
        const Concordance c = concordance(data, predictor, {}, 0);
        double concordant = 0.0, discordant = 0.0, tied = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            if (status[i] != 1) continue;
            for (std::size_t j = 0; j < n; ++j) {
                const bool longer = stop[j] > stop[i] || (stop[j] == stop[i] && status[j] == 0);
                if (!longer || start[j] >= stop[i]) continue;
                (predictor[j] < predictor[i]   ? concordant
                 : predictor[j] > predictor[i] ? discordant
                                               : tied) += weight * weight;
            }
        }
        CHECK(c.concordant == concordant);
        CHECK(c.discordant == discordant);
        CHECK(c.tied_predictor == tied);
    }
}

TEST_CASE("rows between the times of the events are in no risk set") {
    const Vector<double> start{0, 1, 4, 5, 0}, stop{4, 2, 5, 9, 1}, x{1, 2, 3, 4, 5};
    const Vector<int> status{1, 0, 0, 0, 0}, centred{1};
    const CoxData counting = sort_cox_data({start, stop, status, {}, {}, {}, MatrixView(x.data(), 5, 1), centred});
    CHECK(counting.row == Vector<Index>{0});
    const CoxData right = sort_cox_data({{}, stop, status, {}, {}, {}, MatrixView(x.data(), 5, 1), centred});
    const Vector<Index> latest_first{3, 2, 0};
    CHECK(right.row == latest_first);
    const Vector<Index> order{4, 1, 0, 2, 3};
    CHECK(sort_cox_data({{}, stop, status, {}, {}, {}, MatrixView(x.data(), 5, 1), centred, order}).row == right.row);
}

TEST_CASE("clusters of one are the plain sandwich") {
    Appendix a;
    const CoxData data = sort_cox_data(a.input());
    const RiskScores scores = risk_scores(data, one(0.2));
    const Vector<int> own{1, 2, 3, 4, 5, 6};
    CHECK(cluster_scores(data, scores, Ties::efron, own, 6).outer(0, 0) ==
          Approx(cluster_scores(data, scores, Ties::efron, {}, 0).outer(0, 0)));
    const Vector<int> wrong{1, 2, 3, 4, 5, 7};
    CHECK_THROWS_AS(cluster_scores(data, scores, Ties::efron, wrong, 6), InputError);
}

TEST_CASE("no rows and missing times are refused") {
    CHECK_THROWS_AS(sort_cox_data({}), InputError);
    Appendix a;
    a.stop[2] = std::nan("");
    CHECK_THROWS_AS(sort_cox_data(a.input()), InputError);
}
