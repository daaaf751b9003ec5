#include "core/survival/km_counts.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/vector.hpp"
#include "core/survival/tally.hpp"

namespace survmatch {

namespace {

void push_distinct(Vector<double>& times, double t) {
    if (times.empty() || times.back() != t) times.push_back(t);
}

// The ends of chains, and of one curve alone also the events inside a chain; with several curves an event inside a
// chain counts at the reported time before it.
void report_times(const KmData& data, std::size_t s, bool entry_times, Vector<double>& out) {
    const bool only_curve = data.strata() == 1;
    const SortedRows& stop = data.by_stop;
    const std::size_t before = out.size();
    for (std::size_t k = stop.begin(s); k < stop.end(s); ++k) {
        const bool is_reported = stop.is_last(k) || (only_curve && stop.has_event(k));
        if (is_reported && (out.size() == before || out.back() != stop.time[k])) out.push_back(stop.time[k]);
    }
    if (!entry_times) return;
    const Vector<double> times(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
    Vector<double> entries;
    out.resize(before);
    for (std::size_t k = data.by_start.begin(s); k < data.by_start.end(s); ++k) {
        if (data.by_start.is_first(k)) push_distinct(entries, data.by_start.time[k]);
    }
    std::set_union(times.begin(), times.end(), entries.begin(), entries.end(), std::back_inserter(out));
}

// From the last time to the first: the risk set mostly grows that way, so that sums rarely cancel.
void count_curve(const KmData& data, std::size_t s, RiskCounts& out) {
    const bool entry_times = !out.enter.empty();
    const SortedRows &stop = data.by_stop, &start = data.by_start;
    std::size_t next_stop = stop.end(s), next_start = data.has_entry ? start.end(s) : 0;
    const std::size_t first_stop = stop.begin(s), first_start = data.has_entry ? start.begin(s) : 0;
    Tally risk;
    for (std::size_t k = out.first[s + 1]; k-- > out.first[s];) {
        const double now = out.time[k];
        Tally events, censored, entered;
        for (; next_stop > first_stop && stop.time[next_stop - 1] >= now; --next_stop) {
            const double w = stop.weight_at(next_stop - 1);
            risk.add(w);
            if (stop.has_event(next_stop - 1)) {
                events.add(w);
            } else if (stop.is_last(next_stop - 1)) {
                censored.add(w);
            }
        }
        for (; next_start > first_start && start.time[next_start - 1] >= now; --next_start) {
            const double w = start.weight_at(next_start - 1);
            risk.remove(w);
            if (entry_times && start.is_first(next_start - 1) && start.time[next_start - 1] == now) entered.add(w);
        }
        out.risk[k] = risk.weight;
        out.event[k] = events.weight;
        out.censor[k] = censored.weight;
        if (entry_times) out.enter[k] = entered.weight;
        if (!data.weighted) continue;
        out.risk_heads[k] = risk.heads;
        out.event_heads[k] = events.heads;
        out.censor_heads[k] = censored.heads;
        if (entry_times) out.enter_heads[k] = entered.heads;
    }
}

}  // namespace

ReportedTimes reported_times(const KmData& data, bool entry_times) {
    ReportedTimes out;
    out.time.reserve(data.by_stop.time.size());
    out.first.push_back(0);
    for (std::size_t s = 0; s < data.strata(); ++s) {
        report_times(data, s, entry_times, out.time);
        out.first.push_back(out.time.size());
    }
    return out;
}

void count_at_risk(const KmData& data, RiskCounts& counts) {
    for (std::size_t s = 0; s < data.strata(); ++s) count_curve(data, s, counts);
}

}  // namespace survmatch
