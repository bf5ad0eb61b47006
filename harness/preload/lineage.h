// Who a thread and a process are, by who made them and as which child: the same in every run, unlike pids.
// Async-signal-safe.
#pragma once

#include <cstdint>

namespace squall::preload {

std::uint32_t thread_identity();

/// The identity of the thread or process that this thread makes next.
std::uint32_t next_thread();
std::uint64_t next_process();

/// The identity of a program that was started out of sight, by system() or popen(), as the nth that came.
std::uint64_t stray_of(std::uint64_t process, std::uint32_t nth);

/// This process is that one.
void identify(std::uint64_t process);

/// In a child, straight after fork: one thread, with that identity, that has done nothing yet.
void become(std::uint64_t process);

}  // namespace squall::preload
