// A signal to oneself while one waits: a timer of the thread, so that the kernel itself interrupts the call
// and the handler really runs. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"

namespace squall::preload {

/// For the constructor; the only one that may want memory.
void prepare_timers();

/// Whether the signal would run a handler in this thread. `mask`: of the call; null: the thread's own.
bool is_handled(int signal, const sigset_t* mask);

/// Sends the signal to this thread soon and again and again until it met a system call, or disarm(). False:
/// the kernel has no timer for us.
bool arm_timer(int signal);
void disarm_timer();

/// The timer of a thread that ends.
void drop_timer();

}  // namespace squall::preload
