// One execution under control: what it is told, and what came of it.
#pragma once

#include "harness/engine/controlled/fault_rules.h"
#include "harness/engine/controlled/launch.h"
#include "harness/engine/controlled/strategy.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace squall::controlled {

class Observer;

enum class Points : std::uint8_t { calls, shared };

struct Settings {
  Command command;
  Points points = Points::shared;
  std::uint64_t most_steps = 200'000;  ///< then it counts as a livelock
  unsigned spin_ms = 500;              ///< of one task, without a schedule point
  unsigned outside_ms = 2000;        ///< how long everybody may wait for something that nobody traced can do
  bool words = false;                ///< tell each step in words
  std::vector<Observer*> observers;  ///< look on; they outlive the executions
  std::vector<std::string> rules;    ///< for the schedule file: what the observers were told
  std::vector<FaultRule> faults;     ///< that may happen, or do
  /// A bound may pass, and a timer expire, while others could still go on.
  bool has_early_timeouts = true;
  bool judges_ends = true;  ///< how processes end is a failure; otherwise only observers judge
  /// What is mapped from a file whose path begins like this is nobody's shared memory.
  std::vector<std::string> private_files;
};

/// What the oracles that need no scenario say. The names are in failure files: do not change them.
enum class Failure : std::uint8_t {
  none,
  bad_exit,
  fatal_signal,
  deadlock,
  left_behind,
  livelock,
  object_left,      ///< an IPC object outlives the tree
  descriptor_open,  ///< at the end of a process
  sanitizer,        ///< one that the program was built with has reported something
  property,         ///< a checker says so, of the case of a scenario
  spin,             ///< no verdict: a task does not come to a schedule point
  outside,  ///< no verdict: everybody waits for something that is not traced, or control was in the way
  broken,   ///< squall or its environment failed
};
std::string_view word_for(Failure);
Failure failure_of(std::string_view word);
/// It is a property of the program that was violated.
constexpr bool is_violation(Failure failure) { return failure != Failure::none && failure < Failure::spin; }

struct Execution {
  Failure failure = Failure::none;
  std::string what;                ///< the failure in words; several lines for a deadlock
  std::vector<Candidate> steps;    ///< what happened, in order
  std::vector<Reached> reached;    ///< where the strategy asks for it
  std::vector<std::string> words;  ///< the same for people, where the settings ask for it
  std::vector<std::string> tasks;  ///< by TaskId: their lineage
  Programs programs;               ///< that were run
  std::vector<std::string> notes;  ///< what was not under control
  std::string output, errors;      ///< what the program wrote
  std::uint64_t fallbacks = 0;     ///< accesses that could not run out of line
  bool abandoned = false;
  /// Fault rules, by number, that could happen at least once.
  std::set<std::size_t> possible_faults;
  std::string said;  ///< by the strategy, when it ended the execution
};

}  // namespace squall::controlled
