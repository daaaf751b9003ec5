#include "core/survival/concordance.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/prefetch.hpp"
#include "core/base/vector.hpp"
#include "core/survival/time_order.hpp"

namespace survmatch {

namespace {

// Weights by rank, with sums below a rank in logarithmic time. Fenwick (1994) Software: Practice and Experience 24:327,
// over blocks of ranks: the tree of a million ranks then stays in the processor's cache, and a block is a few
// neighbours.
class WeightsByRank {
  public:
    void reset(std::size_t ranks) {
        tree_.assign(ranks / block + 2, 0.0);
        at_.assign(ranks, 0.0);
        total_ = 0.0;
    }
    void add(std::size_t rank, double weight) {
        at_[rank] += weight;
        total_ += weight;
        for (std::size_t i = rank / block + 1; i < tree_.size(); i += i & (~i + 1)) tree_[i] += weight;
    }
    double below(std::size_t rank) const {
        double sum = 0.0;
        for (std::size_t i = rank / block; i > 0; i -= i & (~i + 1)) sum += tree_[i];
        const std::size_t begin = rank / block * block;
        double even = 0.0, odd = 0.0;
        std::size_t r = begin;
        for (; r + 1 < rank; r += 2) {
            even += at_[r];
            odd += at_[r + 1];
        }
        if (r < rank) even += at_[r];
        return sum + (even + odd);
    }
    double at(std::size_t rank) const { return at_[rank]; }
    // What add() and below() will want of the rank.
    void fetch(std::size_t rank) const {
        for (std::size_t r = rank / block * block; r <= rank; r += doubles_a_line) prefetch(&at_[r]);
    }
    double total() const { return total_; }

  private:
    static constexpr std::size_t block = 32;
    static constexpr std::size_t doubles_a_line = 8;
    Vector<double> tree_;
    Vector<double> at_;
    double total_ = 0.0;
};

// The same where every row counts once: whole numbers, in a tree in which a node is the sum of 32. A sum takes the same
// steps whatever the rank, so that the processor has nothing to guess.
class CountsByRank {
  public:
    void reset(std::size_t ranks) {
        total_ = 0;
        depth_ = 0;
        for (std::size_t nodes = ranks; depth_ == 0 || nodes > 1; ++depth_) {
            const std::size_t groups = (nodes + width - 1) / width;
            if (levels_.size() == depth_) levels_.emplace_back();
            levels_[depth_].assign(groups * width, 0);
            nodes = groups;
        }
    }
    void add(std::size_t rank, double sign) {
        const int one = sign > 0.0 ? 1 : -1;
        total_ += one;
        for (std::size_t level = 0; level < depth_; ++level, rank /= width) levels_[level][rank] += one;
    }
    double below(std::size_t rank) const {
        int sum = 0;
        if (depth_ == 1) {  // a few ranks, often two: quicker one by one than the whole group
            for (std::size_t r = 0; r < rank; ++r) sum += levels_[0][r];
            return sum;
        }
        for (std::size_t level = 0; level < depth_; ++level, rank /= width) {
            sum += first_of(&levels_[level][rank / width * width], rank % width);
        }
        return sum;
    }
    double at(std::size_t rank) const { return levels_[0][rank]; }
    void fetch(std::size_t rank) const {
        const int* group = &levels_[0][rank / width * width];
        prefetch(group);
        prefetch(group + width / 2);
    }
    double total() const { return total_; }

  private:
    static constexpr std::size_t width = 32;

    // The sum of the first `count` < width of a group.
    static int first_of(const int* group, std::size_t count) {
        static constexpr int all_then_none[2 * width] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                         -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                                         -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        const int* counted = all_then_none + (width - count);
        int sum = 0;
        for (std::size_t i = 0; i < width; ++i) sum += group[i] & counted[i];
        return sum;
    }

    Vector<Vector<int>> levels_;  // from the ranks to the root
    std::size_t depth_ = 0;
    int total_ = 0;
};

// What the pairs of one row add: concordant minus discordant, and all that are comparable.
struct RowInfluence {
    double difference = 0.0;
    double pairs = 0.0;
};

template <class ByRank>
class PairCounter {
  public:
    PairCounter(const CoxData& data, Span<const double> predictor)
        : data_(data), predictor_(predictor), rank_(data.size()), influence_(data.size()) {}

