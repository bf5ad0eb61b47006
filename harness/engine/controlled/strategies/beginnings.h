// The beginning of an execution, kept so that others continue from it. Values; many are kept, so they are
// small.
#pragma once

#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategy.h"

#include <memory>
#include <vector>

namespace squall::controlled {

/// Two candidates of a task that look alike in it cost a wrong turn and nothing else.
struct Choice {
  std::uint16_t task;
  std::uint16_t mark;
  bool operator==(const Choice&) const = default;
};
using Choices = std::vector<Choice>;

inline Choice choice_of(const Candidate& candidate) {
  const std::uint64_t what = candidate.fingerprint ^ (std::uint64_t{candidate.variant} << 8) ^
                             static_cast<std::uint64_t>(candidate.kind);
  return {static_cast<std::uint16_t>(candidate.task), static_cast<std::uint16_t>(Dice(what).next())};
}

/// What an execution has behind it at some step.
struct Behind {
  std::uint64_t points = 0;  ///< contended ones
  unsigned extras = 0;
  unsigned preemptions = 0;
};

struct Beginning {
  std::shared_ptr<const Choices> choices;
  std::size_t length = 0;
  Behind behind;
};

}  // namespace squall::controlled
