#include "core/matching/risk_set.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/matching/active_set.hpp"

namespace survmatch {

namespace {

constexpr Index no_row = static_cast<Index>(-1);

void check_input(const RiskSetData& data, const RiskSetOptions& options) {
    const std::size_t rows = data.entry.size();
    if (data.stop.size() != rows || data.patient.size() != rows || data.stratum.size() != rows ||
        data.score.size() != rows || (data.covariates.columns() > 0 && data.covariates.rows() != rows))
        throw InputError("Each row needs entry, stop, patient, stratum, score and covariates.");
    if (data.limit.size() != data.start.size()) throw InputError("Each patient needs a start and a limit.");
    if (options.ratio < 1) throw InputError("The ratio must be at least 1.");
    if (!(options.caliper >= 0)) throw InputError("The caliper must not be negative.");
    for (std::size_t i = 0; i < rows; ++i) {
        const bool known = !std::isnan(data.entry[i]) && !std::isnan(data.stop[i]) && !std::isnan(data.score[i]);
        if (!known) throw InputError("Entry, stop and score must not be missing.");
        if (data.patient[i] < 0 || static_cast<std::size_t>(data.patient[i]) >= data.start.size())
            throw InputError("Each row must name one of the patients.");
    }
    for (std::size_t i = 0; i < data.start.size(); ++i)
        if (std::isnan(data.start[i]) || std::isnan(data.limit[i]))
            throw InputError("Start and limit must not be missing.");
}

// Rows in the order of stratum, score, data; a position in that order stands for a row.
struct ScoreOrder {
    Vector<Index> row_at;
    Vector<Index> position_of;
    Vector<Index> tie_begin;  // of each position: the first position with the same stratum and score

    explicit ScoreOrder(const RiskSetData& data) {
        row_at = stable_order(data.score.size(), [&](Index a, Index b) {
            if (data.stratum[a] != data.stratum[b]) return data.stratum[a] < data.stratum[b];
            return data.score[a] < data.score[b];
        });
        position_of.resize(row_at.size());
        tie_begin.resize(row_at.size());
        for (std::size_t p = 0; p < row_at.size(); ++p) {
            position_of[row_at[p]] = static_cast<Index>(p);
            const bool tied = p > 0 && data.stratum[row_at[p]] == data.stratum[row_at[p - 1]] &&
                              data.score[row_at[p]] == data.score[row_at[p - 1]];
            tie_begin[p] = tied ? tie_begin[p - 1] : static_cast<Index>(p);
        }
    }
};

// When a row stops standing for its patient as a control: before the cases at `time` when `at_once`, else after them.
struct RowEnd {
    double time;
    bool at_once;
};

RowEnd row_end(const RiskSetData& data, Index row) {
    const std::size_t patient = static_cast<std::size_t>(data.patient[row]);
    const double gone = std::min(data.start[patient], data.limit[patient]);
    return gone <= data.stop[row] ? RowEnd{gone, true} : RowEnd{data.stop[row], false};
}

class Sweep {
  public:
    Sweep(const RiskSetData& data, const RiskSetOptions& options)
        : data_(data),
          options_(options),
          order_(data),
          active_(data.score.size()),
          used_(data.start.size(), false),
          current_(data.start.size(), no_row) {
        by_entry_ = increasing_order(data.entry);
        ends_.reserve(data.entry.size());
        for (Index row = 0; row < data.entry.size(); ++row) ends_.push_back(row_end(data, row));
        by_end_ = stable_order(ends_.size(), [&](Index a, Index b) {
            if (ends_[a].time != ends_[b].time) return ends_[a].time < ends_[b].time;
            return ends_[a].at_once > ends_[b].at_once;
        });
    }

    // Opens the rows with entry < t and closes those that no longer stand for an eligible control at t.
    void advance(double t) {
        for (; opened_ < by_entry_.size() && data_.entry[by_entry_[opened_]] < t; ++opened_)
            open(by_entry_[opened_], t);
        for (; closed_ < by_end_.size() && is_over(ends_[by_end_[closed_]], t); ++closed_) close(by_end_[closed_]);
    }

    // The row that describes the patient at t, or no_row.
    Index row_of(Index patient, double t) const {
        const Index row = current_[patient];
        return row != no_row && data_.stop[row] >= t ? row : no_row;
    }

    // The nearest `ratio` controls of the case in `row`, nearest first.
    Vector<Index> take(Index row) {
        Vector<Index> taken;
        while (taken.size() < options_.ratio) {
            const Index control = nearest(row);
            if (control == no_row) break;
            active_.erase(order_.position_of[control]);
            taken.push_back(control);
        }
        for (const Index control : taken) {
            if (options_.replace)
                active_.insert(order_.position_of[control]);
            else
                used_[static_cast<std::size_t>(data_.patient[control])] = true;
        }
        return taken;
    }

  private:
    static bool is_over(const RowEnd& end, double t) { return end.time < t || (end.at_once && end.time == t); }

