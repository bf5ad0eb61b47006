// A process-shared robust mutex, to be placed in shared memory.
//
// When its owner's thread ends, killed or not, the kernel marks the mutex and the next to lock it learns of
// the death (EOWNERDEAD). The owner must unlock before it unmaps the memory, or the kernel cannot walk the
// list of what it held. Not async-signal-safe. Sources: pthread_mutexattr_setrobust(3),
// pthread_mutex_consistent(3), set_robust_list(2).
#pragma once

#include "ipc/result.h"

#include <pthread.h>

namespace squall::ipc {

class RobustMutex {
 public:
  enum class Attempt { taken, inherited, busy };

  /// Once, by the maker of the memory.
  Result<void> initialise();

  /// True: the previous owner died in it. The mutex is consistent again already; what it protects is the
  /// caller's care.
  Result<bool> lock();

  /// Inherited: taken from a dead owner, and to be declared repaired() before unlock(). Should the caller die
  /// first, the next one inherits again.
  Attempt try_lock();
  void repaired() { ::pthread_mutex_consistent(&mutex_); }

  /// EPERM: held by somebody else.
  Result<void> unlock();

 private:
  pthread_mutex_t mutex_;
};

}  // namespace squall::ipc