    void count(const Stratum& stratum) {
        rank_predictors(stratum);
        back_in_time(stratum);
        forward_in_time(stratum);
    }
    Concordance& counts() { return counts_; }
    const Vector<RowInfluence>& influence() const { return influence_; }

  private:
    // Dense ranks 0 .. ranks_ - 1 of the predictors in the stratum.
    void rank_predictors(const Stratum& stratum) {
        values_.resize(stratum.row_end - stratum.row_begin);
        for (std::size_t k = 0; k < values_.size(); ++k) values_[k] = predictor_[data_.row[stratum.row_begin + k]];
        if (rank_few_values(stratum.row_begin)) return;
        const Vector<Index> order = time_order(values_);
        std::size_t rank = 0;
        for (std::size_t k = 0; k < order.size(); ++k) {
            if (k > 0 && values_[order[k]] != values_[order[k - 1]]) ++rank;
            rank_[stratum.row_begin + order[k]] = static_cast<Index>(rank);
        }
        ranks_ = rank + 1;
    }

    // When the predictor has only a few values, as that of one treatment has: no sort of the rows.
    bool rank_few_values(std::size_t row_begin) {
        few_.clear();
        for (std::size_t k = 0; k < values_.size(); ++k) {
            const auto known = std::find(few_.begin(), few_.end(), values_[k]);
            rank_[row_begin + k] = static_cast<Index>(known - few_.begin());  // of appearance, until all are known
            if (known != few_.end()) continue;
            if (few_.size() == few_values) return false;
            few_.push_back(values_[k]);
        }
        std::array<Index, few_values> rank_of{};
        for (std::size_t a = 0; a < few_.size(); ++a) {
            rank_of[a] = static_cast<Index>(
                std::count_if(few_.begin(), few_.end(), [&](double other) { return other < few_[a]; }));
        }
        for (std::size_t k = 0; k < values_.size(); ++k) rank_[row_begin + k] = rank_of[rank_[row_begin + k]];
        ranks_ = few_.size();
        return true;
    }

    // What the row at a position, or an entry of by_start, will want a few steps later; outside the data: nothing.
    void look_at(std::size_t position) const {
        if (position < rank_.size()) weights_.fetch(rank_[position]);
    }
    void look_at_leaver(std::size_t early, std::size_t soon) const {
        const Vector<Index>& leavers = data_.by_start;
        if (early < leavers.size()) prefetch(&rank_[leavers[early]]);
        if (soon >= leavers.size()) return;
        weights_.fetch(rank_[leavers[soon]]);
        prefetch(&influence_[leavers[soon]]);
    }

