#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"
#include "core/survival/multistate_errors.hpp"

namespace survmatch {

namespace {

// Constants and moments cancel when clusters enter late or lose members one by one; they carry more digits than the
// result.
using Wide = long double;

// Sums over clusters of products of pairs among q (area), e (probability), c and w, for one state.
struct FlowMoments {
    Wide qq = 0, qe = 0, qc = 0, qw = 0, ee = 0, ec = 0, ew = 0;

    void add(Wide q, Wide e, Wide c, Wide w, Wide sign) {
        qq += sign * q * q;
        qe += sign * q * e;
        qc += sign * q * c;
        qw += sign * q * w;
        ee += sign * e * e;
        ec += sign * e * c;
        ew += sign * e * w;
    }
};

struct Shared {
    Wide cc = 0, cw = 0, ww = 0;
    void add(Wide c, Wide w, Wide sign) {
        cc += sign * c * c;
        cw += sign * c * w;
        ww += sign * w * w;
    }
};

double root(Wide variance) {
    return variance > 0 ? std::sqrt(static_cast<double>(variance)) : variance == variance ? 0.0 : std::nan("");
}

// The sums common to all clusters, of one move from the first state to state k.
struct Common {
    Wide probability = 0;  // F: integral of S dh
    Wide drift = 0;        // G: integral of S (L - 1/n) dh
    Wide probability_area = 0, drift_area = 0;
    Wide hazard = 0;  // integral of dh / n
};

class CompetingErrors {
  public:
    CompetingErrors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                    MultistateCurve& curve)
        : rows_(rows),
          input_(input),
          options_(options),
          curve_(curve),
          m_(curve.time.size()),
          states_(input.states),
          moves_(input.transitions.size()) {
        first_ = static_cast<std::size_t>(std::max_element(curve.p0.begin(), curve.p0.end()) - curve.p0.begin());
        one_row_each_ = !rows.has_entry && rows.clusters.size() == rows.by_stop.size();
        const std::size_t clusters = one_row_each_ ? 0 : rows.clusters.size();
        weight_.assign(clusters, 0);
        constant_.assign(clusters, 0);
        survival_area_.assign(clusters, 0);
        own_.assign(clusters * moves_, {});
        common_.assign(moves_, {});
        moments_.assign(moves_, {});
        hazard_squares_.assign(moves_, 0);
        hazard_products_.assign(moves_, 0);
        has_been_shared_.assign(states_, false);
        if (!rows.has_entry) begin_together();
    }

    void run() {
        clear_states_never_entered();
        std::size_t next_start = 0, next_stop = 0;
        const auto &starts = rows_.by_start, &stops = rows_.by_stop;
        for (std::size_t k = 0; k < m_; ++k) {
            const double now = curve_.time[k];
            add_area(k);
            for (; next_start < starts.size() && starts[next_start].time < now; ++next_start) {
                change(static_cast<std::size_t>(starts[next_start].cluster), starts[next_start].weight, -1, 0);
            }
            for (; next_stop < stops.size() && stops[next_stop].time < now; ++next_stop) leave(stops[next_stop], 0);
            const Wide scale = events(k);
            for (; next_stop < stops.size() && stops[next_stop].time == now; ++next_stop)
                leave(stops[next_stop], scale);
            record(k);
        }
    }

  private:
    struct Own {
        Wide probability = 0;  // e
        Wide area = 0;         // q
        Wide hazard = 0;       // f: influence on the hazard is f - w times the common one
    };

    void clear_states_never_entered() {
        Vector<bool> reached(states_, false);
        reached[first_] = true;
        for (const Transition& t : input_.transitions) reached[static_cast<std::size_t>(t.to) - 1] = true;
        for (std::size_t k = 0; k < m_; ++k) {
            for (std::size_t j = 0; j < states_; ++j) {
                if (!reached[j]) curve_.probability_error(k, j) = curve_.area_error(k, j) = 0.0;
            }
        }
    }

    // Everybody is at risk before anything has happened.
    void begin_together() {
        if (one_row_each_) {
            for (const StateRow& r : rows_.by_stop) shared_.ww += static_cast<Wide>(r.weight) * r.weight;
            return;
        }
        for (const StateRow& r : rows_.by_stop) weight_[static_cast<std::size_t>(r.cluster)] += r.weight;
        for (const Wide w : weight_) shared_.ww += w * w;
    }

