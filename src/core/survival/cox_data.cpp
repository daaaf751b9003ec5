#include "core/survival/cox_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

void check(const CoxInput& input) {
    const std::size_t n = input.stop.size();
    if (n == 0) throw InputError("a Cox model needs at least one row");
    if (input.status.size() != n || (!input.start.empty() && input.start.size() != n) ||
        (!input.stratum.empty() && input.stratum.size() != n) || (!input.weight.empty() && input.weight.size() != n) ||
        (!input.offset.empty() && input.offset.size() != n) || (input.x.columns() > 0 && input.x.rows() != n)) {
        throw InputError("times, status, strata, weights, offset and covariates must have the same number of rows");
    }
    if (input.centred.size() != input.x.columns()) throw InputError("one centring flag a covariate is needed");
    for (std::size_t i = 0; i < n; ++i) {
        if (std::isnan(input.stop[i]) || (!input.start.empty() && std::isnan(input.start[i]))) {
            throw InputError("times must not be missing");
        }
    }
}

// The rows from the last time to the first in each stratum (see CoxData for strata and ties).
Vector<Index> order_rows(const CoxInput& input) {
    const int* largest = std::max_element(input.stratum.begin(), input.stratum.end());
    const std::size_t strata = input.stratum.empty() ? 1 : static_cast<std::size_t>(std::max(*largest, 0));
    StratifiedOrder sorted = split_by_stratum(time_order(input.stop), input.stratum, strata);
    if (sorted.rows.size() != input.stop.size()) throw InputError("stratum codes must be 1, 2, ...");
    if (input.start.empty()) {
        std::reverse(sorted.rows.begin(), sorted.rows.end());
        return sorted.rows;
    }
    // Backwards in each stratum, then tied rows backwards again.
    const auto at = [&](std::size_t k) { return sorted.rows.begin() + static_cast<std::ptrdiff_t>(k); };
    for (std::size_t s = 0; s < strata; ++s) {
        std::reverse(at(sorted.first[s]), at(sorted.first[s + 1]));
        for (std::size_t begin = sorted.first[s]; begin < sorted.first[s + 1];) {
            std::size_t end = begin + 1;
            while (end < sorted.first[s + 1] && input.stop[sorted.rows[end]] == input.stop[sorted.rows[begin]]) ++end;
            std::reverse(at(begin), at(end));
            begin = end;
        }
    }
    return sorted.rows;
}

bool same_stratum(const CoxInput& input, Index a, Index b) {
    return input.stratum.empty() || input.stratum[a] == input.stratum[b];
}

// Keeps the rows of `order` that are at risk at some event time of their stratum.
Vector<Index> ever_at_risk(const CoxInput& input, const Vector<Index>& order) {
    Vector<Index> kept;
    kept.reserve(order.size());
    Vector<double> event_times;  // of one stratum, decreasing
    event_times.reserve(order.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        while (end < order.size() && same_stratum(input, order[begin], order[end])) ++end;
        event_times.clear();
        for (std::size_t k = begin; k < end; ++k) {
            if (input.status[order[k]] == 1) event_times.push_back(input.stop[order[k]]);
        }
        std::size_t next = 0;  // the last event time at or before the row's end
        for (std::size_t k = begin; k < end; ++k) {
            const Index i = order[k];
            while (next < event_times.size() && event_times[next] > input.stop[i]) ++next;
            const bool stays = input.status[i] == 2 && !event_times.empty();
            const bool reached = next < event_times.size();
            if (stays || (reached && (input.start.empty() || input.start[i] < event_times[next]))) kept.push_back(i);
        }
        begin = end;
    }
    return kept;
}

void gather_rows(const CoxInput& input, CoxData& data) {
    const std::size_t n = data.row.size();
    data.stop.resize(n);
    data.event.resize(n);
    data.weight.assign(n, 1.0);
    data.offset.assign(n, 0.0);
    if (!input.start.empty()) data.start.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
        const Index i = data.row[k];
        data.stop[k] = input.stop[i];
        data.event[k] = input.status[i] == 1;
        if (!input.start.empty()) data.start[k] = input.start[i];
        if (!input.weight.empty()) data.weight[k] = input.weight[i];
        if (!input.offset.empty()) data.offset[k] = input.offset[i];
    }
}

void find_strata(const CoxInput& input, CoxData& data) {
    const std::size_t n = data.row.size();
    for (std::size_t begin = 0; begin < n;) {
        std::size_t end = begin;
        while (end < n && same_stratum(input, data.row[begin], data.row[end])) ++end;
        data.strata.push_back({begin, end, 0, 0});
        begin = end;
    }
}

