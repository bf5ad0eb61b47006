// What signals mean, and the sets of them that a traced task has, as /proc tells. Sources: proc(5),
// signal(7), kernel/signal.c.
#pragma once

#include "harness/engine/controlled/ptrace.h"

#include <signal.h>
#include <sys/types.h>

#include <cstdint>

namespace squall::controlled {

/// A signal that a program gets for what it did itself.
constexpr bool is_a_crash(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

/// Bit N − 1 stands for signal N.
struct Signals {
  std::uint64_t of_task = 0, of_process = 0;  ///< pending ones, by whom they are for
  std::uint64_t blocked = 0, ignored = 0, caught = 0;

  std::uint64_t pending() const { return of_task | of_process; }
  /// Those about to be delivered, and not dropped then.
  std::uint64_t landing(std::uint64_t among) const;
};

/// Empty ones where the task is gone.
Signals signals_of(pid_t tid);

/// Whether some are about to be delivered, and none of them would be there if nobody traced: the kernel drops
/// what is ignored, except under ptrace, where it even ends sleeps.
bool awaits_only_ignored(pid_t tid);

/// Whether the call may ask for a signal when something happens to an object. Sources: mq_notify(3),
/// fcntl(2), signal(7), linux/fs/ioctl.c.
bool wants_signals(const CallAtEntry&);

/// By its disposition, or by default.
bool ignores(pid_t tid, int signal);

}  // namespace squall::controlled