    // A row ends. Nothing happens until the next time, so that it may leave at once, with its event.
    void leave(const StateRow& r, Wide scale) {
        own_jump_ = r.weight * jump_of_one_;
        hazard_jump_ = r.weight * step_of_one_;
        const int h = r.to < 0 ? -1 : r.transition;
        const Wide lost = r.to < 0 ? 0 : r.weight * scale;
        if (one_row_each_) return finish(r.weight, h, lost);
        change(static_cast<std::size_t>(r.cluster), -r.weight, h, lost);
    }

    void add_area(std::size_t k) {
        const Wide width = curve_.time[k] - (k > 0 ? curve_.time[k - 1] : options_.t0);
        elapsed_ += width;
        survival_integral_ += width * survival_;
        level_integral_ += width * survival_ * level_;
        for (Common& c : common_) {
            c.probability_area += width * c.probability;
            c.drift_area += width * c.drift;
        }
    }

    // The cluster's weight at risk changes by `by`, and its influence on move `h` (when not -1) by its own event:
    // survival loses `lost` per unit of S.
    void change(std::size_t g, Wide by, int h, Wide lost) {
        Own* own = own_.data() + g * moves_;
        const Wide c = constant_[g], w = weight_[g];
        shared_.add(c, w, -1);
        area_.add(survival_area_[g], 0, c, w, -1);
        for (std::size_t j = 0; j < moves_; ++j) {
            moments_[j].add(own[j].area, own[j].probability, c, w, -1);
            hazard_squares_[j] -= own[j].hazard * own[j].hazard;
            hazard_products_[j] -= own[j].hazard * w;
        }
        const Wide new_w = std::fabs(w + by) < 1e-12L * std::fabs(by) ? 0 : w + by;
        const Wide new_c = c + (w - new_w) * level_ - lost;
        survival_area_[g] += (c - new_c) * survival_integral_ + (w - new_w) * level_integral_;
        for (std::size_t j = 0; j < moves_; ++j) {
            const Common& all = common_[j];
            const Wide jump = static_cast<int>(j) == h ? own_jump_ : 0;
            const Wide e = own[j].probability + (c - new_c) * all.probability + (w - new_w) * all.drift + jump;
            own[j].area +=
                (own[j].probability - e) * elapsed_ + (c - new_c) * all.probability_area + (w - new_w) * all.drift_area;
            own[j].probability = e;
            own[j].hazard += (new_w - w) * all.hazard + (static_cast<int>(j) == h ? hazard_jump_ : 0);
        }
        constant_[g] = new_c;
        weight_[g] = new_w;
        shared_.add(new_c, new_w, 1);
        area_.add(survival_area_[g], 0, new_c, new_w, 1);
        for (std::size_t j = 0; j < moves_; ++j) {
            moments_[j].add(own[j].area, own[j].probability, new_c, new_w, 1);
            hazard_squares_[j] += own[j].hazard * own[j].hazard;
            hazard_products_[j] += own[j].hazard * new_w;
        }
    }

    // change() for a cluster of one row of weight `w`: before it ends nothing but its weight counts, and afterwards
    // nothing changes.
    void finish(Wide w, int h, Wide lost) {
        const Wide c = w * level_ - lost;
        const Wide area = w * level_integral_ - c * survival_integral_;
        shared_.ww -= w * w;
        shared_.cc += c * c;
        area_.qq += area * area;
        area_.qc += area * c;
        for (std::size_t j = 0; j < moves_; ++j) {
            const Common& all = common_[j];
            const bool own_event = static_cast<int>(j) == h;
            const Wide e = w * all.drift - c * all.probability + (own_event ? own_jump_ : 0);
            const Wide q = w * all.drift_area - c * all.probability_area - e * elapsed_;
            const Wide f = (own_event ? hazard_jump_ : 0) - w * all.hazard;
            moments_[j].qq += q * q;
            moments_[j].qe += q * e;
            moments_[j].qc += q * c;
            moments_[j].ee += e * e;
            moments_[j].ec += e * c;
            hazard_squares_[j] += f * f;
        }
    }