// Positions by stratum, then from the last start to the first; ties in the order of the input when there are few.
void sort_starts(CoxData& data) {
    if (!data.counting()) return;
    Vector<int> stratum_of(data.size());
    for (std::size_t s = 0; s < data.strata.size(); ++s) {
        std::fill(stratum_of.begin() + static_cast<std::ptrdiff_t>(data.strata[s].row_begin),
                  stratum_of.begin() + static_cast<std::ptrdiff_t>(data.strata[s].row_end), static_cast<int>(s) + 1);
    }
    data.by_start = split_by_stratum(time_order(data.start), stratum_of, data.strata.size()).rows;
    for (const Stratum& stratum : data.strata) {
        const auto begin = data.by_start.begin() + static_cast<std::ptrdiff_t>(stratum.row_begin);
        const auto end = data.by_start.begin() + static_cast<std::ptrdiff_t>(stratum.row_end);
        if (data.small()) {
            std::sort(begin, end, [&](Index a, Index b) {
                return data.start[a] != data.start[b] ? data.start[a] > data.start[b] : data.row[a] < data.row[b];
            });
        } else {
            std::reverse(begin, end);
        }
    }
}

std::size_t count_event_times(const CoxData& data) {
    std::size_t count = 0;
    for (const Stratum& stratum : data.strata) {
        double last = std::numeric_limits<double>::quiet_NaN();
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            if (!data.event[k] || data.stop[k] == last) continue;
            last = data.stop[k];
            ++count;
        }
    }
    return count;
}

void find_events(CoxData& data) {
    data.events.reserve(count_event_times(data));
    for (Stratum& stratum : data.strata) {
        stratum.event_begin = data.events.size();
        std::size_t add = stratum.row_begin;
        std::size_t remove = stratum.row_begin;
        std::size_t k = stratum.row_begin;
        while (k < stratum.row_end) {
            if (!data.event[k]) {
                ++k;
                continue;
            }
            EventTime event{data.stop[k], 0.0, static_cast<Index>(add), 0, static_cast<Index>(remove), 0, 0};
            for (; k < stratum.row_end && data.stop[k] == event.time; ++k) {
                if (!data.event[k]) continue;
                ++event.deaths;
                event.death_weight += data.weight[k];
            }
            if (data.counting()) {
                while (remove < stratum.row_end && data.start[data.by_start[remove]] >= event.time) ++remove;
            }
            event.add_end = static_cast<Index>(k);
            event.remove_end = static_cast<Index>(remove);
            add = k;
            data.events.push_back(event);
        }
        stratum.event_end = data.events.size();
    }
}

double weight_of(const CoxInput& input, std::size_t i) {
    return input.weight.empty() ? 1.0 : input.weight[i];
}

// The rows that count for the scale: in sorted order when there are few, else as they lie in memory.
Vector<Index> scale_rows(const CoxData& data, const Vector<Index>& all_rows) {
    Vector<Index> rows = data.counting() ? data.row : all_rows;
    if (data.small()) {
        if (!data.counting()) std::reverse(rows.begin(), rows.end());
        return rows;
    }
    Vector<bool> counts(data.input_rows, false);
    for (const Index i : rows) counts[i] = true;
    rows.clear();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i]) rows.push_back(static_cast<Index>(i));
    }
    return rows;
}

// Mean and the factor that brings the mean absolute deviation to 1. Right-censored data: around the weighted mean of
// all rows; (start, stop]: around the first row of the risk sets, over the rows that are in one. The two formulas, and
// the order of the sums, are survival's: the scale decides which column counts as redundant.
void find_scale(const CoxInput& input, const Vector<Index>& all_rows, CoxData& data) {
    const auto p = static_cast<Eigen::Index>(input.x.columns());
    data.scale = Eigen::VectorXd::Ones(p);
    data.means = Eigen::VectorXd::Zero(p);
    const bool counting = !input.start.empty();
    const Vector<Index> rows = scale_rows(data, all_rows);
    double total = 0.0;
    for (const Index i : rows) total += weight_of(input, i);
    for (Eigen::Index j = 0; j < p && !rows.empty(); ++j) {
        if (input.centred[static_cast<std::size_t>(j)] == 0) continue;
        const Span<const double> x = input.x.column(static_cast<std::size_t>(j));
        double centre = 0.0;
        if (counting) {
            centre = weight_of(input, data.row[0]) * x[data.row[0]] / weight_of(input, data.row[0]);
        } else {
            for (const Index i : rows) centre += weight_of(input, i) * x[i];
            centre /= total;
        }
        double deviation = 0.0;
        for (const Index i : rows) deviation += weight_of(input, i) * std::fabs(x[i] - centre);
        data.means[j] = centre;
        if (deviation > 0.0) data.scale[j] = total / deviation;
    }
}

