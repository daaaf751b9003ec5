#pragma once

#include "core/survival/cox_data.hpp"

namespace survmatch {

// The rows of a Cox model in the order of CoxData, with their times, events, weights, offsets and strata. Gives
// all input rows by stratum and increasing time, ties in the order of the input.
Vector<Index> sort_cox_rows(const CoxInput& input, CoxData& data);

}  // namespace survmatch
