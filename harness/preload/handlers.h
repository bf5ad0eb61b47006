// Signal handlers are entered through ours, which keep the depth, the time, and whether errno was spoiled;
// what the program sees of its dispositions are its own. Async-signal-safe.
#pragma once

#include "harness/preload/libc.h"

#include <cstdint>

namespace squall::preload {

/// What to tell the kernel when the program wants this handler, and the way back.
void (*ours_for(int signal, void (*users)(int), bool with_info))(int);
void (*users_for(int signal, void (*ours)(int)))(int);

/// sigaction() through ours.
int change_disposition(int signal, const struct sigaction* wanted, struct sigaction* old);

/// Handlers that were there before the library was ready.
void adopt_handlers();

/// The program jumps to where the stack pointer is `target` (0: not known): handlers that it leaves are over.
void leave_handlers(std::uintptr_t target);

}  // namespace squall::preload
