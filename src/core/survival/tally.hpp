#pragma once

namespace survmatch {

// A sum of weights and how many rows it is of.
struct Tally {
    double weight = 0.0;
    double heads = 0.0;
    void add(double w) {
        weight += w;
        heads += 1.0;
    }
    void remove(double w) {
        weight -= w;
        heads -= 1.0;
    }
};

}  // namespace survmatch
