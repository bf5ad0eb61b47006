// Hang reports: who waits, in which call, for whom.
#pragma once

#include "harness/engine/live/actors.h"
#include "harness/plan/plan.h"

#include <string>
#include <vector>

namespace squall::live {

/// Every process that has not ended, as /proc and the control page show it now.
std::vector<history::Stuck> who_is_stuck(const plan::Plan&, const std::vector<Actor>&);

/// Those that are not there yet. A machine too busy to start them says nothing about the case.
std::string who_is_late(const plan::Plan&, const std::vector<Actor>&);

}  // namespace squall::live
