// One run of a command behind the preloaded library, with one fault rule or none.
//
// Whatever the command leaves running is killed. One at a time; the caller must be child subreaper for that
// (Trials makes it one). Files of rules and diary lie in `directory`, which is the caller's.
#pragma once

#include "harness/faults/page.h"

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace squall::sweep {

struct Command {
  std::vector<std::string> words;
  std::string preload;    ///< the library's path
  std::string directory;  ///< for files of ours
  std::uint64_t deadline_ms = 10'000;
};

/// A place in a program or library that makes a call.
struct Site {
  faults::Call call = faults::Call::point;
  std::string file;           ///< empty: not known
  std::uint64_t address = 0;  ///< in it
  auto operator<=>(const Site&) const = default;
};

/// What the rule did, by effect.
struct Effects {
  std::uint64_t done = 0, missed = 0, refused = 0;
  std::uint64_t total() const { return done + missed + refused; }
};

struct Outcome {
  bool ended = false;   ///< before the deadline
  int status = 0;       ///< as waitpid has it
  std::string output;   ///< on stdout
  unsigned left = 0;    ///< processes that were there long after the end, and had to be killed
  bool loaded = false;  ///< the library was
  /// Signals (faults::signal_bit) that children died of and nobody had sent. Of those that have the library.
  std::uint64_t crashes = 0;
  std::map<Site, Effects> sites;
  std::optional<Site> first_done;  ///< where it first did something
};

Outcome run_trial(const Command&, const faults::Rule&);

}  // namespace squall::sweep
