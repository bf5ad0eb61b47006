// Who looks on while an execution is carried out: oracles, traces, debuggers. The executor calls, in its own
// thread; what a task is asked for there (registers, memory) it can answer, since it is stopped.
//
// Observers are the caller's, and outlive the executions. They change nothing but the verdict: where failed()
// and ended() add to it.
#pragma once

#include "harness/engine/controlled/execution.h"

#include <cstdint>
#include <span>

namespace squall::controlled {

struct Task;
/// By TaskId, null for those that are not there; whoever is, is at a stop or asleep.
using Tasks = std::span<Task* const>;

class Observer {
 public:
  virtual ~Observer() = default;

  /// The command is about to be started.
  virtual void begun() {}
  /// Step `number` is about to happen; its task is still where it was parked. Null: it is nobody's.
  virtual void step(Tasks, const Task*, const Candidate&, std::uint64_t /*number*/) {}
  /// The first failure has been noticed.
  virtual void failed(Tasks, Execution&) {}
  /// It is over, and nobody is left.
  virtual void ended(Execution&) {}
};

}  // namespace squall::controlled
