#include "core/survival/bootstrap.hpp"
#include "glue.h"

using namespace survmatch;

// `how`: "estimate", "bootstrap" or "jackknife". A column a replicate.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_resample(const Rcpp::NumericVector& time, const Rcpp::IntegerVector& event,
                                  const Rcpp::IntegerVector& arm, const Rcpp::NumericVector& weight,
                                  const Rcpp::IntegerVector& unit, std::size_t units, std::size_t arms,
                                  const Rcpp::List& targets, const std::string& how, std::size_t replicates,
                                  double seed, int threads) {
    const BootstrapInput input{glue::span(time),   glue::span(event), glue::span(arm),
                               glue::span(weight), glue::span(unit),  units,
                               arms};
    const BootstrapTargets wanted{Rcpp::as<double>(targets["tau"]),
                                  Rcpp::as<std::vector<double>>(targets["times"]),
                                  Rcpp::as<std::vector<double>>(targets["quantiles"])};
    glue::RHooks hooks;
    const int size = static_cast<int>(ResampledNumbers(input, wanted).size());
    std::vector<double> values;
    if (how == "estimate") {
        values.resize(static_cast<std::size_t>(size));
        ResampledNumbers(input, wanted).compute(std::vector<int>(units, 1), values.data());
    } else if (how == "bootstrap") {
        values = bootstrap_numbers(input, wanted, replicates, static_cast<std::uint64_t>(seed), threads, hooks);
    } else {
        values = jackknife_numbers(input, wanted, threads, hooks);
    }
    return Rcpp::NumericMatrix(size, size == 0 ? 0 : static_cast<int>(values.size()) / size, values.begin());
}
