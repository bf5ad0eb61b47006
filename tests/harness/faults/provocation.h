// How a row of the legality table is made to happen by the kernel itself: real objects, real limits, real
// signals. Each provocation acts in children and in namespaces of its own, and leaves nothing behind.
#pragma once

#include "harness/faults/legality.h"

#include <functional>
#include <string>
#include <vector>

namespace squall::tests {

struct Outcome {
  enum class Kind { happened, refuted, impossible };
  Kind kind = Kind::happened;
  std::string why;  ///< what was seen instead, or what this machine lacks
};

inline Outcome happened() { return {}; }
inline Outcome refuted(std::string why) { return {Outcome::Kind::refuted, std::move(why)}; }
inline Outcome impossible(std::string why) { return {Outcome::Kind::impossible, std::move(why)}; }

/// The first five fields are the key: those of a row.
struct Provocation {
  faults::Action action;
  faults::Call call;
  faults::Object object;
  int error;
  faults::When when;
  std::function<Outcome()> provoke;
};

using Provocations = std::vector<Provocation>;

Provocations interrupts_of_transfers();
Provocations interrupts_of_files();
Provocations interrupts_of_queues();
Provocations interrupts_of_waits();
Provocations short_transfers();
Provocations errors_of_descriptors();
Provocations errors_of_limits();
Provocations errors_of_space();
Provocations errors_of_crowds();

const Provocations& all_provocations();

/// Provokes what the row says; refuted where nobody knows how.
Outcome provoke(const faults::Row&);

/// "interrupt of read on pipe, with a handler without SA_RESTART"
std::string in_words(const faults::Row&);

}  // namespace squall::tests
