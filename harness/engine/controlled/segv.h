// SIGSEGV as the program has it. The kernel resets its disposition, and unblocks it, when an access faults
// while it is blocked or ignored: even when the tracer then suppresses the signal.
//
// Sources: kernel/signal.c force_sig_info_to_task(), sigaction(2), sigprocmask(2).
#pragma once

#include "harness/engine/controlled/task.h"

#include <cstdint>

namespace squall::controlled {

/// Whether the exit of this call is needed to know.
bool changes_segv(const CallAtEntry&);
/// At that exit.
void note_segv(Task&, std::int64_t result);
/// A signal is about to be delivered, whose handler may run with SIGSEGV blocked.
void enter_handler(Task&, int signal);
/// At an exec: handlers are gone, and what was ignored still is.
void forget_handler(Process&);
/// After a fault of ours: as it was. The task must be fit for an injection.
void restore_segv(Task&);

}  // namespace squall::controlled
