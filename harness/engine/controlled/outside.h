// Who could end a wait: traced tasks alone, or somebody that is not under control.
//
// Asked only when everybody waits, so it may be slow; it opens descriptors of the waiting task for a moment,
// by pidfd_getfd(2). What cannot be found out counts as `anybody`. One thread. Sources: unix(7), proc(5),
// proc_locks(5), pidfd_getfd(2).
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>
#include <map>
#include <unordered_set>
#include <utility>

namespace squall::controlled {

enum class Waker : std::uint8_t {
  traced,    ///< nobody else has the other end, or could get it
  anybody,   ///< it has a name or a listener, and whoever comes along could
  stranger,  ///< the other end is in the hands of a process that is not traced
};

class Outside {
 public:
  /// `ever` are the process ids of the execution, those that are gone included.
  explicit Outside(const std::unordered_set<pid_t>& ever) : ever_(ever) {}

  /// Who could end the wait of a task that is asleep in a call.
  Waker of(const Task&) const;
  /// What was found about strangers is kept; this looks again.
  void look_again() { strangers_.clear(); }

 private:
  Waker of_descriptor(pid_t, int descriptor, const Task&) const;
  Waker of_socket(int socket, const Task&) const;
  Waker of_local_socket(int socket, const Task&) const;
  Waker of_internet_socket(int socket, const Task&) const;
  Waker of_anonymous(pid_t, int descriptor, const Task&) const;
  Waker of_polled(const Task&) const;
  Waker of_selected(const Task&) const;
  Waker of_watched(pid_t, int epoll, const Task&) const;
  Waker of_lock(pid_t, int descriptor) const;
  Waker of_path(const Task&) const;
  bool is_traced(pid_t pid) const { return ever_.count(pid) != 0; }
  /// Whether somebody else has it open just now.
  bool has_stranger(std::uint64_t device, std::uint64_t inode) const;
  bool look_for_stranger(std::uint64_t device, std::uint64_t inode) const;
  /// Whether a traced process has a socket of this name.
  bool is_bound_here(const void* address, std::uint32_t size) const;

  const std::unordered_set<pid_t>& ever_;
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, bool> strangers_;  ///< as they were found
};

}  // namespace squall::controlled
