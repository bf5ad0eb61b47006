// Namespaces: a case that has its own cannot leave anything behind, whatever kills it.
#pragma once

#include "ipc/result.h"

#include <functional>
#include <string>

namespace squall::topology {

/// What a process outside learns of an isolated one.
struct IsolatedExit {
  bool isolated = false;  ///< false: the namespaces could not be made; `body` did not run
  std::string why;        ///< then: which call failed, and how
  int status = 0;         ///< what body returned; 128 + signal when it was killed
};

/// Runs `body` as PID 1 of new PID, IPC, mount and net namespaces (and a user namespace for an ordinary user,
/// with the same uid inside), with its own /proc, /dev/shm and /dev/mqueue, and with loopback up. A
/// `directory`, if one is named, is empty inside and in memory: how long a case takes does not depend on the
/// disk. Returns when it and everything it started is gone. To be called in a single-threaded process that
/// does nothing else afterwards: the caller itself stays in the outer PID namespace but not in the other
/// outer ones. Sources: namespaces(7), user_namespaces(7), pid_namespaces(7).
IsolatedExit run_isolated(const std::function<int()>& body, const std::string& directory = {});

/// Whether run_isolated() works here; otherwise why not, in words. Forks.
std::string isolation_obstacle();

}  // namespace squall::topology
