#include "core/survival/gray.hpp"

#include <Eigen/Core>
#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/tied_times.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

// What each group has at one time: heads at risk, events of the two kinds.
struct GroupCounts {
    Eigen::VectorXd risk, cause, other;
};

// The curves of the groups and the pooled incidence, before and at the current time.
class Incidence {
  public:
    explicit Incidence(Eigen::Index groups)
        : survival_before(Eigen::VectorXd::Ones(groups)),
          survival(Eigen::VectorXd::Ones(groups)),
          group_before(Eigen::VectorXd::Zero(groups)),
          group(Eigen::VectorXd::Zero(groups)) {}

    // `weight` of a group is its number at risk over its survival: the size of its subdistribution risk set, when
    // nobody is censored, is weight (1 - incidence).
    void step(const GroupCounts& now) {
        weight = Eigen::VectorXd::Zero(now.risk.size());
        total_weight = 0.0;
        total_subdistribution = 0.0;
        for (Eigen::Index g = 0; g < now.risk.size(); ++g) {
            if (now.risk[g] <= 0.0) continue;
            const double events = now.cause[g] + now.other[g];
            survival[g] = survival_before[g] * (now.risk[g] - events) / now.risk[g];
            group[g] = group_before[g] + survival_before[g] * now.cause[g] / now.risk[g];
            weight[g] = now.risk[g] / survival_before[g];
            total_weight += weight[g];
            total_subdistribution += weight[g] * (1.0 - group_before[g]);
        }
        pooled = pooled_before + now.cause.sum() / total_weight;
    }
    void settle() {
        survival_before = survival;
        group_before = group;
        pooled_before = pooled;
    }

    Eigen::VectorXd survival_before, survival, group_before, group, weight;
    double pooled_before = 0.0, pooled = 0.0;
    double total_weight = 0.0, total_subdistribution = 0.0;
};

// Running sums of one stratum. `influence` is how the scores still to come depend on an event of each group.
class StratumScores {
  public:
    StratumScores(Eigen::Index groups, double rho)
        : rho_(rho),
          curves_(groups),
          influence_(Eigen::MatrixXd::Zero(groups, groups)),
          score_(Eigen::VectorXd::Zero(groups)),
          plain_(Eigen::MatrixXd::Zero(groups, groups)),
          linear_(Eigen::MatrixXd::Zero(groups, groups)),
          square_(Eigen::VectorXd::Zero(groups)) {}

    void add(const GroupCounts& now) {
        curves_.step(now);
        const double causes = now.cause.sum();
        const Eigen::MatrixXd at = weights_at(now.risk.size());
        if (causes > 0.0) {
            const double free = 1.0 - curves_.pooled_before;  // 0 once the pooled incidence is complete
            if (free > 0.0) influence_ += at * (causes / (curves_.total_weight * free));
            add_score(now, causes);
            add_causes(now, causes, at);
        }
        if (now.other.sum() > 0.0) add_others(now);
        curves_.settle();
    }

    void add_to(GrayFit& fit) const {
        const Eigen::MatrixXd cross = influence_ * linear_.transpose();
        const Eigen::MatrixXd variance =
            plain_ + cross + cross.transpose() + influence_ * square_.asDiagonal() * influence_.transpose();
        for (Eigen::Index i = 0; i < score_.size(); ++i) {
            fit.score[static_cast<std::size_t>(i)] += score_[i];
            for (Eigen::Index j = 0; j < score_.size(); ++j) {
                fit.variance[static_cast<std::size_t>(j * score_.size() + i)] += variance(i, j);
            }
        }
    }

  private:
    double rho_weight() const { return rho_ == 0.0 ? 1.0 : std::pow(1.0 - curves_.pooled_before, rho_); }

    Eigen::MatrixXd weights_at(Eigen::Index groups) const {
        Eigen::MatrixXd at = -curves_.weight * curves_.weight.transpose() / curves_.total_weight;
        for (Eigen::Index g = 0; g < groups; ++g) at(g, g) += curves_.weight[g];
        return rho_weight() * at;
    }

