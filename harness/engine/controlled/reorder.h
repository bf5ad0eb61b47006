// Executions that differ only in the order of steps which do not touch the same things end alike
// (Mazurkiewicz 1977). Among those that are equal to a given one in this sense, one with few preemptions is
// found without executing anything: by going on with a task as long as what came before its next step has
// happened, many times, with other choices. To find the fewest is NP-hard (Jalbert, Sen 2010).
#pragma once

#include "harness/engine/controlled/strategies/dice.h"
#include "harness/engine/controlled/strategies/replay.h"

#include <span>

namespace squall::controlled {

struct Reordered {
  Guide guide;
  std::size_t preemptions = 0;
  std::size_t switches = 0;
};

/// Only an execution shows whether it is right: what the kernel does besides is not known here.
Reordered with_few_preemptions(std::span<const Taken>, Dice&);

}  // namespace squall::controlled
