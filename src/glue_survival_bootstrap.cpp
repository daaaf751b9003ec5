#include "core/base/vector.hpp"
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
    const BootstrapInput input{
        glue::span(time), glue::span(event), glue::span(arm), glue::span(weight), glue::span(unit), units, arms};
    const BootstrapTargets wanted{Rcpp::as<double>(targets["tau"]), glue::from_r(targets["times"]),
                                  glue::from_r(targets["quantiles"])};
    glue::RHooks hooks;
    const std::size_t size = ResampledNumbers(input, wanted).size();
    Vector<double> values;
    if (how == "estimate") {
        values.resize(size);
        ResampledNumbers(input, wanted).compute(Vector<int>(units, 1), values.data());
    } else if (how == "bootstrap") {
        values = bootstrap_numbers(input, wanted, replicates, static_cast<std::uint64_t>(seed), threads, hooks);
    } else {
        values = jackknife_numbers(input, wanted, threads, hooks);
    }
    return glue::to_r(values, size);
}
