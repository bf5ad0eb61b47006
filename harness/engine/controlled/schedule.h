// A schedule: everything that was chosen in one execution, and the file it is kept in. The file is text,
// versioned and small: an event that happens often is written once, and steps are listed by task, a line for
// each turn.
//
//   squall-schedule 1
//   seed 0x2a
//   strategy "surw"
//   violation "bad_exit" "task 2 exited with 1"
//   directory "/work"
//   argument "./lost-update"
//   environment "PATH=/bin"
//   rule "write: EINTR, first 3"        a fault rule that was in force
//   build "lost-update" "5f3c…"         a program or library, and its build-id
//   task "main" …                       numbered from 0, in the order of lines
//   event load 0x91ac… 0 "counter + 0"  kind, fingerprint, variant, words; numbered from 0
//   steps 7
//   run 0: 0 1 2*3                      task 0 took events 0, 1 and three times 2
//   preempt 1: 0 1                      then task 1, though task 0 could have gone on
//   end
//
// Values; reading never throws for what a file contains. Not async-signal-safe.
#pragma once

#include "harness/engine/controlled/strategy.h"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace squall::controlled {

struct ScheduleEvent {
  EventKind kind = EventKind::call;
  std::uint32_t variant = 0;
  std::uint64_t fingerprint = 0;
  std::string words;  ///< for people; may be empty
  bool operator==(const ScheduleEvent&) const = default;
};

struct ScheduleStep {
  TaskId task = 0;
  std::uint32_t event = 0;     ///< in Schedule::events
  bool is_preemption = false;  ///< the task of the step before could have gone on
  bool operator==(const ScheduleStep&) const = default;
};

struct Build {
  std::string path;
  std::string id;
  bool operator==(const Build&) const = default;
};

struct Schedule {
  std::uint64_t seed = 0;
  std::string strategy;
  std::string failure;    ///< its name: what a shrunk schedule must keep
  std::string violation;  ///< in words
  std::string directory;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::vector<std::string> rules;
  std::vector<Build> builds;
  std::vector<std::string> tasks;
  std::vector<ScheduleEvent> events;
  std::vector<ScheduleStep> steps;

  bool operator==(const Schedule&) const = default;
  const ScheduleEvent& event_of(const ScheduleStep& step) const { return events[step.event]; }
};

/// A choice as it was made.
struct Taken {
  Candidate candidate;
  bool is_preemption = false;
  std::uint64_t ready = 0;  ///< the first step, since its task's last one, that could have been this one
};

/// Puts events and steps into the schedule; `words` has an entry a step, or is empty.
void set_steps(Schedule&, std::span<const Taken>, std::span<const std::string> words);

std::string write_schedule(const Schedule&);

/// What is in a schedule file, or "file:3:7: error: expected a number". `path` is for messages alone.
tl::expected<Schedule, std::string> read_schedule(std::string_view text, std::string_view path);

// What a schedule costs; shrinking makes it less.
std::size_t count_preemptions(const Schedule&);
std::size_t count_extras(const Schedule&);
std::size_t count_switches(const Schedule&);

}  // namespace squall::controlled
