// Hang reports: who waits, in which call, for whom.
#pragma once

#include "harness/engine/live/actors.h"
#include "harness/plan/plan.h"

#include <vector>

namespace squall::live {

/// Every process that has not ended, as /proc and the control page show it now.
std::vector<history::Stuck> who_is_stuck(const plan::Plan&, const std::vector<Actor>&);

}  // namespace squall::live
