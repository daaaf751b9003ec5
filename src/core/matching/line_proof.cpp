#include "core/matching/line_proof.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "core/base/vector.hpp"
#include "core/matching/line_sweep.hpp"

namespace survmatch {

namespace {

// level 2 stands above all pairs that a line can have
constexpr std::int64_t level_two = std::int64_t{1} << 32;

constexpr std::int64_t unreached = std::numeric_limits<std::int64_t>::max() / 4;

struct Pair {
    Index focal, other;
};

// The optimum of one line and the potentials of its units: minus the least that one more focal unit costs there, or
// what one more other spares.
class LineDual {
  public:
    // What taking a unit is worth is `gain` of its place, for a focal unit with that of its copy.
    LineDual(const Line& line, double caliper, Vector<Worth> gain, Vector<Worth> of_copy)
        : line_(line),
          caliper_(std::isnan(caliper) ? std::numeric_limits<double>::infinity() : caliper),
          gain_(std::move(gain)),
          of_copy_(std::move(of_copy)),
          served_(line.size(), 0),
          potential_(line.size(), {unreached, {}}) {}
    // Pairs go up the line.
    void add_pair(Index focal, Index other) {
        pairs_.push_back({focal, other});
        ++served_[focal];
        ++served_[other];
    }
    void solve(Hooks& hooks);
    void report(LineProof& proof) const;

  private:
    DoubleDouble at(std::size_t place) const { return DoubleDouble(line_.score[place]); }
    Worth distance(Index a, Index b) const {
        return {0, line_.score[a] < line_.score[b] ? at(b) - at(a) : at(a) - at(b)};
    }
    Worth gain_of(std::size_t focal, std::size_t copy) const { return gain_[focal] + of_copy_[copy]; }
    bool lower(Index place, const Worth& to);
    template <bool up>
    bool pass_over_pairs();
    template <class Visit>
    void nearest_potentials(Visit visit) const;

    const Line& line_;
    double caliper_;
    Vector<Worth> gain_, of_copy_;
    Vector<Pair> pairs_;
    Vector<Index> served_;
    Vector<Worth> potential_;
};

// The least key of those within a caliper behind the place where the window stands.
class LeastBehind {
  public:
    void add(double position, const Worth& key) {
        while (!entries_.empty() && !(entries_.back().key < key)) entries_.pop_back();
        entries_.push_back({position, key});
    }
    template <class Beyond>
    void leave(Beyond beyond) {
        while (!entries_.empty() && beyond(entries_.front().position)) entries_.pop_front();
    }
    bool empty() const { return entries_.empty(); }
    const Worth& least() const { return entries_.front().key; }

