// What /proc tells about a process that does not end: what it waits in, and on what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace squall::topology {

struct Snapshot {
  char state = '?';       ///< R, S, D, T, Z, as in proc(5)
  long call = -1;         ///< number of the system call it is in; −1: none, or not known
  std::string call_name;  ///< "read", "futex", or "call 314"
  std::uint64_t arguments[6] = {};
  std::string object;  ///< where the first argument is a descriptor: what it is, "pipe:[12345]"
  std::uint64_t switches =
      0;  ///< context switches so far: two equal snapshots mean that it did not run in between

  bool asleep() const { return state == 'S'; }
};

/// Never fails: what cannot be read stays unknown.
Snapshot snapshot(pid_t pid);

/// Whether the process has a handler for the signal at this moment. False when it is gone.
bool handles_signal(pid_t pid, int signal);
/// Whether a signal of that number waits, for the process or its first thread, that is not blocked: sent, and
/// not yet handled.
bool awaits_handler(pid_t pid, int signal);
/// The queue that all real-time signals to processes of the same user share. Source: proc(5), SigQ.
struct SignalQueue {
  std::uint64_t pending = 0;
  std::uint64_t most = UINT64_MAX;
};
SignalQueue signal_queue(pid_t pid);
/// The threads of a process; empty when it is gone.
std::vector<pid_t> threads_of(pid_t pid);

/// Other processes among `candidates` that have the same pipe or socket open; for "who could end this wait".
std::vector<pid_t> sharers(const std::string& object, const std::vector<pid_t>& candidates);

/// "asleep in read of pipe:[123]", "stopped", "running, in no system call".
std::string in_words(const Snapshot&);

}  // namespace squall::topology
