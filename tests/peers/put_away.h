// What a program has made outside of itself, and takes with it when it hangs: at the deadline it is told to
// end, and then the hang is all that is found. One helper, one semaphore and one queue a program. Not
// thread-safe; the handler is async-signal-safe: semctl and msgctl are bare system calls.
#pragma once

#include <signal.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

namespace squall::peers {

inline volatile sig_atomic_t helper_to_end = 0;         ///< a child process
inline volatile sig_atomic_t semaphore_to_remove = -1;  ///< System V
inline volatile sig_atomic_t queue_to_remove = -1;      ///< System V

inline void put_away(int signal) {
  if (helper_to_end > 0) {
    kill(helper_to_end, SIGKILL);
    waitpid(helper_to_end, nullptr, 0);
  }
  if (semaphore_to_remove >= 0) semctl(semaphore_to_remove, 0, IPC_RMID);
  if (queue_to_remove >= 0) msgctl(queue_to_remove, IPC_RMID, nullptr);
  _exit(128 + signal);
}

/// take_along(helper_to_end, pid)
inline void take_along(volatile sig_atomic_t& kind, int made) {
  kind = made;
  signal(SIGTERM, put_away);
}

}  // namespace squall::peers
