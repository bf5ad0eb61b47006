// The kernel's edge of the tracer: stops, registers and memory of a traced task.
//
// Nothing here decides anything. Every function may be told that the task is gone (ESRCH): a task that is
// killed leaves any stop without asking. Only the thread that seized a task may ask about it. Sources:
// ptrace(2), kernel/ptrace.c, process_vm_readv(2).
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace squall::controlled {

using Registers = user_regs_struct;
using FloatRegisters = user_fpregs_struct;
using Address = std::uint64_t;

/// What a task has come to. The order is that of the columns of the executor's table.
enum class Event : std::uint8_t {
  entry,       ///< at a call that the filter names
  exit,        ///< a call is over
  signal,      ///< a signal is about to be delivered: `detail` is its number
  group_stop,  ///< stopped by a signal, as a whole process
  trap,        ///< the first stop of a new task, or an interruption that was asked for
  fork,        ///< fork, vfork or clone: `detail` is the child
  exec,        ///< a new program: `detail` is the tid it had before
  dying,       ///< its last stop
  dead,        ///< `detail` is the wait status
};
inline constexpr std::size_t events = 9;

struct Stop {
  pid_t tid = 0;
  Event event = Event::dead;
  unsigned long detail = 0;
};

struct CallAtEntry {
  long number = -1;
  std::uint64_t arguments[6] = {};
  Address instruction = 0, stack = 0;
};

/// The register of a call's argument, 0 to 5.
unsigned long long& argument(Registers&, unsigned which);

namespace trace {

bool seize(pid_t);
/// The next stop of anybody; waits only where `wait` says so. Nothing: none, nobody is left, or a signal
/// came.
std::optional<Stop> next(bool wait);

/// The next stop of one task; waits.
std::optional<Stop> next_of(pid_t);

bool cont(pid_t, int signal = 0);        ///< to the next filtered call, signal or event
bool until_exit(pid_t, int signal = 0);  ///< the same, and to the end of the call
bool step(pid_t);
bool listen(pid_t);  ///< stay in a group stop, and tell when it ends
bool interrupt(pid_t);

bool call_at_entry(pid_t, CallAtEntry&);
std::optional<std::int64_t> result_of_call(pid_t);  ///< at its exit; −errno as the kernel has it
bool registers(pid_t, Registers&);
bool set_registers(pid_t, const Registers&);
/// The same, cheaper where few differ from those that it has.
bool update_registers(pid_t, const Registers& before, const Registers& after);
bool float_registers(pid_t, FloatRegisters&);
bool set_instruction(pid_t, Address);  ///< the instruction pointer alone
bool information(pid_t, siginfo_t&);
bool set_information(pid_t, const siginfo_t&);
std::optional<std::uint64_t> signal_mask(pid_t);
bool set_signal_mask(pid_t, std::uint64_t mask);

/// The number of bytes moved; what is not mapped, or closed, ends it early.
std::size_t read(pid_t, Address from, void* to, std::size_t size);
std::size_t write(pid_t, Address to, const void* from, std::size_t size);
/// Writes to pages that the task itself may only read or execute.
bool force_write(pid_t, Address to, const void* from, std::size_t size);
/// A string of at most `limit` bytes; shorter when memory ends.
std::string text(pid_t, Address from, std::size_t limit = 4096);

template <class T>
std::optional<T> read_value(pid_t tid, Address from) {
  T value;
  if (read(tid, from, &value, sizeof value) != sizeof value) return std::nullopt;
  return value;
}

}  // namespace trace
}  // namespace squall::controlled
