// A failing schedule made as simple as it gets: fewer faults and signals, fewer preemptions, fewer switches,
// fewer steps, in this order, and the same violation. And its story in words.
//
// What runs schedules is the caller's, so this is tested on simulated programs. Bounded by attempts or by
// what the caller says.
#pragma once

#include "harness/engine/controlled/strategies/replay.h"

#include <functional>
#include <string>
#include <vector>

namespace squall::controlled {

struct Failing {
  Schedule schedule;
  std::vector<Taken> taken;
};

/// Executes the program once, and gives what came of it if it ended in the same failure; nothing otherwise.
using Attempt = std::function<std::optional<Failing>(Strategy&)>;

struct Shrunk {
  Schedule schedule;
  std::size_t attempts = 0;
  bool is_minimal = false;  ///< nothing can be left out; otherwise the attempts ran out
  bool is_stable = true;    ///< the schedule that was given failed again under its own guide
};

struct Patience {
  std::size_t most_attempts = 1000;
  std::function<bool()> is_over;     ///< asked before each; may be empty
  std::function<void()> on_attempt;  ///< told of each; may be empty
};

Shrunk shrink(const Schedule&, const Attempt&, const Patience& = {});

/// One preemption of a schedule: `stopped` was about to take step `pending`, and steps [begin, end) of others
/// came first.
struct Preemption {
  TaskId stopped = 0;
  std::size_t pending = 0;  ///< index of the step; steps.size() when it never came
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::vector<Preemption> preemptions_of(const Schedule&);

/// Where a step happened: "increment() at counter.c:7", or nothing.
using PlaceOfStep = std::function<std::string(std::size_t step)>;

/// Who did what between which two steps of whom; a line each, and the violation last. Asks for the places of
/// the steps that it tells of, and of no others.
std::string story_of(const Schedule&, const PlaceOfStep& = {});

}  // namespace squall::controlled
