// One call in a child that may lower limits, change its user and enter namespaces: what becomes of it.
#pragma once

#include "tests/harness/faults/provocation.h"

#include <string>

namespace squall::tests {

struct Trial {
  int error = 0;              ///< errno of the call; 0: it succeeded
  std::string obstacle = {};  ///< not empty: what this machine or this user lacks for it
  std::string wrong = {};     ///< not empty: something else went wrong before
};

using Attempt = std::function<long()>;  ///< −1 and errno, as in libc

/// For calls that return the error's number.
long failed_with(int number);

/// The call succeeds first; then `exhaust` makes something scarce (its result is an obstacle), and the call
/// is made again: that is the trial.
Trial before_and_after(const Attempt&, const std::function<std::string()>& exhaust);

Outcome try_in_child(int expected, const std::function<Trial()>&);
/// As PID 1 of new namespaces, with its own /dev/shm: topology::run_isolated().
Outcome try_isolated(int expected, const std::function<Trial()>&);

/// Over /dev/shm, in a mount namespace; the root directory is one of the inodes. An obstacle, or empty.
std::string mount_small_tmpfs(std::size_t bytes, unsigned inodes = 16);
/// An obstacle, or empty.
std::string write_setting(const std::string& path, const std::string& value);
std::string set_limit(int resource, unsigned long value);
/// No descriptor can be made from here on.
std::string use_up_descriptors();
/// Root becomes nobody: root is above some limits.
std::string become_ordinary();

}  // namespace squall::tests
