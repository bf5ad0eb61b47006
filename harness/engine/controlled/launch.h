// Starts the first process of an execution, seized and under the filter, up to its exec.
#pragma once

#include "harness/engine/controlled/filter.h"
#include "ipc/descriptor.h"
#include "ipc/result.h"

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace squall::controlled {

/// To trap rdtsc, the kernel writes CR4 at each switch to or from the task. In a virtual machine that may
/// leave the guest: measured here, a schedule point took 23 µs with it and 9 µs without. So it has to be
/// asked for.
struct Command {
  std::vector<std::string> words;        ///< a path or a name to be looked up in PATH, and its arguments
  std::vector<std::string> environment;  ///< NAME=value; nothing else is in it
  unsigned most_real_time_ms = 4000;     ///< of a task with real-time priority, without a stop
  bool traps_time_stamps = false;        ///< rdtsc is answered by the tracer; see below
  std::string directory;                 ///< empty: this one
};

/// Where a name without a slash is found that can be run; the name itself where that is nowhere.
std::string found_in_path(const std::string& program);

/// One processor for all, and real-time priorities where they are allowed; undone when it goes. The
/// destructor must run in the thread that made it.
class Processor {
 public:
  Processor();
  ~Processor();
  Processor(const Processor&) = delete;

  /// Traced tasks run before the tracer: whenever the tracer runs, nobody else could.
  bool ordered() const { return ordered_; }
  /// Gives a traced task its priority back.
  static void order(pid_t);
  /// To be called when all traced tasks stand still: once in a while, whoever else waits for this processor
  /// gets it for a slice of its scheduler, where real-time priority would leave it 5 % (sched(7)). Nobody
  /// waits: two system calls.
  void share();

 private:
  bool ordered_ = false;
  bool pinned_ = false;
  std::uint64_t shares_at_ns_ = 0;
  cpu_set_t before_{};
};

inline constexpr int tracer_priority = 1, tracee_priority = 2, watchdog_priority = 3;

/// The next process that is made in this PID namespace gets the number after `last`; only in one that we are
/// the first process of.
void number_next(pid_t last);

/// Forks, seizes and lets it run to the filter's first stop, which is its execve. What it writes goes to
/// `output` and `errors`; it reads nothing. It is killed when the calling thread dies.
Result<pid_t> launch(const Command&, const CallFilter&, int output, int errors, bool ordered);

}  // namespace squall::controlled
