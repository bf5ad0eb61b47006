// What the tracer knows of each system call: what it touches, whether it may block, and how it tells the
// time. One table; a call that is not in it is stopped at, may block, and may touch anything.
//
// Sources: syscalls(2), the pages of each call, arch/x86/entry/syscalls/syscall_64.tbl.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace squall::controlled {

/// What of the world a call reads or changes.
enum class Touches : std::uint8_t {
  nothing,     ///< only what belongs to the task itself
  process,     ///< the same, but others can change it
  descriptor,  ///< what the descriptor in an argument stands for
  path,        ///< the file that an argument names
  futex,       ///< the word that the first argument points to
  family,      ///< the object of this family of calls that the first argument numbers: a System V identifier
  everything,  ///< tasks, or more than one object
};

/// Where a call takes the time it will wait at most.
enum class Waits : std::uint8_t {
  never,
  timespec_relative,
  timespec_real,  ///< until a time of CLOCK_REALTIME
  timeval,
  milliseconds,
  timespec_by_clock,  ///< until a time of the clock that the next argument names
  by_futex_operation,
  by_clock_flags,  ///< clock_nanosleep
  receiving,       ///< SO_RCVTIMEO, where it is a socket
  receiving_many,  ///< the same, and recvmmsg's own
  sending,         ///< SO_SNDTIMEO
};

struct Call {
  long number;
  const char* name;
  Touches touches;
  std::uint8_t argument = 0;  ///< which of them says what is touched
  bool writes = true;
  bool blocks = false;
  bool quiet = false;  ///< stopped at for the tracer's sake: not a schedule point
  bool makes = false;  ///< its result is a new descriptor, or it fills in two
  Waits waits = Waits::never;
  std::uint8_t waits_argument = 0;
};

/// Results by which the kernel makes a call again, and which programs never see: include/linux/errno.h.
/// Always, unless there is a handler that forbids it; unless there is a handler; and so with another call.
inline constexpr std::int64_t restart_always = -512, restart_without_handler = -514, restart_by_block = -516;
constexpr bool will_restart(std::int64_t result) {
  return result >= restart_by_block && result <= restart_always;
}

/// The row of a call; for one that is not listed, a row that assumes the worst.
const Call& call_of(long number);
bool is_exit(long number);  ///< of a thread or of its process
bool is_exec(long number);

/// Bit i: argument i may lead into the program's memory. What a call does not take is not its argument: a
/// register that happens to hold an address there stays as it is.
unsigned pointer_arguments(long number);
/// "read", or "call 314".
std::string name_of_call(long number);

/// A call of a task with itself, which need not stop: getpid, brk, …
struct Harmless {
  long number;
  std::uint8_t pointers = 0;  ///< bit i: argument i leads to memory that the kernel reads or writes
};
std::span<const Harmless> harmless_calls();
/// Calls that would escape control: they fail with ENOSYS.
std::span<const long> refused_calls();

}  // namespace squall::controlled