    // Each death against those at risk longer.
    void back_in_time(const Stratum& stratum) {
        weights_.reset(ranks_);
        for (std::size_t e = stratum.event_begin; e < stratum.event_end; ++e) {
            const EventTime& event = data_.events[e];
            for (std::size_t k = event.remove_begin; k < event.remove_end; ++k) {
                look_at_leaver(k + far, k + near);
                const Index position = data_.by_start[k];
                weights_.add(rank_[position], -data_.weight[position]);
            }
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                look_at(k + near);
                if (!data_.event[k]) weights_.add(rank_[k], data_.weight[k]);
            }
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (data_.event[k]) count_death(k);
            }
            count_tied_deaths(event);
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (data_.event[k]) weights_.add(rank_[k], data_.weight[k]);
            }
        }
    }

    void count_death(std::size_t k) {
        const double lower = weights_.below(rank_[k]);
        const double tied = weights_.at(rank_[k]);
        const double higher = weights_.total() - lower - tied;
        counts_.concordant += data_.weight[k] * lower;
        counts_.discordant += data_.weight[k] * higher;
        counts_.tied_predictor += data_.weight[k] * tied;
        influence_[k].difference += lower - higher;
        influence_[k].pairs += weights_.total();
    }

    void count_tied_deaths(const EventTime& event) {
        if (event.deaths < 2) return;
        tied_.clear();
        for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
            if (data_.event[k]) tied_.push_back({rank_[k], data_.weight[k]});
        }
        std::sort(tied_.begin(), tied_.end());
        double all = 0.0;
        double same_rank = 0.0;
        for (std::size_t i = 0; i < tied_.size(); ++i) {
            if (i > 0 && tied_[i].first != tied_[i - 1].first) same_rank = 0.0;
            counts_.tied_both += tied_[i].second * same_rank;
            counts_.tied_time += tied_[i].second * (all - same_rank);
            all += tied_[i].second;
            same_rank += tied_[i].second;
        }
    }

    // Each row against the deaths of its interval, as the one that is at risk longer.
    void forward_in_time(const Stratum& stratum) {
        weights_.reset(ranks_);
        for (std::size_t e = stratum.event_end; e-- > stratum.event_begin;) {
            const EventTime& event = data_.events[e];
            for (std::size_t k = event.add_end; k-- > event.add_begin;) {
                look_at(k - near);
                if (data_.event[k]) add_earlier_deaths(k, 1.0);
            }
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (data_.event[k]) weights_.add(rank_[k], data_.weight[k]);
            }
            for (std::size_t k = event.add_begin; k < event.add_end; ++k) {
                if (!data_.event[k]) add_earlier_deaths(k, 1.0);
            }
            for (std::size_t k = event.remove_end; k-- > event.remove_begin;) {
                look_at_leaver(k - far, k - near);
                add_earlier_deaths(data_.by_start[k], -1.0);
            }
        }
    }

    void add_earlier_deaths(std::size_t k, double sign) {
        const double lower = weights_.below(rank_[k]);
        const double higher = weights_.total() - lower - weights_.at(rank_[k]);
        influence_[k].difference += sign * (higher - lower);
        influence_[k].pairs += sign * weights_.total();
    }

    const CoxData& data_;
    Span<const double> predictor_;
    Vector<Index> rank_;
    Vector<RowInfluence> influence_;
    std::size_t ranks_ = 0;
    static constexpr std::size_t few_values = 16;
    static constexpr std::size_t near = 12, far = 24;
    Vector<double> values_, few_;
    Vector<std::pair<Index, double>> tied_;
    ByRank weights_;
    Concordance counts_;
};

// Infinitesimal jackknife: the derivative of (concordant - discordant) / pairs by the weight of each row.
double jackknife_variance(const CoxData& data, const Vector<RowInfluence>& influence, double somers_d, double pairs,
                          Span<const int> cluster, std::size_t clusters) {
    Vector<double> by_cluster(cluster.empty() ? 0 : clusters, 0.0);
    double variance = 0.0;
    for (std::size_t k = 0; k < data.size(); ++k) {
        const double effect =
            (influence[k].difference - influence[k].pairs * somers_d) * data.weight[k] / (2.0 * pairs);
        if (cluster.empty()) {
            variance += effect * effect;
        } else {
            by_cluster[static_cast<std::size_t>(cluster[data.row[k]] - 1)] += effect;
        }
    }
    for (const double effect : by_cluster) variance += effect * effect;
    return variance;
}

template <class ByRank>
Concordance count_pairs(const CoxData& data, Span<const double> predictor, Span<const int> cluster,
                        std::size_t clusters) {
    PairCounter<ByRank> counter(data, predictor);
    for (const Stratum& stratum : data.strata) counter.count(stratum);
    Concordance result = counter.counts();
    const double pairs = result.concordant + result.discordant + result.tied_predictor;
    const double somers_d = (result.concordant - result.discordant) / pairs;
    result.concordance = (somers_d + 1.0) / 2.0;
    result.standard_error =
        std::sqrt(jackknife_variance(data, counter.influence(), somers_d, pairs, cluster, clusters));
    return result;
}

}  // namespace

Concordance concordance(const CoxData& data, Span<const double> predictor, Span<const int> cluster,
                        std::size_t clusters) {
    if (predictor.size() != data.input_rows) throw InputError("one predictor a row is needed");
    const bool once = std::all_of(data.weight.begin(), data.weight.end(), [](double weight) { return weight == 1.0; });
    return once ? count_pairs<CountsByRank>(data, predictor, cluster, clusters)
                : count_pairs<WeightsByRank>(data, predictor, cluster, clusters);
}

}  // namespace survmatch
