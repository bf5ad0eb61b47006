// Every call that a command reaches × every fault that may legally happen there: at its k-th occurrence once,
// and from there on for ever, for k = 1, 2, … until nothing new fires.
//
// Transparent faults must leave exit status and stdout as they were; hard ones may end in a clean error, but
// never in a fatal signal, a hang, processes left behind or another stdout reported as success. The faults
// are those of the legality table, and the preloaded library carries them out, so that a finding is a bug.
// What was covered is told by call site.
#pragma once

#include "harness/engine/sweep/trial.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace squall::sweep {

struct Finding {
  Site site;
  std::string fault;  ///< "read: EINTR, occurrence 3"
  std::string what;
};

/// One call site of the table.
struct Row {
  std::uint64_t reached = 0;  ///< calls made there without any fault
  unsigned trials = 0, fired = 0, refused = 0;
};

struct Options {
  int signal = 0;                   ///< of interruptions; 0: none
  std::uint64_t most_times = 1000;  ///< occurrences of one call that are tried
  std::function<bool()> is_over;    ///< may be empty
};

struct Swept {
  std::string obstacle;       ///< why nothing was swept; the command fails by itself, or cannot be reached
  bool is_repeatable = true;  ///< without faults it writes the same twice
  unsigned trials = 0;
  std::map<Site, Row> rows;
  std::vector<Finding> findings;
  bool was_cut_short = false;
};

Swept sweep_calls(const Command&, const Options&);

}  // namespace squall::sweep
