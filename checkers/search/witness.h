// Why a partition cannot be put in order: as few operations as can be found that still cannot, and what the
// object is left at before the one that fits nowhere.
#pragma once

#include "checkers/search/explorer.h"

namespace squall::search {

/// `failed` has ended as invalid in `history`, whose indices the result has. Takes a small part of the time
/// that the search took, and no more memory.
linear::Result explain(const models::Model&, const models::Context&, linear::History history,
                       const Explorer& failed, const Allowance&);

}  // namespace squall::search
