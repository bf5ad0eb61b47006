// squall sweep: every reached call × every legal fault.
#pragma once

#include "harness/cli/commands.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::cli {

struct SweepOptions {
  Common common;
  std::vector<std::string> command;     ///< or one scenario file
  std::vector<std::string> transports;  ///< of the scenario
  std::uint64_t seed = 1;               ///< of the scenario
  bool calls = false;                   ///< the only kind of point there is so far, and the default
  std::string signal;                   ///< of interruptions: USR1; empty: none
  std::optional<std::uint64_t> most;    ///< occurrences of one call
  unsigned jobs = 0;                    ///< 0: one a core
  std::string time_limit = "10s";
  std::uint64_t time_limit_ms = 10'000;  ///< of each run
};

int sweep(const SweepOptions&);

}  // namespace squall::cli
