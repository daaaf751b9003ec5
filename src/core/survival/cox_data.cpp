#include "core/survival/cox_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/vector.hpp"
#include "core/survival/cox_columns.hpp"
#include "core/survival/cox_rows.hpp"

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

void find_events(CoxData& data) {
    data.events.reserve(static_cast<std::size_t>(std::count(data.event.begin(), data.event.end(), 1)));
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

}  // namespace

CoxData sort_cox_data(const CoxInput& input) {
    check(input);
    CoxData data;
    const Vector<Index> increasing = sort_cox_rows(input, data);
    find_events(data);
    gather_cox_columns(input, increasing, data);
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
