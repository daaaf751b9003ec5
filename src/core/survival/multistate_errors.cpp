#include "core/survival/multistate_errors.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/vector.hpp"

namespace survmatch {

namespace {

// Values of every cluster for each of several quantities.
class ClusterTable {
  public:
    ClusterTable(std::size_t clusters, std::size_t quantities)
        : clusters_(clusters), values_(clusters * quantities, 0.0) {}
    double* operator[](std::size_t quantity) { return values_.data() + quantity * clusters_; }
    Vector<double>& values() { return values_; }
    double root_sum_of_squares(std::size_t quantity) const {
        double sum = 0.0;
        const double* x = values_.data() + quantity * clusters_;
        for (std::size_t g = 0; g < clusters_; ++g) sum += x[g] * x[g];
        return std::sqrt(sum);
    }

  private:
    std::size_t clusters_;
    Vector<double> values_;
};

class DirectStateErrors {
  public:
    DirectStateErrors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                      MultistateCurve& curve)
        : rows_(rows),
          input_(input),
          options_(options),
          curve_(curve),
          m_(curve.time.size()),
          clusters_(rows.clusters.size()),
          states_(input.states),
          moves_(input.transitions.size()),
          on_probability_(clusters_, states_),
          on_area_(clusters_, states_),
          on_hazard_(clusters_, moves_),
          at_risk_(clusters_, states_),
          p_(curve.p0) {
        if (!curve.initial_influence.empty()) on_probability_.values() = curve.initial_influence;
        if (options.influence) curve.influence.reserve(m_ * states_ * clusters_);
        if (!rows.has_entry) {
            for (const StateRow& r : rows.by_stop) weight_of(r) += r.weight;
        }
        for (std::size_t j = 0; j < states_; ++j) probability_now_.push_back(on_probability_.root_sum_of_squares(j));
        hazard_now_.assign(moves_, 0.0);
    }

    void run() {
        for (std::size_t k = 0; k < m_; ++k) {
            add_area(k);
            move_to(curve_.time[k]);
            std::size_t end = next_stop_;
            bool has_event = false;
            for (; end < rows_.by_stop.size() && rows_.by_stop[end].time == curve_.time[k]; ++end) {
                has_event = has_event || rows_.by_stop[end].to >= 0;
            }
            if (has_event) events(k, end);
            record(k);
        }
    }

  private:
    double& weight_of(const StateRow& r) { return at_risk_[static_cast<std::size_t>(r.from)][r.cluster]; }
    double risk(std::size_t state, std::size_t k) const { return curve_.risk(k, state); }

    void add_area(std::size_t k) {
        const double width = curve_.time[k] - (k > 0 ? curve_.time[k - 1] : options_.t0);
        for (std::size_t j = 0; j < states_; ++j) {
            const double* u = on_probability_[j];
            double* a = on_area_[j];
            for (std::size_t g = 0; g < clusters_; ++g) a[g] += width * u[g];
            curve_.area_error(k, j) = on_area_.root_sum_of_squares(j);
        }
    }

    void move_to(double now) {
        for (; next_start_ < rows_.by_start.size() && rows_.by_start[next_start_].time < now; ++next_start_) {
            weight_of(rows_.by_start[next_start_]) += rows_.by_start[next_start_].weight;
        }
        for (; next_stop_ < rows_.by_stop.size() && rows_.by_stop[next_stop_].time < now; ++next_stop_) {
            weight_of(rows_.by_stop[next_stop_]) -= rows_.by_stop[next_stop_].weight;
        }
    }

    void events(std::size_t k, std::size_t end) {
        const Vector<double> step = steps(k);
        carry_forward(end, k);
        for (std::size_t i = next_stop_; i < end; ++i) own_event(rows_.by_stop[i], k);
        for (std::size_t h = 0; h < moves_; ++h) {
            if (step[h] > 0.0) share_event(h, k, step[h]);
        }
        for (std::size_t h = 0; h < moves_; ++h) hazard_now_[h] = on_hazard_.root_sum_of_squares(h);
        for (std::size_t j = 0; j < states_; ++j) probability_now_[j] = on_probability_.root_sum_of_squares(j);
        for (std::size_t j = 0; j < states_; ++j) p_[j] = curve_.probability(k, j);
    }

