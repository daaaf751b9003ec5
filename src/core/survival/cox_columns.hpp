#pragma once

#include "core/survival/cox_data.hpp"

namespace survmatch {

// The covariates of rows that are sorted: CoxData::z with its scale and means. `increasing`: what sort_cox_rows() gave.
void gather_cox_columns(const CoxInput& input, const Vector<Index>& increasing, CoxData& data);

}  // namespace survmatch