    void open(Index row, double t) {
        const std::size_t patient = static_cast<std::size_t>(data_.patient[row]);
        // among rows opened in one step the latest describes the patient
        if (current_[patient] == no_row || data_.stop[current_[patient]] < data_.stop[row]) current_[patient] = row;
        if (!used_[patient] && !is_over(ends_[row], t)) active_.insert(order_.position_of[row]);
    }

    void close(Index row) { active_.erase(order_.position_of[row]); }

    double score_distance(Index a, Index b) const { return std::fabs(data_.score[a] - data_.score[b]); }

    double covariate_distance(Index a, Index b) const {
        double sum = 0.0;
        for (std::size_t j = 0; j < data_.covariates.columns(); ++j) {
            const double d = data_.covariates(a, j) - data_.covariates(b, j);
            sum += d * d;
        }
        return std::sqrt(sum);
    }

    bool is_candidate(std::size_t position, Index row) const {
        if (position == ActiveSet::none) return false;
        const Index control = order_.row_at[position];
        return data_.stratum[control] == data_.stratum[row] && score_distance(control, row) <= options_.caliper;
    }

    Index nearest(Index row) const {
        return data_.covariates.columns() > 0 ? nearest_in_covariates(row) : nearest_in_score(row);
    }

    Index nearest_in_score(Index row) const {
        const std::size_t here = order_.tie_begin[order_.position_of[row]];
        const std::size_t above = active_.at_or_above(here);
        std::size_t below = active_.below(here);
        // of controls with the same score the first in the data
        if (below != ActiveSet::none) below = active_.at_or_above(order_.tie_begin[below]);
        const bool has_above = is_candidate(above, row);
        const bool has_below = is_candidate(below, row);
        if (!has_above && !has_below) return no_row;
        if (!has_above) return order_.row_at[below];
        if (!has_below) return order_.row_at[above];
        const Index up = order_.row_at[above];
        const Index down = order_.row_at[below];
        const double to_up = score_distance(up, row);
        const double to_down = score_distance(down, row);
        if (to_up == to_down) return std::min(up, down);
        return to_up < to_down ? up : down;
    }

    // Looks at every control within the score caliper.
    Index nearest_in_covariates(Index row) const {
        Index best = no_row;
        double least = 0.0;
        const auto consider = [&](Index control) {
            const double distance = covariate_distance(control, row);
            if (best == no_row || distance < least || (distance == least && control < best)) {
                best = control;
                least = distance;
            }
        };
        const std::size_t here = order_.tie_begin[order_.position_of[row]];
        for (std::size_t p = active_.at_or_above(here); is_candidate(p, row); p = active_.at_or_above(p + 1))
            consider(order_.row_at[p]);
        for (std::size_t p = active_.below(here); is_candidate(p, row); p = active_.below(p))
            consider(order_.row_at[p]);
        return best;
    }

    const RiskSetData& data_;
    const RiskSetOptions& options_;
    ScoreOrder order_;
    ActiveSet active_;
    Vector<bool> used_;      // patients already used as a control
    Vector<Index> current_;  // of each patient: the row opened last
    Vector<Index> by_entry_;
    Vector<RowEnd> ends_;
    Vector<Index> by_end_;
    std::size_t opened_ = 0;
    std::size_t closed_ = 0;
};

Vector<Index> cases_in_time(const RiskSetData& data) {
    Vector<Index> cases;
    for (Index i = 0; i < data.start.size(); ++i)
        if (std::isfinite(data.start[i])) cases.push_back(i);
    std::stable_sort(cases.begin(), cases.end(), [&](Index a, Index b) { return data.start[a] < data.start[b]; });
    return cases;
}

}  // namespace

RiskSetMatch match_risk_set(const RiskSetData& data, const RiskSetOptions& options, Hooks& hooks) {
    check_input(data, options);
    RiskSetMatch match;
    Sweep sweep(data, options);
    const Vector<Index> cases = cases_in_time(data);
    Vector<Index> rows;
    Index sets = 0;
    for (std::size_t first = 0, last = 0; first < cases.size(); first = last) {
        const double t = data.start[cases[first]];
        sweep.advance(t);
        rows.clear();
        for (last = first; last < cases.size() && data.start[cases[last]] == t; ++last) {
            const Index patient = cases[last];
            const Index row = data.limit[patient] > t ? sweep.row_of(patient, t) : no_row;
            if (row == no_row)
                match.unseen.push_back(patient);
            else
                rows.push_back(row);
        }
        std::sort(rows.begin(), rows.end(), [&](Index a, Index b) {
            return data.score[a] != data.score[b] ? data.score[a] > data.score[b] : a < b;
        });
        for (const Index row : rows) {
            const Vector<Index> controls = sweep.take(row);
            if (controls.empty()) {
                match.unmatched.push_back(static_cast<Index>(data.patient[row]));
                continue;
            }
            for (const Index control : controls) {
                match.set.push_back(sets);
                match.case_row.push_back(row);
                match.control_row.push_back(control);
            }
            ++sets;
        }
        if (first % 1024 < last - first) hooks.tick(last, cases.size());
    }
    return match;
}

}  // namespace survmatch
