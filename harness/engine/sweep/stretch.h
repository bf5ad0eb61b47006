// A stretch of a sweep: one fault at some occurrences of one call, tried one after the other; and the part of
// the result that comes of it, which can be handed from one process to another as text.
#pragma once

#include "harness/engine/sweep/trial.h"
#include "harness/faults/legality.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace squall::sweep {

struct Fault {
  faults::Action action = faults::Action::none;
  int error = 0;
  faults::Grade grade = faults::Grade::transparent;  ///< hard, if any row that allows it says so
};

/// What Linux itself may do to the call; interruptions only where there is a signal for them.
std::vector<Fault> faults_of(faults::Call, int signal);

/// An EAGAIN or an interruption that never ends would keep a program that rightly tries again.
bool may_last(const Fault&);

struct Stretch {
  faults::Call call = faults::Call::point;
  Fault fault;
  int signal = 0;         ///< of interruptions
  bool for_ever = false;  ///< the fault happens at all later occurrences too
  std::uint64_t first = 1, last = 1;
};

/// Of its first occurrence: "read: EINTR, occurrence 3".
std::string in_words(const Stretch&);
/// The fault as a scenario says it, whatever the occurrence: "error: EINTR, call: read".
std::string as_rule(const Stretch&);

struct Finding {
  Site site;
  Stretch stretch;  ///< of one occurrence, which shows it again
  std::string what;
};

/// One call site of the table.
struct Row {
  std::uint64_t reached = 0;  ///< calls made there without any fault
  unsigned trials = 0, fired = 0, refused = 0;
};

struct Part {
  unsigned trials = 0;
  bool is_last = false;  ///< an occurrence was not reached, and so none behind it is
  bool was_cut_short = false;
  std::map<Site, Row> rows;
  std::vector<Finding> findings;
};

/// What outcomes are compared with.
struct Calm {
  Outcome outcome;            ///< without any fault
  bool is_repeatable = true;  ///< it writes the same each time
};

Part try_stretch(const Subject&, const Calm&, const Stretch&, const std::function<bool()>& is_over);

std::string written(const Part&);
/// Empty: that is no whole part.
std::optional<Part> read_part(const std::string&);

}  // namespace squall::sweep
