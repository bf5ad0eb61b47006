// Files that calls pass from one process to another: by messages, and by pidfd_getfd.
//
// Sources: unix(7) SCM_RIGHTS, cmsg(3), pidfd_getfd(2).
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <vector>

namespace squall::controlled {

/// At the exit of a call with this result: the descriptors that it has sent.
std::vector<int> files_sent(const Task&, std::int64_t result);

/// And those that it has received; `is_only_a_look`: they can be received once more.
struct Received {
  std::vector<int> files;
  bool is_only_a_look = false;
};
Received files_received(const Task&, std::int64_t result);

}  // namespace squall::controlled
