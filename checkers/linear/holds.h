// Who held a lock: acquires and releases of the same process in pairs.
#pragma once

#include "checkers/linear/timeline.h"

#include <optional>
#include <vector>

namespace squall::linear {

struct Hold {
  Index acquire = none;
  Index release = none;  ///< may be pending; none: nobody tried
};

struct Holds {
  std::vector<Hold> holds;      ///< that certainly began, in the order of invocation
  std::vector<Index> attempts;  ///< acquires that never ended
  std::vector<Index> refusals;  ///< acquires that were told that the lock is not recoverable
  /// A release by who did not hold the lock, an acquire by who did; or why the history cannot be judged.
  std::optional<Result> defect;
};

/// Near-linear.
Holds find_holds(History);

}  // namespace squall::linear
