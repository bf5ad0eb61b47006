// A tiny executor: tasks are lists of steps over shared variables and locks, so that searches can be measured
// in microseconds. One thing happens a step, as in the real one; a task that waits for a lock is not offered.
#pragma once

#include "harness/engine/controlled/schedule.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace squall::tests {

using namespace squall::controlled;

struct World;

/// What a task knows and where it stands.
struct Actor {
  std::size_t next = 0;  ///< step
  long registers[8] = {};
  bool is_started = false;
  bool is_done = false;
};

struct World {
  std::vector<long> variables;
  std::vector<TaskId> owners;                ///< of locks; no_task when free
  std::vector<std::deque<TaskId>> sleepers;  ///< on each variable, first in first out
  std::vector<Actor> actors;
  std::string violation;

  void fail(const std::string& what) {
    if (violation.empty()) violation = what;
  }
};

struct Extra {
  EventKind kind;
  std::uint32_t variant;
  std::function<void(World&, Actor&)> act;
};

struct Step {
  EventKind kind;
  ObjectId object;
  bool is_write;
  std::function<bool(const World&, TaskId)> is_enabled;  ///< empty: always
  std::function<void(World&, Actor&, TaskId)>
      act;  ///< may change actor.next, which is the step after this already
  std::vector<Extra> extras = {};
  std::function<std::size_t(const Actor&)> variable =
      {};  ///< where it depends on registers; instead of object
};

using Steps = std::vector<Step>;

/// Task 0 begins; the others once they are spawned.
struct Program {
  std::string name;
  std::size_t variables = 0;
  std::size_t locks = 0;
  std::vector<Steps> tasks;
  std::function<void(World&)> at_end = {};  ///< may fail
};

// The steps of programs.
Step load(std::size_t variable, std::size_t to);
Step store(std::size_t variable, std::function<long(const Actor&)> value);
Step store(std::size_t variable, long value);
Step lock(std::size_t which);
Step unlock(std::size_t which);
Step spawn(TaskId child);
Step join(TaskId child);
/// Ends the task if the condition holds; part of the step before it.
Step&& then(Step&& step, std::function<void(World&, Actor&)> also);

struct Run {
  ExecutionSummary summary;
  std::string violation;
  World world;  ///< at the end
};

/// One execution. Livelocks end after 10,000 steps, as a violation.
Run execute(const Program&, Strategy&, std::uint64_t execution, std::uint64_t seed);

/// What came of it as a schedule, with words for each step.
struct Recorded {
  Run run;
  Schedule schedule;
  std::vector<Taken> taken;
};
Recorded record(const Program&, Strategy&, std::uint64_t execution, std::uint64_t seed);

/// The first failing schedule of a random walk.
Schedule failing_schedule(const Program&, std::uint64_t seed);

/// Executions until the bug, at most `limit`.
std::uint64_t schedules_to_bug(const Program&, Strategy&, std::uint64_t seed, std::uint64_t limit);

// SCTBench's classics, after their published descriptions, and others.
Program lost_update(std::size_t tasks);
Program reorder(std::size_t setters, std::size_t checkers);
Program from_far_away(std::size_t steps);
Program two_stage(std::size_t writers, std::size_t readers);
Program account();
Program token_ring();
Program wrong_lock(std::size_t right, std::size_t wrong);
Program lock_order();
Program guarded_update(std::size_t tasks);   ///< correct
Program lock_order_kept();                   ///< correct
Program ordered_stores(std::size_t length);  ///< fails when one task overtakes another `length` times in turn
/// The condition variable of glibc 2.25 to 2.40, an atomic operation a step: waiters that each take so many
/// tokens, signallers that each give so many. `is_signalled_inside` sends signals under the mutex, which is
/// correct.
Program condition_variable(const std::vector<long>& waiters, const std::vector<long>& signallers,
                           bool is_signalled_inside);
Program spinning();      ///< correct, if it is let on
Program faulty_retry();  ///< fails only when a fault meets a certain order

}  // namespace squall::tests