    // The hazard of each transition at this time.
    Vector<double> steps(std::size_t k) const {
        Vector<double> step(moves_, 0.0);
        for (std::size_t h = 0; h < moves_; ++h) {
            const double moved = curve_.transition(k, h);
            if (moved > 0.0) step[h] = moved / risk(static_cast<std::size_t>(input_.transitions[h].from) - 1, k);
        }
        return step;
    }

    // The influence so far moves between states as probability does. Hazards are sums of rows' own, and what a state
    // gains is added to what it has: a state that everybody leaves keeps exactly nothing.
    void carry_forward(std::size_t end, std::size_t k) {
        Vector<double> flow(states_ * states_, 0.0);  // from j to k at j * states + k, what leaves j at j * states + j
        for (std::size_t i = next_stop_; i < end; ++i) {
            const StateRow& r = rows_.by_stop[i];
            if (r.to < 0 || r.to == r.from) continue;
            const std::size_t from = static_cast<std::size_t>(r.from), to = static_cast<std::size_t>(r.to);
            const double share = r.weight / risk(from, k);
            flow[from * states_ + from] -= share;
            flow[from * states_ + to] += share;
        }
        Vector<double> before(states_);
        for (std::size_t g = 0; g < clusters_; ++g) {
            for (std::size_t j = 0; j < states_; ++j) before[j] = on_probability_[j][g];
            for (std::size_t j = 0; j < states_; ++j) {
                if (before[j] == 0.0) continue;
                for (std::size_t to = 0; to < states_; ++to) {
                    on_probability_[to][g] += before[j] * flow[j * states_ + to];
                }
            }
        }
    }

    void own_event(const StateRow& r, std::size_t k) {
        if (r.to < 0) return;
        const std::size_t from = static_cast<std::size_t>(r.from), to = static_cast<std::size_t>(r.to);
        on_hazard_[static_cast<std::size_t>(r.transition)][r.cluster] += r.weight / risk(from, k);
        if (from == to) return;
        const double moved = r.weight * p_[from] / risk(from, k);
        on_probability_[from][r.cluster] -= moved;
        on_probability_[to][r.cluster] += moved;
    }

    // Everybody at risk lowers the hazard by its share.
    void share_event(std::size_t h, std::size_t k, double step) {
        const std::size_t from = static_cast<std::size_t>(input_.transitions[h].from) - 1;
        const double scaled = step / risk(from, k);
        const double* weight = at_risk_[from];
        double* hazard = on_hazard_[h];
        double* out = on_probability_[from];
        double* in = on_probability_[static_cast<std::size_t>(input_.transitions[h].to) - 1];
        const bool moves = !stays(h);
        for (std::size_t g = 0; g < clusters_; ++g) {
            if (!(weight[g] > 0.0)) continue;
            hazard[g] -= weight[g] * scaled;
            if (!moves) continue;
            const double share = weight[g] * p_[from] * scaled;
            out[g] += share;
            in[g] -= share;
        }
    }

    bool stays(std::size_t h) const { return input_.transitions[h].from == input_.transitions[h].to; }

    void record(std::size_t k) {
        for (std::size_t j = 0; j < states_; ++j) curve_.probability_error(k, j) = probability_now_[j];
        for (std::size_t h = 0; h < moves_; ++h) curve_.hazard_error(k, h) = hazard_now_[h];
        if (!options_.influence) return;
        const auto& values = on_probability_.values();
        curve_.influence.insert(curve_.influence.end(), values.begin(), values.end());
    }

    const StateRows& rows_;
    const MultistateInput& input_;
    const MultistateOptions& options_;
    MultistateCurve& curve_;
    std::size_t m_, clusters_, states_, moves_;
    ClusterTable on_probability_, on_area_, on_hazard_, at_risk_;
    Vector<double> p_;
    Vector<double> probability_now_, hazard_now_;
    std::size_t next_start_ = 0, next_stop_ = 0;
};

}  // namespace

void direct_state_errors(const StateRows& rows, const MultistateInput& input, const MultistateOptions& options,
                         MultistateCurve& curve) {
    DirectStateErrors(rows, input, options, curve).run();
}

}  // namespace survmatch
