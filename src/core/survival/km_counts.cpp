#include "core/survival/km_counts.hpp"

#include <algorithm>
#include <iterator>

namespace survmatch {

namespace {

void push_distinct(std::vector<double>& times, double t) {
    if (times.empty() || times.back() != t) times.push_back(t);
}

// The ends of chains, and of one curve alone also the events inside a chain; with several curves an event inside a
// chain counts at the reported time before it.
std::vector<double> reported_times(const KmData& data, std::size_t s, bool entry_times) {
    const bool only_curve = data.by_stop.strata() == 1;
    std::vector<double> times;
    for (const Index i : data.by_stop.stratum(s)) {
        if (data.is_last(i) || (only_curve && data.status[i] == 1)) push_distinct(times, data.stop.time[i]);
    }
    if (!entry_times) return times;
    std::vector<double> entries;
    for (const Index i : data.by_start.stratum(s)) {
        if (data.is_first(i)) push_distinct(entries, data.start.time[i]);
    }
    std::vector<double> both;
    std::set_union(times.begin(), times.end(), entries.begin(), entries.end(), std::back_inserter(both));
    return both;
}

// From the last time to the first: the risk set mostly grows that way, so that sums rarely cancel.
void count_curve(const KmData& data, std::size_t s, bool entry_times, RiskCounts& out) {
    const Span<const Index> stops = data.by_stop.stratum(s);
    const Span<const Index> starts = data.has_entry() ? data.by_start.stratum(s) : Span<const Index>();
    const bool weighted = !data.weight.empty();
    std::size_t next_stop = stops.size(), next_start = starts.size();
    double risk = 0.0, heads = 0.0;
    for (std::size_t k = out.first[s + 1]; k-- > out.first[s];) {
        const double now = out.time[k];
        double events = 0.0, event_heads = 0.0, censored = 0.0, censor_heads = 0.0, entered = 0.0, enter_heads = 0.0;
        for (; next_stop > 0 && data.stop.time[stops[next_stop - 1]] >= now; --next_stop) {
            const Index i = stops[next_stop - 1];
            const double w = data.weight_of(i);
            heads += 1.0;
            risk += w;
            if (data.status[i] == 1) {
                event_heads += 1.0;
                events += w;
            } else if (data.is_last(i)) {
                censor_heads += 1.0;
                censored += w;
            }
        }
        for (; next_start > 0 && data.start.time[starts[next_start - 1]] >= now; --next_start) {
            const Index i = starts[next_start - 1];
            const double w = data.weight_of(i);
            heads -= 1.0;
            risk -= w;
            if (entry_times && data.is_first(i) && data.start.time[i] == now) {
                enter_heads += 1.0;
                entered += w;
            }
        }
        out.risk[k] = risk;
        out.event[k] = events;
        out.censor[k] = censored;
        if (entry_times) out.enter[k] = entered;
        if (!weighted) continue;
        out.risk_heads[k] = heads;
        out.event_heads[k] = event_heads;
        out.censor_heads[k] = censor_heads;
        if (entry_times) out.enter_heads[k] = enter_heads;
    }
}

}  // namespace

RiskCounts count_at_risk(const KmData& data, bool entry_times) {
    RiskCounts out;
    out.first.push_back(0);
    for (std::size_t s = 0; s < data.by_stop.strata(); ++s) {
        const std::vector<double> times = reported_times(data, s, entry_times);
        out.time.insert(out.time.end(), times.begin(), times.end());
        out.first.push_back(out.time.size());
    }
    for (auto* column : {&out.risk, &out.event, &out.censor}) column->resize(out.time.size());
    if (entry_times) out.enter.resize(out.time.size());
    if (!data.weight.empty()) {
        for (auto* column : {&out.risk_heads, &out.event_heads, &out.censor_heads}) column->resize(out.time.size());
        if (entry_times) out.enter_heads.resize(out.time.size());
    }
    for (std::size_t s = 0; s < data.by_stop.strata(); ++s) count_curve(data, s, entry_times, out);
    return out;
}

}  // namespace survmatch
