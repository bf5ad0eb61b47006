// Who certainly held a lock, and how long. Shared by mutual-exclusion and owner-death.
#pragma once

#include "checkers/operations.h"

#include <vector>

namespace squall::checkers {

struct Hold {
  const Operation* acquire = nullptr;
  const Operation* release =
      nullptr;  ///< what may have ended it, or its owner's next acquire; nullptr: never let go
};

/// Every acquisition that succeeded, in the order of invocation. Linear.
std::vector<Hold> definite_holds(const ChannelHistory&);

/// What a process last tried with the lock, if that may have left it locked; nullptr when it certainly had
/// let go. Linear; the processes are indices into the evidence.
std::vector<const Operation*> possibly_left_locked(const Evidence&, const ChannelHistory&);

/// When the last thing happened that is known of a process: a fault that hit it, or an operation of its own.
/// A dead process lived at least until then. One entry a process. Linear.
std::vector<std::uint64_t> last_signs_of_life(const Evidence&);

}  // namespace squall::checkers