  private:
    struct Entry {
        double position;
        Worth key;
    };
    std::deque<Entry> entries_;
};

bool LineDual::lower(Index place, const Worth& to) {
    Worth& now = potential_[place];
    if (!(to < now)) return false;
    // what is lower by rounding only would go round for ever
    const double step = (now.distance - to.distance).value();
    if (to.pairs == now.pairs && step <= 1e-26 * (std::fabs(to.distance.high) + std::fabs(line_.score[place])))
        return false;
    now = to;
    return true;
}

// One pair after the other up or down the line, each other reached from the focal units of the pairs before it.
template <bool up>
bool LineDual::pass_over_pairs() {
    bool changed = false;
    const std::size_t n = pairs_.size();
    const auto pair_at = [&](std::size_t j) -> const Pair& { return pairs_[up ? j : n - 1 - j]; };
    const auto position = [&](Index place) { return up ? line_.score[place] : -line_.score[place]; };
    LeastBehind behind, ahead;
    std::size_t entered_ahead = 0, entered_behind = 0;
    for (std::size_t j = 0; j < n; ++j) {
        const Pair& pair = pair_at(j);
        const double here = position(pair.other);
        for (; entered_ahead < j; ++entered_ahead) {
            const double there = position(pair_at(entered_ahead).focal);
            if (there - here > caliper_) break;
            const Worth& value = potential_[pair_at(entered_ahead).focal];
            ahead.add(there, {value.pairs, value.distance + DoubleDouble(there)});
        }
        for (; entered_behind < j; ++entered_behind) {
            const double there = position(pair_at(entered_behind).focal);
            if (there > here) break;
            const Worth& value = potential_[pair_at(entered_behind).focal];
            behind.add(there, {value.pairs, value.distance - DoubleDouble(there)});
        }
        ahead.leave([&](double there) { return there <= here; });
        behind.leave([&](double there) { return here - there > caliper_; });
        if (!ahead.empty()) {
            changed |= lower(pair.other, ahead.least() - Worth{0, DoubleDouble(here)});
        }
        if (!behind.empty()) {
            changed |= lower(pair.other, behind.least() + Worth{0, DoubleDouble(here)});
        }
        changed |= lower(pair.focal, potential_[pair.other] - distance(pair.focal, pair.other));
    }
    return changed;
}

// visit(other, least potential of a focal unit within the caliper plus its distance), for each other that has one.
template <class Visit>
void LineDual::nearest_potentials(Visit visit) const {
    const std::size_t n = line_.size();
    LeastBehind below;
    for (std::size_t i = 0; i < n; ++i) {
        const double here = line_.score[i];
        below.leave([&](double there) { return here - there > caliper_; });
        if (line_.focal[i]) {
            below.add(here, potential_[i] - Worth{0, at(i)});
        } else if (!below.empty()) {
            visit(static_cast<Index>(i), below.least() + Worth{0, at(i)});
        }
    }
    LeastBehind above;
    for (std::size_t i = n; i-- > 0;) {
        const double here = line_.score[i];
        above.leave([&](double there) { return there - here > caliper_; });
        if (line_.focal[i]) {
            above.add(here, potential_[i] + Worth{0, at(i)});
        } else if (!above.empty()) {
            visit(static_cast<Index>(i), above.least() - Worth{0, at(i)});
        }
    }
}

// Shortest ways in what the optimum leaves open. Ford (1956); pairs stand in order on the line, so few passes are
// needed.
void LineDual::solve(Hooks& hooks) {
    for (std::size_t i = 0; i < line_.size(); ++i) {
        if (line_.focal[i]) {
            if (served_[i] < of_copy_.size()) potential_[i] = Worth{} - gain_of(i, served_[i]);
        } else {
            potential_[i] = gain_[i];  // of others that are not taken this is the last word
        }
    }
    nearest_potentials([&](Index other, const Worth& value) {
        if (served_[other] > 0 && value.pairs < unreached / 2) lower(other, value);
    });
    for (std::size_t pass = 0;; ++pass) {
        hooks.tick(pass, pass + 1);
        const bool up = pass_over_pairs<true>();
        const bool down = pass_over_pairs<false>();
        if (!up && !down) break;
    }
}

void LineDual::report(LineProof& proof) const {
    const auto positive = [](const Worth& worth) { return Worth{} < worth ? worth : Worth{}; };
    for (std::size_t i = 0; i < line_.size(); ++i) {
        Worth& price = proof.price[line_.unit[i]];
        if (!line_.focal[i]) {
            price = positive(gain_[i] - potential_[i]);
            proof.bound = proof.bound + price;
            continue;
        }
        price = positive(potential_[i] + gain_of(i, 0));
        for (std::size_t c = 0; c < of_copy_.size(); ++c) {
            proof.bound = proof.bound + positive(potential_[i] + gain_of(i, c));
            if (c < served_[i]) proof.optimum = proof.optimum + gain_of(i, c);
        }
    }
    for (const Pair& pair : pairs_) {
        proof.optimum = proof.optimum + gain_[pair.other] - distance(pair.focal, pair.other);
        proof.distance += distance(pair.focal, pair.other).distance;
    }
    proof.pairs += static_cast<std::int64_t>(pairs_.size());
    nearest_potentials([&](Index other, const Worth& value) {
        const Worth above = potential_[other] - value;
        if (proof.contradiction < above) proof.contradiction = above;
    });
}

Worth worth_of(const CopyValue& value) {
    return {value.level == 2 ? level_two : value.level, DoubleDouble(value.distance)};
}

}  // namespace

LineProof prove_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms, Hooks& hooks) {
    LineProof proof;
    proof.price.resize(units.size());
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const Line line = order.stratum(s);
        const CopyValues values(line, terms);
        Vector<Worth> of_copy;
        for (int copy = 0; copy < terms.ratio; ++copy) of_copy.push_back(worth_of(values.of(copy)));
        LineDual dual(line, terms.caliper, Vector<Worth>(line.size()), of_copy);
        pair_in_order(line, taken_on_line(line, terms, hooks), [&](std::size_t focal, std::size_t other) {
            dual.add_pair(static_cast<Index>(focal), static_cast<Index>(other));
        });
        dual.solve(hooks);
        dual.report(proof);
    }
    return proof;
}

LineProof prove_line_full(const MatchUnits& units, const LineOrder& order, double caliper, Hooks& hooks) {
    LineProof proof;
    proof.price.resize(units.size());
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const Reachable reachable(order.stratum(s), caliper);
        const Line line = reachable.line();
        const Vector<Index> nearest = nearest_of_other_arm(line, caliper);
        Vector<Worth> alone(line.size());
        for (std::size_t i = 0; i < line.size(); ++i) {
            const double a = line.score[i], b = line.score[nearest[i]];
            alone[i].distance = a < b ? DoubleDouble(b) - DoubleDouble(a) : DoubleDouble(a) - DoubleDouble(b);
            proof.alone += alone[i].distance;
        }
        LineDual dual(line, caliper, alone, {Worth{}});
        pair_in_order(line, taken_for_full(line, nearest, caliper, hooks), [&](std::size_t focal, std::size_t other) {
            dual.add_pair(static_cast<Index>(focal), static_cast<Index>(other));
        });
        dual.solve(hooks);
        dual.report(proof);
        for (std::size_t i = 0; i < line.size(); ++i) {
            Worth& price = proof.price[line.unit[i]];
            price = alone[i] - price;
        }
    }
    proof.distance = proof.alone - proof.optimum.distance;
    return proof;
}

}  // namespace survmatch
