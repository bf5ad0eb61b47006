// Who looks on while a command is explored, replayed or shrunk: the oracles that need no scenario, and
// whoever finds the line of a crash; or the scenario. All three commands judge alike, by the rules of the
// schedule.
#pragma once

#include "harness/cli/controlled_case.h"
#include "harness/engine/controlled/oracles/oracles.h"
#include "harness/engine/controlled/symbols/places.h"

#include <string>
#include <vector>

namespace squall::cli {

/// Must outlive the executions of the settings that it has joined.
class Watching {
 public:
  Watching(const std::vector<std::string>& rules, const Surroundings&);
  Watching(const Watching&) = delete;

  void join(controlled::Settings&);

 private:
  ControlledCase* scenario_;
  controlled::Judged judged_;
  controlled::Oracles oracles_;
  controlled::CrashPlaces crash_;
};

}  // namespace squall::cli