    void add_score(const GroupCounts& now, double causes) {
        for (Eigen::Index g = 0; g < now.risk.size(); ++g) {
            if (now.risk[g] <= 0.0) continue;
            const double share = curves_.weight[g] * (1.0 - curves_.group_before[g]) / curves_.total_subdistribution;
            score_[g] += rho_weight() * (now.cause[g] - causes * share);
        }
    }

    // Adds variance of `size` from group k, whose events move the scores by `direct` now and by `later` times the
    // influence on what is to come: with C the influence at the end, the sum is over (direct + later (C - C(t)))^2.
    void add_term(Eigen::Index k, const Eigen::VectorXd& direct, double later, double size) {
        const Eigen::VectorXd own = direct - later * influence_.col(k);
        plain_ += size * own * own.transpose();
        linear_.col(k) += size * later * own;
        square_[k] += size * later * later;
    }

    void add_causes(const GroupCounts& now, double causes, const Eigen::MatrixXd& at) {
        for (Eigen::Index k = 0; k < now.risk.size(); ++k) {
            if (now.risk[k] <= 0.0) continue;
            const double before = curves_.survival_before[k];
            const double left = curves_.survival[k] > 0.0 ? 1.0 - (1.0 - curves_.pooled) / curves_.survival[k] : 1.0;
            const double tied = causes > 1.0 ? 1.0 - (causes - 1.0) / (curves_.total_weight * before - 1.0) : 1.0;
            add_term(k, at.col(k), left, tied * before * causes / (curves_.total_weight * now.risk[k]));
        }
    }

    void add_others(const GroupCounts& now) {
        const Eigen::VectorXd nothing = Eigen::VectorXd::Zero(now.risk.size());
        for (Eigen::Index k = 0; k < now.risk.size(); ++k) {
            const double others = now.other[k];
            if (others <= 0.0 || curves_.survival[k] <= 0.0) continue;
            const double before = curves_.survival_before[k];
            const double later = -(1.0 - curves_.pooled) / curves_.survival[k];
            const double tied = others > 1.0 ? 1.0 - (others - 1.0) / (now.risk[k] - 1.0) : 1.0;
            add_term(k, nothing, later, tied * before * before * others / (now.risk[k] * now.risk[k]));
        }
    }

    double rho_;
    Incidence curves_;
    Eigen::MatrixXd influence_;
    Eigen::VectorXd score_;
    Eigen::MatrixXd plain_, linear_;
    Eigen::VectorXd square_;
};

void add_stratum(const GrayInput& input, Span<const double> time, Span<const Index> rows, double rho, GrayFit& fit) {
    const auto groups = static_cast<Eigen::Index>(input.groups);
    StratumScores scores(groups, rho);
    GroupCounts now{Eigen::VectorXd::Zero(groups), Eigen::VectorXd::Zero(groups), Eigen::VectorXd::Zero(groups)};
    for (std::size_t i = 0; i < rows.size(); ++i) now.risk[input.group[rows[i]] - 1] += 1.0;
    for (std::size_t i = 0; i < rows.size();) {
        const double at = time[rows[i]];
        Eigen::VectorXd leaving = Eigen::VectorXd::Zero(groups);
        now.cause.setZero();
        now.other.setZero();
        for (; i < rows.size() && time[rows[i]] == at; ++i) {
            const Eigen::Index g = input.group[rows[i]] - 1;
            leaving[g] += 1.0;
            now.cause[g] += input.status[rows[i]] == 1;
            now.other[g] += input.status[rows[i]] == 2;
        }
        if (now.cause.sum() + now.other.sum() > 0.0) scores.add(now);
        now.risk -= leaving;
    }
    scores.add_to(fit);
}

}  // namespace

GrayFit gray_scores(const GrayInput& input, double rho, Hooks& hooks) {
    Vector<TimeColumn> columns;
    columns.emplace_back(input.time);
    if (input.join_tied_times) merge_tied_times(columns);
    const StratifiedOrder order = split_by_stratum(columns[0].order, input.stratum, input.strata);
    GrayFit fit{Vector<double>(input.groups, 0.0), Vector<double>(input.groups * input.groups, 0.0)};
    for (std::size_t s = 0; s < order.strata(); ++s) {
        if (s % 4096 == 0) hooks.tick(s, order.strata());
        add_stratum(input, columns[0].time, order.stratum(s), rho, fit);
    }
    return fit;
}

}  // namespace survmatch