    // What the events of a time do to all; returns what an event of weight 1 costs its own survival, per unit of S.
    Wide events(std::size_t k) {
        const Wide n = curve_.risk(k, first_);
        Wide all = 0;
        for (std::size_t h = 0; h < moves_; ++h) all += curve_.transition(k, h);
        if (!(all > 0)) return 0;
        const double ends = static_cast<double>(all / n);
        const Wide before = survival_;
        for (std::size_t h = 0; h < moves_; ++h) {
            const Wide step = curve_.transition(k, h) / n;
            common_[h].probability += before * step;
            common_[h].drift += before * step * (level_ - 1 / n);
            common_[h].hazard += step / n;
        }
        // S reaches 0 when all at risk leave: what is left of its influence no longer matters to any state.
        const bool last = ends == 1.0;
        const Wide scale = last ? 0 : 1 / (n * (1 - all / n));
        level_ += all / n * scale;
        survival_ = last ? 0 : before * (1 - all / n);
        jump_of_one_ = before / n;
        step_of_one_ = 1 / n;
        return scale;
    }

    void record(std::size_t k) {
        const Wide s = survival_, l = level_;
        const Wide on_s = s * s * (shared_.cc + 2 * l * shared_.cw + l * l * shared_.ww);
        const Wide r = survival_integral_, t = level_integral_;
        const Wide on_area = area_.qq + 2 * r * area_.qc + 2 * t * area_.qw + r * r * shared_.cc +
                             2 * r * t * shared_.cw + t * t * shared_.ww;
        record_state(k, first_, on_s, on_area);
        for (std::size_t h = 0; h < moves_; ++h) {
            const Common& a = common_[h];
            const FlowMoments& q = moments_[h];
            const Wide f = a.probability, g = a.drift, fa = a.probability_area, ga = a.drift_area, e = elapsed_;
            const Wide on_k = q.ee + 2 * f * q.ec + 2 * g * q.ew + quadratic(f, g);
            const Wide on_area_k = q.qq + e * e * q.ee + 2 * e * q.qe + 2 * fa * (q.qc + e * q.ec) +
                                   2 * ga * (q.qw + e * q.ew) + quadratic(fa, ga);
            record_state(k, static_cast<std::size_t>(input_.transitions[h].to) - 1, on_k, on_area_k);
            curve_.hazard_error(k, h) =
                root(hazard_squares_[h] - 2 * a.hazard * hazard_products_[h] + a.hazard * a.hazard * shared_.ww);
        }
    }

    // Where everybody or nobody is in a state no weight changes that, so that what the moments leave over is rounding.
    void record_state(std::size_t k, std::size_t state, Wide on_probability, Wide on_area) {
        curve_.area_error(k, state) = has_been_shared_[state] ? root(on_area) : 0.0;
        const double p = curve_.probability(k, state);
        const bool shared = p != 0.0 && p != 1.0;
        curve_.probability_error(k, state) = shared ? root(on_probability) : 0.0;
        if (shared) has_been_shared_[state] = true;
    }

    Wide quadratic(Wide c, Wide w) const { return c * c * shared_.cc + 2 * c * w * shared_.cw + w * w * shared_.ww; }

    const StateRows& rows_;
    const MultistateInput& input_;
    const MultistateOptions& options_;
    MultistateCurve& curve_;
    std::size_t m_, states_, moves_, first_ = 0;
    bool one_row_each_ = false;
    Vector<Wide> weight_, constant_, survival_area_;
    Vector<Own> own_;
    Vector<Common> common_;
    Vector<FlowMoments> moments_;
    Vector<bool> has_been_shared_;  // a state had some of the weight, not all
    FlowMoments area_;
    Shared shared_;
    Vector<Wide> hazard_squares_, hazard_products_;
    Wide survival_ = 1, level_ = 0;  // S and L
    Wide elapsed_ = 0, survival_integral_ = 0, level_integral_ = 0;
    Wide own_jump_ = 0, hazard_jump_ = 0;
    Wide jump_of_one_ = 0, step_of_one_ = 0;  // of an event of weight 1 at the time reached
};

}  // namespace

bool has_competing_risks(const StateRows& rows, const MultistateInput& input, const MultistateCurve& curve) {
    const auto top = std::max_element(curve.p0.begin(), curve.p0.end());
    if (*top != 1.0) return false;
    const int first = static_cast<int>(top - curve.p0.begin());
    for (const Transition& t : input.transitions) {
        if (t.from - 1 != first || t.to - 1 == first) return false;
    }
    return std::all_of(rows.by_stop.begin(), rows.by_stop.end(), [&](const StateRow& r) { return r.from == first; });
}

void competing_risk_errors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                           MultistateCurve& curve) {
    CompetingErrors(rows, input, options, curve).run();
}

}  // namespace survmatch
