// The order of a history: by invocation, and as they were where invocations are equal.
#pragma once

#include "harness/history/operation.h"

#include <vector>

namespace squall::history {

/// n log n. (std::stable_sort's buffer ignores that an Operation fills a cache line and must be aligned like
/// one.)
void sort_by_invocation(std::vector<Operation>&);

}  // namespace squall::history
