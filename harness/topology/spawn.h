// Starts processes. Boost.Process lives behind this header and nowhere else.
#pragma once

#include "ipc/descriptor.h"
#include "ipc/result.h"

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace squall::topology {

struct Command {
  std::string program;                             ///< a path, or a name to be looked up in PATH
  std::vector<std::string> arguments;              ///< without the program's name
  std::map<std::string, std::string> environment;  ///< added to squall's own
  int input = -1;                                  ///< becomes descriptor 0; −1: /dev/null
  int output = -1;                                 ///< becomes descriptor 1; −1: /dev/null
  int errors = -1;                                 ///< becomes descriptor 2; −1: /dev/null
  std::vector<int> inherited;  ///< stay open, under the same numbers; every other descriptor is closed
};

/// Starts a program in a process group of its own, with default signal dispositions and an empty signal mask.
/// It is killed when the calling thread ends (PR_SET_PDEATHSIG). The caller reaps it. ENOENT, EACCES, …: it
/// cannot be run.
Result<pid_t> spawn(const Command&);

/// What a forked child does before anything else, so that it ends with its parent and starts with a clean
/// slate: PDEATHSIG, own process group, default dispositions, empty mask. Async-signal-safe.
void begin_child(pid_t parent);

/// A descriptor of a process, readable once it has ended (pidfd_open(2)).
Result<FileDescriptor> open_process(pid_t pid);

/// Kills and reaps every child of this process, and what is handed to it meanwhile as child subreaper, until
/// there are none or the deadline (CLOCK_MONOTONIC) has passed. Returns how many it reaped.
unsigned kill_all_children(std::uint64_t deadline_ns);

/// The children of this process, zombies included.
std::vector<pid_t> children();

}  // namespace squall::topology
