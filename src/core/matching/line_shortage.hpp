#pragma once

#include "core/base/hooks.hpp"
#include "core/base/vector.hpp"
#include "core/matching/line_match.hpp"
#include "core/matching/line_order.hpp"

namespace survmatch {

// Who is short of partners, and of whom (Hall 1935, J London Math Soc 10:26): groups 1, 2, ... of focal units with all
// the others that any of them could have, fewer than they ask for. 0: in none.
Vector<int> shortage_on_line(const MatchUnits& units, const LineOrder& order, const LineTerms& terms,
                             Hooks& hooks = no_hooks());

}  // namespace survmatch
