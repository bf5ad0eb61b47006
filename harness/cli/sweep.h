// squall sweep: every reached call × every legal fault.
#pragma once

#include "harness/cli/commands.h"

#include <cstdint>
#include <string>
#include <vector>

namespace squall::cli {

struct SweepOptions {
  Common common;
  std::vector<std::string> command;
  bool calls = false;         ///< the only kind of point there is so far, and the default
  std::string signal;         ///< of interruptions: USR1; empty: none
  std::uint64_t most = 1000;  ///< occurrences of one call
  unsigned jobs = 0;          ///< 0: one a core
  std::string time_limit = "10s";
  std::uint64_t time_limit_ms = 10'000;  ///< of each run
};

int sweep(const SweepOptions&);

}  // namespace squall::cli
