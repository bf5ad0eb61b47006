// One run of a command behind the preloaded library, with one fault rule or none.
//
// Whatever the command leaves running is killed. One at a time; the caller must be child subreaper for that
// (Trials makes it one). Files of rules and diary lie in `directory`, which is the caller's.
#pragma once

#include "harness/faults/page.h"

#include <map>
#include <string>
#include <vector>

namespace squall::sweep {

struct Command {
  std::vector<std::string> words;
  std::string preload;    ///< the library's path
  std::string directory;  ///< for files of ours
  std::uint64_t deadline_ms = 10'000;
};

struct Outcome {
  bool ended = false;   ///< before the deadline
  int status = 0;       ///< as waitpid has it
  std::string output;   ///< on stdout
  unsigned left = 0;    ///< processes that were left behind
  bool loaded = false;  ///< the library was
  /// What the rule did, by effect.
  unsigned done = 0, missed = 0, refused = 0;
  std::map<faults::Call, std::uint64_t> reached;  ///< the most that one thread made of each call
};

Outcome run_trial(const Command&, const faults::Rule&);

}  // namespace squall::sweep
