#pragma once

#include <Eigen/Core>

#include "core/base/order.hpp"
#include "core/base/span.hpp"
#include "core/base/vector.hpp"

namespace survmatch {

// Right-censored or (start, stop] data of a Cox model, one row an interval.
struct CoxInput {
    Span<const double> start;  // empty for right-censored data
    Span<const double> stop;
    Span<const int> status;     // 1 = event at stop; 2 = another event, after which the row stays (see KeptRows)
    Span<const int> stratum;    // codes in any order; empty for one stratum
    Span<const double> weight;  // > 0; empty for 1
    Span<const double> offset;  // empty for 0
    MatrixView x;
    Span<const int> centred;  // one a column: 0 leaves a column (0/1 coded, say) as it is
    // What time_order() gives of stop and start where it is known already; else empty.
    Span<const Index> stop_order{}, start_order{};
};

// One event time of one stratum. Positions point into the rows as CoxData sorted them.
struct EventTime {
    double time;
    double death_weight;
    Index add_begin, add_end;        // rows that enter the risk set here, going back in time
    Index remove_begin, remove_end;  // entries of CoxData::by_start that start at `time` or later
    Index deaths;
};

struct Stratum {
    std::size_t row_begin, row_end;
    std::size_t event_begin, event_end;
};

// Rows that stay in the risk set after their end with a share of their weight that falls over time: G(t-) / G(stop-),
// G the survival function of the censoring, which can differ by group (finegray.hpp). Empty when nobody stays.
struct KeptRows {
    Vector<double> inverse;     // of each position: 1 / G(stop-) when it stays, else 0
    Vector<std::size_t> slot;   // of each position: its group among those of its stratum
    Vector<std::size_t> slots;  // of each stratum: how many groups
    Vector<std::size_t> first;  // of each event time: where its shares begin
    Vector<double> share;       // G(t-) by event time and slot

    bool empty() const { return inverse.empty(); }
    double at(std::size_t event, std::size_t group) const { return share[first[event] + group]; }
};

// The data of a Cox model, sorted once: by stratum, then from the last time to the first, so that a risk set grows by
// the rows that follow. Rows that are in no risk set (between two event times, or censored before the first) are left
// out. Right-censored data are in the reverse of their increasing order (the last stratum and the last of tied rows
// first); (start, stop] data have strata increasing and tied rows in the order of the input.
struct CoxData {
    Vector<Index> row;  // the input row of each position
    Vector<double> stop;
    Vector<double> start;  // empty for right-censored data
    Vector<unsigned char> event;
    Vector<double> weight;
    Vector<double> offset;
    Vector<Index> by_start;  // positions by stratum, then from the last start to the first
    Vector<Stratum> strata;
    Vector<EventTime> events;  // from the last to the first in each stratum
    // One column a position: (x - centre) * scale. The partial likelihood does not see the centre.
    Eigen::MatrixXd z;
    Eigen::VectorXd largest;      // of the absolute values of each covariate in z
    double largest_offset = 0.0;  // of its absolute values
    Eigen::VectorXd scale;
    Eigen::VectorXd means;  // weighted, over all rows; 0 for columns that are not centred
    std::size_t input_rows = 0;
    KeptRows kept;

    // Few enough for the derivatives that carry second moments along (cox_moments.hpp).
    bool small() const { return size() <= 5000 && kept.empty(); }
    std::size_t size() const { return row.size(); }
    Eigen::Index covariates() const { return z.rows(); }
    bool counting() const { return !start.empty(); }
    // Of a row that ends at `event` or before the next: it begins there, too, and is in risk sets only after its end.
    bool only_stays(std::size_t position, const EventTime& event) const {
        return counting() && !kept.empty() && start[position] >= event.time;
    }
};

CoxData sort_cox_data(const CoxInput& input);

// Codes 1, 2, ... of whole numbers in the order of their first appearance; empty when their range is too wide for a
// table.
Vector<int> group_codes(Span<const int> group);

// Whether every value of a column is one of `values`.
Vector<bool> columns_within(const MatrixView& x, Span<const double> values);

}  // namespace survmatch
