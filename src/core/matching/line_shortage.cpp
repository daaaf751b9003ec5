#include "core/matching/line_shortage.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/vector.hpp"
#include "core/matching/line_sweep.hpp"

namespace survmatch {

namespace {

// The others of a line that no search has reached yet.
class Unreached {
  public:
    explicit Unreached(std::size_t others) : next_(others + 1) {
        for (std::size_t o = 0; o <= others; ++o) next_[o] = static_cast<Index>(o);
    }
    std::size_t at_or_after(std::size_t other) {
        std::size_t root = other;
        while (next_[root] != root) root = next_[root];
        while (next_[other] != root) other = std::exchange(next_[other], static_cast<Index>(root));
        return root;
    }
    void take(std::size_t other) { next_[other] = static_cast<Index>(other + 1); }

  private:
    Vector<Index> next_;
};

// The focal units that could give way to one that is short, and all the others that they could have.
class ShortOfPartners {
  public:
    ShortOfPartners(const Line& line, const LineTerms& terms, Hooks& hooks)
        : line_(line), terms_(terms), owner_(line.size(), nobody) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (!line.focal[i]) others_.push_back(static_cast<Index>(i));
        }
        Vector<Index> served(line.size(), 0);
        pair_in_order(line, taken_on_line(line, terms, hooks), [&](std::size_t focal, std::size_t other) {
            owner_[other] = static_cast<Index>(focal);
            ++served[focal];
        });
        reached_.assign(line.size(), 0);
        Unreached unreached(others_.size());
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (line.focal[i] && served[i] < static_cast<Index>(terms.ratio))
                reach_from(static_cast<Index>(i), unreached);
        }
    }
    // Groups in which two units that follow each other have an other in common.
    void number(Vector<int>& groups, int& last) const {
        Index before = nobody;
        std::size_t first = 0;
        for (std::size_t i = 0; i < line_.size(); ++i) {
            if (!line_.focal[i] || !reached_[i]) continue;
            first = std::max(first, first_of(static_cast<Index>(i)));
            const bool shared =
                before != nobody && first < others_.size() && near(i, others_[first]) && near(before, others_[first]);
            if (!shared) ++last;
            groups[line_.unit[i]] = last;
            for (std::size_t o = first; o < others_.size() && near(i, others_[o]); ++o) {
                groups[line_.unit[others_[o]]] = last;
                first = o;
            }
            before = static_cast<Index>(i);
        }
    }

  private:
    bool near(std::size_t a, std::size_t b) const {
        return std::isnan(terms_.caliper) || !(line_.distance(a, b) > terms_.caliper);
    }
    // The first other that is not too far below.
    std::size_t first_of(Index focal) const {
        const auto below = [&](Index other, double score) {
            return !std::isnan(terms_.caliper) && score - line_.score[other] > terms_.caliper;
        };
        return static_cast<std::size_t>(std::lower_bound(others_.begin(), others_.end(), line_.score[focal], below) -
                                        others_.begin());
    }
    void reach_from(Index start, Unreached& unreached) {
        Vector<Index> waiting;
        const auto reach = [&](Index focal) {
            if (reached_[focal]) return;
            reached_[focal] = 1;
            waiting.push_back(focal);
        };
        reach(start);
        while (!waiting.empty()) {
            const Index focal = waiting.back();
            waiting.pop_back();
            for (std::size_t o = unreached.at_or_after(first_of(focal)); o < others_.size() && near(focal, others_[o]);
                 o = unreached.at_or_after(o)) {
                unreached.take(o);
                if (owner_[others_[o]] != nobody) reach(owner_[others_[o]]);
            }
        }
    }

    const Line& line_;
    const LineTerms& terms_;
    Vector<Index> others_, owner_;
    Vector<char> reached_;
};

}  // namespace

Vector<int> shortage_on_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms, Hooks& hooks) {
    Vector<int> groups(units.size(), 0);
    int last = 0;
    for (std::size_t s = 0; s < order.strata(); ++s) {
        const Line line = order.stratum(s);
        ShortOfPartners(line, terms, hooks).number(groups, last);
    }
    return groups;
}

}  // namespace survmatch
