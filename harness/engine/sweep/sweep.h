// Every call that a command, or one process of a scenario, reaches × every fault that may legally happen
// there: at its k-th occurrence once, and from there on for ever, for k = 1, 2, … until nothing new fires.
//
// Transparent faults must leave exit status and stdout as they were; hard ones may end in a clean error, but
// never in a fatal signal, of the command or of a child that crashes, nor in a hang, processes left behind or
// another stdout reported as success. The faults are those of the legality table, and the preloaded library
// carries them out, so that a finding is a bug. What was covered is told by call site.
#pragma once

#include "harness/engine/sweep/stretch.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace squall::sweep {

struct Options {
  int signal = 0;                   ///< of interruptions; 0: none
  std::uint64_t most_times = 1000;  ///< occurrences of one call that are tried
  unsigned jobs = 1;                ///< trials at a time, where there are namespaces; the result is the same
  std::function<bool()> is_over;    ///< may be empty
};

struct Swept {
  std::string obstacle;       ///< why nothing was swept: it fails by itself, or cannot be reached
  bool is_repeatable = true;  ///< without faults it writes the same twice
  unsigned trials = 0;
  std::map<Site, Row> rows;
  std::vector<Finding> findings;
  unsigned unconfirmed = 0;  ///< findings beside other trials that did not happen again alone: not told
  bool was_cut_short = false;
};

/// The caller has no threads.
Swept sweep_calls(const Subject&, const Options&);

}  // namespace squall::sweep