// The covariates, a block of input rows at a time: they are read as they lie in memory, and each row is written whole.
void copy_covariates(const CoxInput& input, CoxData& data) {
    constexpr std::size_t block = 512;
    constexpr Index absent = std::numeric_limits<Index>::max();
    Vector<Index> position(data.input_rows, absent);
    for (std::size_t k = 0; k < data.size(); ++k) position[data.row[k]] = static_cast<Index>(k);
    for (std::size_t begin = 0; begin < data.input_rows; begin += block) {
        const std::size_t end = std::min(begin + block, data.input_rows);
        for (std::size_t j = 0; j < input.x.columns(); ++j) {
            const Span<const double> x = input.x.column(j);
            for (std::size_t i = begin; i < end; ++i) {
                if (position[i] != absent) data.z(static_cast<Eigen::Index>(j), position[i]) = x[i];
            }
        }
    }
}

// The centre of each column in a stratum: first value + mean of the differences from it, so that a column which is
// constant there becomes exactly 0. Columns that keep their origin (0/1 coded) keep it here too unless they are
// constant: when a group has no events its risk goes to 0, and the information, a sum over that group alone, keeps its
// digits.
class StratumCentre {
  public:
    StratumCentre(const CoxInput& input, const CoxData& data)
        : input_(input), data_(data), difference_(data.covariates()), constant_(input.x.columns()) {}

    void find(const Stratum& stratum, Eigen::VectorXd& centre) {
        const auto first = data_.z.col(static_cast<Eigen::Index>(stratum.row_begin));
        difference_.setZero();
        std::fill(constant_.begin(), constant_.end(), 1);
        double total = 0.0;
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            const double* z = &data_.z(0, static_cast<Eigen::Index>(k));
            for (std::size_t j = 0; j < constant_.size(); ++j) {
                const double off = z[j] - first[static_cast<Eigen::Index>(j)];
                constant_[j] &= off == 0.0;
                difference_[static_cast<Eigen::Index>(j)] += data_.weight[k] * off;
            }
            total += data_.weight[k];
        }
        for (std::size_t j = 0; j < constant_.size(); ++j) {
            const auto at = static_cast<Eigen::Index>(j);
            const bool centred = input_.centred[j] != 0;
            centre[at] = constant_[j] ? first[at] : centred ? first[at] + difference_[at] / total : 0.0;
        }
    }

  private:
    const CoxInput& input_;
    const CoxData& data_;
    Eigen::VectorXd difference_;
    Vector<unsigned char> constant_;
};

// Small data are centred as a whole. Large ones in each stratum, so that what varies only between strata does not have
// to cancel in sums over all rows.
void gather_covariates(const CoxInput& input, CoxData& data) {
    const auto p = static_cast<Eigen::Index>(input.x.columns());
    data.z.resize(p, static_cast<Eigen::Index>(data.size()));
    ask_for_large_pages(data.z.data(), static_cast<std::size_t>(data.z.size()) * sizeof(double));
    if (p == 0) return;
    copy_covariates(input, data);
    Eigen::VectorXd centre = data.means;
    StratumCentre centres(input, data);
    for (const Stratum& stratum : data.strata) {
        if (!data.small()) centres.find(stratum, centre);
        for (std::size_t k = stratum.row_begin; k < stratum.row_end; ++k) {
            auto z = data.z.col(static_cast<Eigen::Index>(k));
            z = (z - centre).cwiseProduct(data.scale);
        }
    }
}

}  // namespace

CoxData sort_cox_data(const CoxInput& input) {
    check(input);
    CoxData data;
    data.input_rows = input.stop.size();
    const Vector<Index> rows = order_rows(input);
    data.row = ever_at_risk(input, rows);
    gather_rows(input, data);
    find_strata(input, data);
    sort_starts(data);
    find_events(data);
    find_scale(input, rows, data);
    gather_covariates(input, data);
    return data;
}

Vector<int> group_codes(Span<const int> group) {
    if (group.empty()) return {};
    const auto [least, most] = std::minmax_element(group.begin(), group.end());
    const auto range = static_cast<std::size_t>(static_cast<long long>(*most) - *least) + 1;
    if (range > 4 * group.size() + 1024) return {};
    Vector<int> code_of(range, 0);
    Vector<int> codes(group.size());
    int last = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
        int& code = code_of[static_cast<std::size_t>(static_cast<long long>(group[i]) - *least)];
        if (code == 0) code = ++last;
        codes[i] = code;
    }
    return codes;
}

Vector<bool> columns_within(const MatrixView& x, Span<const double> values) {
    Vector<bool> result(x.columns());
    for (std::size_t j = 0; j < x.columns(); ++j) {
        const Span<const double> column = x.column(j);
        result[j] = std::all_of(column.begin(), column.end(), [&](double value) {
            return std::find(values.begin(), values.end(), value) != values.end();
        });
    }
    return result;
}

}  // namespace survmatch
