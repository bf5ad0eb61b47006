// One run of what is swept, behind the preloaded library and with one fault rule; and how it is done for a
// command.
#pragma once

#include "harness/faults/page.h"

#include <compare>
#include <functional>
#include <iosfwd>
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
  std::string file;                               ///< empty: not known
  std::uint64_t address = 0;                      ///< in it
  auto operator<=>(const Site&) const = default;  // NOLINT(modernize-use-nullptr): it means what < becomes
};
std::ostream& operator<<(std::ostream&, const Site&);
std::istream& operator>>(std::istream&, Site&);

/// What the rule did, by effect.
struct Effects {
  std::uint64_t done = 0, missed = 0, refused = 0;
  std::uint64_t total() const { return done + missed + refused; }
};

struct Outcome {
  bool ended = false;   ///< before the deadline
  int status = 0;       ///< as waitpid has it
  std::string output;   ///< on stdout
  std::string verdict;  ///< of a scenario: what its checkers object to; empty: nothing
  unsigned left = 0;    ///< processes that were there long after the end, and had to be killed
  bool loaded = false;  ///< the library was
  /// Signals (faults::signal_bit) that children died of and nobody had sent. Of those that have the library.
  std::uint64_t crashes = 0;
  std::map<Site, Effects> sites;
  std::optional<Site> first_done;  ///< where it first did something
};

/// What is swept.
struct Subject {
  std::function<Outcome(const faults::Rule&)> run;  ///< one at a time
  std::string directory;                            ///< where it has its files, to be private to each of many
};

/// The command. Whatever it leaves running is killed: the caller becomes a child subreaper.
Subject subject_of(Command);

/// For outcomes that another process has to learn. Empty: that is no whole outcome.
std::string written(const Outcome&);
std::optional<Outcome> read_outcome(const std::string&);

/// What the rule of that number did, and what else the diary has.
void read_diary(const faults::Diary&, unsigned rule, Outcome&);

}  // namespace squall::sweep
