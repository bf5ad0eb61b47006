// Objects with names that an execution has made and not removed: System V queues, segments and semaphores,
// POSIX queues and shared memory, FIFOs.
//
// Where names are ours alone, everything new is the tree's, and is removed after each execution so that the
// next one begins like the first. Elsewhere only FIFOs and POSIX queues, seen at the call that makes them,
// can be attributed. Sources: proc(5) /proc/sysvipc, mq_overview(7), shm_overview(7), mkfifo(3).
#pragma once

#include "harness/engine/controlled/task.h"

#include <set>
#include <string>
#include <vector>

namespace squall::controlled {

class ObjectsLeft {
 public:
  explicit ObjectsLeft(bool names_are_ours) : names_are_ours_(names_are_ours) {}

  void begin();
  /// A task is at the entry of a call.
  void note_call(const Task&);
  /// In words, ordered; and removes those that are ours to remove.
  std::vector<std::string> take();

 private:
  bool names_are_ours_;
  std::set<std::string> before_;
  std::set<std::string> fifos_;   ///< paths
  std::set<std::string> queues_;  ///< names of POSIX queues, with their slash

  void note_fifo(const Task&);
  void note_queue(const Task&);
  void take_posix_queues(std::vector<std::string>& left);
};

}  // namespace squall::controlled
