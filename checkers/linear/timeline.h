// Real time made discrete. The invocations and returns of a history are numbered in the order of their times;
// at equal times invocations come first, so that operations which touch overlap. *Gap* g lies just before
// event g: an operation takes effect in one of the gaps invoked + 1 … returned, and several may take effect
// in one gap, in any order. Linear, unless the history is far from the order of invocations.
#pragma once

#include "checkers/linear/checkers.h"

#include <cstdint>
#include <vector>

namespace squall::linear {

using Index = std::uint32_t;
using Gap = std::uint32_t;

inline constexpr Index none = 0xffff'ffff;
/// The gap of what never happens; the return of a pending operation.
inline constexpr Gap no_gap = 0xffff'fffe;

struct Timeline {
  explicit Timeline(History);

  std::vector<Gap> invoked;   ///< of each operation
  std::vector<Gap> returned;  ///< of each operation; no_gap: pending
  /// In the order of time: 2 × operation, and 1 more where it is its return.
  std::vector<std::uint32_t> events;

  /// The last gap: behind the last event.
  Gap end() const { return static_cast<Gap>(events.size()); }

 private:
  bool number(History, const std::vector<Index>& order);
};

/// The operations in the order of their invocations; nothing where the history has that order already.
std::vector<Index> by_invocation(History);

/// Why a history cannot be judged at all; empty when it can.
std::string too_long(History);

}  // namespace squall::linear
